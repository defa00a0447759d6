/** What tests need around a replica: addresses, keys, configurations, waiting, and links to cut. */
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clientId, nodeName } from "../protocols/contract/core.ts";
import type { ClusterParameters } from "../protocols/contract/protocol.ts";
import type { ClientHostConfig, KeyConfig, ReplicaConfig, SocketAddress } from "./config.ts";
import { generateKeys, keysOf } from "./keys.ts";
import { after } from "./timers.ts";

// A loopback address of this process and ports below the ephemeral range: nobody else's.
const host = `127.31.${(process.pid >> 8) & 0xff}.${1 + (process.pid % 250)}`;
let nextPort = 21_000;

export function freshAddress(): SocketAddress {
  nextPort += 1;
  return { host, port: nextPort };
}

/** Polls a condition of the real world; fails with what it was waiting for. */
export async function until(
  what: string,
  holds: () => boolean,
  deadlineMs = 10_000,
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!holds()) {
    if (performance.now() > deadline)
      throw new Error(`in ${deadlineMs} ms it never came that ${what}`);
    await new Promise<void>((resolve) => after(1, resolve));
  }
}

export interface ClusterLayout {
  readonly folder: string;
  readonly parameters: ClusterParameters;
  readonly keys: KeyConfig;
  readonly replicas: readonly ReplicaConfig[];
  readonly client: ClientHostConfig;
  remove(): void;
}

export interface LayoutOptions {
  readonly protocol: string;
  readonly replicas: number;
  readonly clients?: number;
  readonly service?: string;
  readonly overrides?: Partial<ReplicaConfig>;
  readonly parameters?: Partial<ClusterParameters>;
}

/** Configurations of a whole cluster that talks without proxies, in a folder of its own. */
export function layOut(options: LayoutOptions): ClusterLayout {
  const folder = mkdtempSync(join(tmpdir(), "bft-cluster-"));
  const { protocol, replicas } = options;
  const clients = options.clients ?? 1;
  const parameters: ClusterParameters = {
    clusterId: "0123456789abcdef0123456789abcdef",
    epoch: 1,
    replicas,
    faultsMax: Math.floor((replicas - 1) / 3),
    timers: { requestMs: 1000, statusMs: 20, clientMs: 300, clientCapMs: 2000 },
    operationTimeoutMs: 5000,
    checkpointInterval: 128,
    window: 256,
    batchMax: 64,
    maxBatchDelayMs: 100,
    pipeline: 8,
    replyAuth: "mac",
    clientAuth: "mac",
    requestAt: "K1",
    ...options.parameters,
  };
  const replicaNames = Array.from({ length: replicas }, (_, id) => nodeName(id));
  const clientNames = Array.from({ length: clients + 1 }, (_, index) =>
    nodeName(clientId({ host: 0, index })),
  );
  const keys = generateKeys([...replicaNames, ...clientNames]);
  const dial = Object.fromEntries(replicaNames.map((name) => [name, freshAddress()]));
  return {
    folder,
    parameters,
    keys,
    replicas: replicaNames.map((name, id) => ({
      protocol,
      id,
      cluster: parameters,
      service: { name: options.service ?? "null", argumentBytes: 0, resultBytes: 0 },
      durability: "group-commit",
      audit: "full",
      keys: keysOf(keys, [name]),
      listen: dial[name] ?? freshAddress(),
      http: freshAddress(),
      dial,
      dataDirectory: join(folder, name),
      auditFile: join(folder, `${name}.jsonl`),
      ...options.overrides,
    })),
    client: {
      protocol,
      host: 0,
      clients,
      cluster: parameters,
      keys: keysOf(keys, clientNames),
      dial,
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/**
 * A TCP proxy for one link, as Toxiproxy is one: it can be refused, and it can swallow a direction.
 */
export class Relay {
  readonly address = freshAddress();
  readonly #target: SocketAddress;
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  accepted = 0;
  /** Bytes towards the target are lost. */
  dropsUpstream = false;
  /** Bytes towards the target wait. */
  #held: (() => void)[] | null = null;

  constructor(target: SocketAddress) {
    this.#target = target;
  }

  async open(): Promise<void> {
    const server = createServer((downstream) => this.#join(downstream));
    this.#server = server;
    await new Promise<void>((resolve) =>
      server.listen(this.address.port, this.address.host, resolve),
    );
  }

  /** Closes every connection and refuses new ones. */
  async refuse(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    for (const socket of this.#sockets) socket.destroy();
    if (server !== null) await new Promise((resolve) => server.close(resolve));
  }

  hold(): void {
    this.#held = [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const deliver of held) deliver();
  }

  #join(downstream: Socket): void {
    this.accepted += 1;
    const upstream = dialledFor(downstream, { target: this.#target, sockets: this.#sockets });
    downstream.on("data", (chunk) => {
      if (this.dropsUpstream) return;
      const deliver = () => upstream.write(chunk);
      if (this.#held === null) deliver();
      else this.#held.push(deliver);
    });
  }
}

interface ProxyEnds {
  readonly target: SocketAddress;
  /** Both of the connection are in it as long as they live. */
  readonly sockets: Set<Socket>;
}

/**
 * The other side of a connection through a proxy: what comes down is passed on, and one end does
 * not outlive the other.
 */
export function dialledFor(downstream: Socket, { target, sockets }: ProxyEnds): Socket {
  const upstream = connect(target);
  for (const [socket, other] of [
    [downstream, upstream],
    [upstream, downstream],
  ] as const) {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      sockets.delete(socket);
      other.destroy();
    });
  }
  upstream.on("data", (chunk) => downstream.write(chunk));
  return upstream;
}
