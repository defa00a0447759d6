/**
 * Real replicas whose every link runs through somebody who rewrites what passes (protocols §21.1):
 * nobody is made to differ, and when he stops the cluster goes on.
 */
import { readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { Random } from "../../harness/drivers/simulation/random.ts";
import { ClientHost } from "../client/client-host.ts";
import type { AuditRecord } from "../protocols/contract/audit.ts";
import type { Completion } from "../protocols/contract/core.ts";
import type { Protocol } from "../protocols/contract/protocol.ts";
import { TwoTongues } from "../protocols/pbft/two-tongues.fixture.ts";
import { pbftMac } from "../protocols/pbft/variants/pbft-mac.ts";
import { pbftMacProof } from "../protocols/pbft/variants/pbft-mac-proof.ts";
import { pbftRelay } from "../protocols/pbft/variants/pbft-relay.ts";
import { pbftSig } from "../protocols/pbft/variants/pbft-sig.ts";
import { kv } from "../services/kv.ts";
import { type ClusterLayout, layOut } from "./cluster.fixture.ts";
import type { ReplicaConfig } from "./config.ts";
import type { StatusPage } from "./http-server.ts";
import { type Meddle, PASS, RewritingProxy, type SeenFrame } from "./rewriting-proxy.fixture.ts";
import { startReplica } from "./start-replica.ts";

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const CLIENTS = 4;
const MEDDLING_MS = 1_500;

interface Link {
  readonly from: number;
  readonly to: number;
  readonly proxy: RewritingProxy;
}

/** Four replicas, and a proxy on each of the twelve links between them. */
async function startCluster(protocol: Protocol) {
  const layout = layOut({
    protocol: protocol.name,
    replicas: 4,
    clients: CLIENTS,
    service: "kv",
    parameters: {
      timers: { requestMs: 400, statusMs: 40, clientMs: 150, clientCapMs: 400 },
      operationTimeoutMs: 2000,
    },
  });
  cleanUps.push(layout.remove);
  const troubles: string[] = [];
  const links: Link[] = [];
  for (const config of layout.replicas) {
    const dial: Record<string, ReplicaConfig["listen"]> = {};
    for (const { id: to, listen } of layout.replicas) {
      const proxy = new RewritingProxy(listen, protocol.channels);
      dial[`r${to}`] = proxy.address;
      if (to === config.id) continue;
      await proxy.open();
      cleanUps.push(() => proxy.close());
      links.push({ from: config.id, to, proxy });
    }
    const running = await startReplica(
      { ...config, dial },
      {
        protocol,
        service: kv,
        onFatal: (_, why) => troubles.push(why),
        onTrouble: () => undefined,
        onAudit: () => undefined,
      },
    );
    cleanUps.push(() => running.stop());
  }
  const host = new ClientHost(layout.client, protocol);
  cleanUps.push(() => host.close());
  return { layout, links, host, troubles };
}

function write(host: ClientHost, client: number, value: string): Promise<Completion> {
  const operation = kv.encode(
    { f: "write", key: `k${client}`, value },
    { argumentBytes: 0, resultBytes: 0 },
  );
  return new Promise((resolve) => host.invoke(client, operation, resolve));
}

/** All clients write, one thing after the other, for so long. */
async function load(host: ClientHost, forMs: number): Promise<void> {
  const end = performance.now() + forMs;
  await Promise.all(
    Array.from({ length: CLIENTS }, async (_, index) => {
      for (let number = 0; performance.now() < end; number += 1) {
        await write(host, 1 + index, `${index}-${number}`);
      }
    }),
  );
}

/** Numbers at which replicas executed different things. */
function differencesIn({ replicas }: ClusterLayout): readonly number[] {
  const executed = new Map<number, Set<string>>();
  for (const { auditFile } of replicas) {
    for (const line of readFileSync(auditFile, "utf8").split("\n").filter(Boolean)) {
      const record = JSON.parse(line) as AuditRecord;
      if (record.e !== "executed") continue;
      executed.set(record.n, (executed.get(record.n) ?? new Set()).add(record.d));
    }
  }
  return [...executed].filter(([, digests]) => digests.size > 1).map(([number]) => number);
}

async function pageOf({ http }: ReplicaConfig): Promise<StatusPage> {
  const answer = await fetch(`http://${http.host}:${http.port}/status?digest=1`);
  return (await answer.json()) as StatusPage;
}

/** One write of each client, and all replicas in one state. */
async function goesOn({ layout, host }: Awaited<ReturnType<typeof startCluster>>): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (let client = 1; client <= CLIENTS; client += 1) {
    let { outcome } = await write(host, client, "at last");
    while (outcome !== "ok" && performance.now() < deadline) {
      ({ outcome } = await write(host, client, "at last"));
    }
    expect(outcome).toBe("ok");
  }
  for (let states = await statesOf(layout); new Set(states).size > 1; ) {
    if (performance.now() > deadline) expect(states).toEqual("all the same");
    states = await statesOf(layout);
  }
}

/** What came of it that somebody meddled with every link for a while; all go on before and after. */
async function harmOf(
  cluster: Awaited<ReturnType<typeof startCluster>>,
  meddleWith: (link: Link) => Meddle,
) {
  const { layout, links, host, troubles } = cluster;
  await goesOn(cluster);
  for (const link of links) link.proxy.meddle = meddleWith(link);
  await load(host, MEDDLING_MS);
  for (const { proxy } of links) proxy.meddle = PASS;
  const during = differencesIn(layout);
  await goesOn(cluster);
  return { during, after: differencesIn(layout), troubles };
}

const NONE = { during: [], after: [], troubles: [] };

async function statesOf({ replicas }: ClusterLayout): Promise<readonly string[]> {
  const pages = await Promise.all(replicas.map(pageOf));
  return pages.map(({ status, stateDigest }) => `${status.lastExec} ${stateDigest}`);
}

/** Changed, repeated, held back behind the next, lost, or said to somebody else. */
function noise(random: Random, channels: "coded" | "bare"): () => Meddle {
  const recorded: Buffer[] = [];
  const change = ({ bytes, end }: SeenFrame): Buffer => {
    const changed = Buffer.from(bytes);
    // A length that is changed where nothing shows it has the receiver wait for what never comes.
    const first = channels === "coded" ? 0 : 4;
    const at = random.integer(first, (channels === "coded" ? bytes.length : end) - 1);
    changed[at] = (changed[at] as number) ^ (1 << random.integer(0, 7));
    return changed;
  };
  return () => {
    let held: Buffer[] = [];
    return (frame) => {
      const before = held;
      held = [];
      if (recorded.length < 500) recorded.push(Buffer.from(frame.bytes));
      if (!random.chance(0.15)) return [frame.bytes, ...before];
      const what = random.pick(["change", "repeat", "hold", "lose", "add"] as const);
      if (what === "hold") held = [Buffer.from(frame.bytes)];
      if (what === "hold" || what === "lose") return before;
      if (what === "change") return [change(frame), ...before];
      const added = what === "repeat" ? frame.bytes : random.pick(recorded);
      return [frame.bytes, added, ...before];
    };
  };
}

const VARIANTS = [pbftSig, pbftMac, pbftMacProof, pbftRelay];

test.each(VARIANTS)("protocols §21.1: $name: noise on every link", async (protocol) => {
  const cluster = await startCluster(protocol);
  const harm = await harmOf(cluster, noise(new Random(20_261_129), protocol.channels));
  expect(harm).toEqual(NONE);
  const pages = await Promise.all(cluster.layout.replicas.map(pageOf));
  const wrong = pages.map(({ refused }) => refused["wrong-code"] ?? 0);
  expect(Math.min(...wrong) > 0).toBe(protocol.channels === "coded");
});

/** The same frame with another body; whoever cannot make the codes leaves them as they were. */
function rewritten({ bytes, start, end }: SeenFrame, body: Uint8Array): Buffer {
  const head = Buffer.from(bytes.subarray(0, start + 1));
  head.writeUInt32BE(1 + body.length, 0);
  return Buffer.concat([head, body, bytes.subarray(end)]);
}

test.each(VARIANTS)("protocols §21.1: $name: each half is told another story", async (protocol) => {
  const cluster = await startCluster(protocol);
  const tongues = new TwoTongues(cluster.layout.parameters);
  const harm = await harmOf(cluster, ({ from, to }) => (frame) => {
    const bytes = frame.bytes.subarray(frame.start + 1, frame.end);
    return [rewritten(frame, tongues.bend({ from, to, bytes }))];
  });
  expect(harm).toEqual(NONE);
});
