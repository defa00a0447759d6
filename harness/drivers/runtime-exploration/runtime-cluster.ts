/** The machines of one seed, their replicas and the host of the clients, wired together. */

import { isReplica, type NodeId, nodeName } from "../../../nodes/protocols/contract/core.ts";
import type { ClusterParameters, Protocol } from "../../../nodes/protocols/contract/protocol.ts";
import type { ReplicaConfig } from "../../../nodes/runtime/config.ts";
import { Random } from "../simulation/random.ts";
import { Attested } from "./attested.ts";
import { ClientsLife } from "./clients-life.ts";
import { CLIENTS, HONEST_HOST, keysFor, logicalClients } from "./cluster-keys.ts";
import { PORTS } from "./connection.ts";
import type { DiskStep } from "./disk-weather.ts";
import { Judge } from "./judge.ts";
import { LedgerClient } from "./ledger-client.ts";
import { type CoreOrder, LedgerCore } from "./ledger-core.ts";
import { ledgerProtocol } from "./ledger-protocol.ts";
import type { LinkedRuntime } from "./linked-runtime.ts";
import { MemoryHost } from "./memory-host.ts";
import { MemoryNetwork } from "./memory-network.ts";
import { PageVisitor, STATUS_QUESTION } from "./page-visitor.ts";
import { ReplicaLife } from "./replica-life.ts";
import type { RuntimePlan } from "./runtime-plan.ts";
import { Wire } from "./wire.ts";
import { World } from "./world.ts";

export const CLUSTER_ID = "0123456789abcdef0123456789abcdef";
export const EPOCH = 1;
const BEAT_MS = 150;
const LOG_TAIL_BYTES = 400;
/** Nothing more is to be found: cores need no more than to be heard. */
const QUIET = 6;
const CLIENT_HOST = "c0";

export class RuntimeCluster {
  readonly world: World;
  readonly judge: Judge;
  readonly wire: Wire;
  readonly network: MemoryNetwork;
  readonly lives: readonly ReplicaLife[];
  readonly strangers: MemoryHost;
  readonly #plan: RuntimePlan;
  readonly #runtime: LinkedRuntime;
  readonly clients: ClientsLife;
  readonly #orders: readonly CoreOrder[][];
  readonly #attested: Attested;
  #isCalm = false;
  /** Who waits for a step of a disk; each is told of all until it takes itself away. */
  readonly diskWatch = new Set<(host: MemoryHost, step: DiskStep | "left") => void>();

  constructor(plan: RuntimePlan, runtime: LinkedRuntime) {
    this.#plan = plan;
    this.#runtime = runtime;
    this.world = new World(new Random(plan.seed, 2));
    const nowMs = () => this.world.nowMs;
    this.judge = new Judge(plan.replicas, nowMs);
    const { judge, world } = this;
    const names = new Map<string, NodeId>([[CLIENT_HOST, HONEST_HOST]]);
    for (let id = 0; id < plan.replicas; id += 1) names.set(nodeName(id), id);
    this.wire = new Wire({
      judge,
      world,
      nodeOf: (host) => names.get(host) ?? null,
      isCoded: plan.isCoded,
      onLeft: (host) => this.#step(host, "left"),
    });
    this.#attested = new Attested(judge, this.wire.handshakes);
    this.network = new MemoryNetwork(this.world, this.wire);
    this.#orders = Array.from({ length: plan.replicas }, () => []);
    const protocol = this.#protocol();
    this.lives = Array.from({ length: plan.replicas }, (_, id) => this.#life(id, protocol));
    const host = this.#machine(CLIENT_HOST, HONEST_HOST);
    this.clients = new ClientsLife({ host, judge, make: () => this.#makeClients(protocol) });
    this.strangers = this.#machine("x0", null);
    for (const [from] of names) for (const [to] of names) this.#calm(from, to);
  }

  #step(host: string, step: DiskStep | "left"): void {
    const life = this.lives.find((each) => each.host.name === host);
    if (life === undefined) return;
    if (step === "synced") this.judge.ledger(life.id).waitingBytes = 0;
    for (const watch of this.diskWatch) watch(life.host, step);
  }

  #machine(name: string, id: NodeId | null): MemoryHost {
    return new MemoryHost(name, this.network, {
      onDiskStep: (step) => this.#step(name, step),
      onAuditWritten: (text) => {
        if (id !== null) this.judge.auditWritten(this.judge.ledger(id), text);
      },
      onLogMarked: () => {
        if (id !== null) this.judge.ledger(id).marked(this.#log(id));
      },
      onCrashed: (error) => {
        const life = this.lives.find((each) => each.host.name === name);
        if (life !== undefined) life.crashed(error);
        else this.judge.break("exception", `${name}: ${String(error)}`);
      },
    });
  }

  #life(id: NodeId, protocol: Protocol): ReplicaLife {
    const host = this.#machine(nodeName(id), id);
    const config = this.#configOf(id, host, protocol);
    const { judge } = this;
    return new ReplicaLife({ host, judge, runtime: this.#runtime, protocol, config });
  }

  #configOf(id: NodeId, host: MemoryHost, protocol: Protocol): ReplicaConfig {
    return {
      protocol: protocol.name,
      id,
      cluster: this.#parameters,
      service: { name: "null", argumentBytes: 0, resultBytes: 0 },
      durability: this.#plan.durability,
      audit: "full",
      keys: keysFor([nodeName(id)]),
      listen: { host: nodeName(id), port: PORTS.peers },
      http: { host: nodeName(id), port: PORTS.pages },
      dial: this.#addresses,
      dataDirectory: host.dataFolder,
      auditFile: host.auditFile,
    };
  }

  get #addresses(): ReplicaConfig["dial"] {
    const names = Array.from({ length: this.#plan.replicas }, (_, id) => nodeName(id));
    return Object.fromEntries(names.map((host) => [host, { host, port: PORTS.peers }]));
  }

  get #parameters(): ClusterParameters {
    return {
      clusterId: CLUSTER_ID,
      epoch: EPOCH,
      replicas: this.#plan.replicas,
      faultsMax: 1,
      timers: { requestMs: 1_000, statusMs: BEAT_MS, clientMs: 500, clientCapMs: 2_000 },
      operationTimeoutMs: 5_000,
      checkpointInterval: 8,
      window: 16,
      batchMax: 8,
      maxBatchDelayMs: 0,
      pipeline: 2,
      replyAuth: "mac",
      clientAuth: "mac",
      requestAt: "K1",
    };
  }

  #protocol(): Protocol {
    const { judge, world } = this;
    const nowMs = () => world.nowMs;
    const { replicas, workMs, isCoded } = this.#plan;
    return ledgerProtocol({
      isCoded,
      replica: (id) =>
        new LedgerCore({
          ledger: judge.ledger(id),
          judge,
          random: world.random,
          replicas,
          clients: logicalClients,
          workMs: () => (this.#isCalm ? QUIET * workMs : workMs),
          nowMs,
          logTail: () => this.#log(id).subarray(-LOG_TAIL_BYTES),
          onRecovered: () => this.lives[id]?.recovered(),
          onStatus: () => this.#attested.writes(id, this.#peersOf(id)),
          orders: this.#orders[id] ?? [],
        }),
      client: (id) => new LedgerClient({ ledger: judge.ledger(id), judge, replicas, nowMs }),
    });
  }

  #log(id: NodeId): Buffer {
    const host = this.lives[id]?.host;
    const path = host?.disk.paths.findLast((each) => each.endsWith(".wal"));
    if (host === undefined || path === undefined) return Buffer.alloc(0);
    return host.disk.find(path)?.content ?? Buffer.alloc(0);
  }

  #calm(from: string, to: string): void {
    const { delayMaxMs, windowBytes, pieceBytesMax } = this.#plan;
    const link = this.network.link(from, to);
    link.delayMs = { least: delayMaxMs / 5, most: delayMaxMs };
    link.windowBytes = windowBytes;
    link.pieceBytesMax = pieceBytesMax;
  }

  get isCoded(): boolean {
    return this.#plan.isCoded;
  }

  order(id: NodeId, order: CoreOrder): void {
    this.#orders[id]?.push(order);
  }

  #makeClients(protocol: Protocol) {
    const config = {
      protocol: protocol.name,
      host: 0,
      clients: CLIENTS,
      cluster: this.#parameters,
      keys: keysFor([HONEST_HOST, ...logicalClients].map(nodeName)),
      dial: this.#addresses,
    };
    return new this.#runtime.ClientHost(config, protocol);
  }

  #peersOf(id: NodeId): readonly NodeId[] {
    const replicas = this.lives.map((life) => life.id);
    return [...replicas, ...(isReplica(id) ? [HONEST_HOST] : [])].filter((each) => each !== id);
  }

  /** Its page, for who asks how it is; what that says of its links is true. */
  ask(id: NodeId, isQuiet: boolean): PageVisitor {
    const visitor = new PageVisitor(this.strangers, nodeName(id), STATUS_QUESTION, (page) => {
      this.#attested.page(id, page, isQuiet);
      visitor.end();
    });
    return visitor;
  }

  /** The clients' host has no page. */
  askClients(): void {
    this.#attested.writes(HONEST_HOST, this.#peersOf(HONEST_HOST));
    this.#attested.counters(HONEST_HOST, this.clients.counters(), true);
  }

  /** From now on cores say no more than it takes to be heard. */
  calmDown(): void {
    this.#isCalm = true;
  }

  heal(): void {
    this.calmDown();
    const names = [...this.lives.map(({ host }) => host.name), CLIENT_HOST];
    this.wire.tamperings = [];
    this.wire.holdUps = [];
    for (const from of names) {
      for (const to of names) {
        this.#calm(from, to);
        const link = this.network.link(from, to);
        // What was kept for it is soon through: nobody waits for a link of another age.
        link.bytesPerMs.clear();
        link.windowBytes = 256 * 1024;
        link.delayMs = { least: 0.2, most: 3 };
        if (link.state !== "up") this.network.change(from, to, "up");
      }
    }
  }
}
