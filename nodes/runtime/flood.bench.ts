/**
 * How fast honest clients are served while one replica floods the others with validly signed
 * messages, against a replica that is silent:
 *   node nodes/runtime/flood.bench.ts [seconds] [kind...]
 * Three honest replicas are real processes, and so is the bad one. Exit code 1 if a flood costs
 * more than half of the throughput.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ClientHost } from "../client/client-host.ts";
import { Signatures } from "../protocols/authentication/signatures.ts";
import {
  CHECKPOINT,
  COMMIT,
  encodeCheckpoint,
  encodeVote,
  PREPARE,
} from "../protocols/pbft/messages.ts";
import { pbftSig } from "../protocols/pbft/variants/pbft-sig.ts";
import { kv } from "../services/kv.ts";
import { layOut, until } from "./cluster.fixture.ts";
import type { ReplicaConfig, SocketAddress } from "./config.ts";
import { dialAs } from "./dial-as.fixture.ts";
import { encodeFrame, FRAME } from "./frame.ts";
import type { StatusPage } from "./http-server.ts";
import { Ed25519Authenticator } from "./keys.ts";
import { after, every, hostClockNs } from "./timers.ts";

const HONEST = [0, 1, 2];
const LIAR = 3;
const CLIENTS = 16;
/** 41 640 messages in 7 s, to every honest replica. */
const PER_TICK = 60;
const TICK_MS = 10;
const SLOWEST_RATIO = 0.5;
/** A replica that takes nothing is owed nothing: what is kept for it is bounded. */
const BACKLOG_BYTES = 1024 * 1024;

type Forge = (sequence: number) => { readonly type: number; readonly payload: Uint8Array };

const KINDS: Readonly<Record<string, Forge>> = {
  checkpoints: (sequence) => ({
    type: CHECKPOINT,
    payload: encodeCheckpoint({ sequence: 128 * sequence, digest: anyDigest() }),
  }),
  prepares: (sequence) => ({
    type: PREPARE,
    payload: encodeVote({ view: 0, sequence, digest: anyDigest() }),
  }),
  commits: (sequence) => ({
    type: COMMIT,
    payload: encodeVote({ view: 0, sequence, digest: anyDigest() }),
  }),
};

const anyDigest = () => randomBytes(32).toString("hex");

async function main(args: readonly string[]): Promise<number> {
  const [seconds = "7", ...kinds] = args;
  const durationMs = Number(seconds) * 1000;
  const silent = await measure(null, durationMs);
  process.stdout.write(`silent: ${describe(silent)}\n`);
  let worst = 1;
  for (const kind of kinds.length > 0 ? kinds : Object.keys(KINDS)) {
    const flooded = await measure(kind, durationMs);
    const ratio = flooded.perSecond / silent.perSecond;
    worst = Math.min(worst, ratio);
    process.stdout.write(`${kind}: ${describe(flooded)}, ${ratio.toFixed(2)} of the silent\n`);
  }
  return worst < SLOWEST_RATIO ? 1 : 0;
}

interface Measured {
  readonly perSecond: number;
  readonly longestGapMs: number;
  readonly slowestStatusMs: number;
  /** Of the honest replicas, for each answer: what counts where all share a host. */
  readonly cpuMs: number;
}

function describe({ perSecond, longestGapMs, slowestStatusMs, cpuMs }: Measured): string {
  return (
    `${perSecond.toFixed(0)} op/s, ${cpuMs.toFixed(1)} ms of CPU each, longest time without an answer ${longestGapMs.toFixed(0)} ms, ` +
    `slowest status page ${slowestStatusMs.toFixed(0)} ms`
  );
}

async function measure(kind: string | null, durationMs: number): Promise<Measured> {
  const layout = layOut({
    protocol: "pbft-sig",
    replicas: 4,
    clients: CLIENTS,
    service: "kv",
    parameters: { timers: { requestMs: 2000, statusMs: 150, clientMs: 400, clientCapMs: 2000 } },
  });
  const children: { readonly child: ChildProcess; readonly closed: Promise<unknown> }[] = [];
  const launch = (program: string, args: readonly string[]) => {
    const path = fileURLToPath(new URL(program, import.meta.url));
    const stdio = ["ignore", "pipe", "inherit"] as const;
    const child = spawn(process.execPath, [path, ...args], { stdio: [...stdio] });
    children.push({ child, closed: once(child, "close") });
    return once(child.stdout, "data");
  };
  try {
    const files = layout.replicas.map((config) => {
      const file = join(layout.folder, `r${config.id}.json`);
      writeFileSync(file, JSON.stringify(config));
      return file;
    });
    await Promise.all(HONEST.map((id) => launch("../main.ts", [files[id] ?? ""])));
    const host = new ClientHost(layout.client, pbftSig);
    await until("clients are connected", () =>
      HONEST.every((id) => host.peers()[`r${id}`]?.connected),
    );
    await load(host, 500);
    if (kind !== null)
      await launch("flood.bench.ts", ["--liar", files[LIAR] ?? "", files[0] ?? "", kind]);
    const cpuBefore = await cpuSeconds(layout.replicas);
    const [status, measured] = await Promise.all([
      slowestStatus(layout.replicas.slice(0, LIAR), durationMs),
      load(host, durationMs),
    ]);
    const cpu = (await cpuSeconds(layout.replicas)) - cpuBefore;
    host.close();
    const answers = (measured.perSecond * durationMs) / 1000;
    return { ...measured, slowestStatusMs: status, cpuMs: (cpu * 1000) / answers };
  } finally {
    for (const { child } of children) child.kill("SIGKILL");
    await Promise.all(children.map(({ closed }) => closed));
    layout.remove();
  }
}

/** Every client asks again as soon as it has its answer. */
async function load(host: ClientHost, durationMs: number) {
  const start = performance.now();
  let answered = 0;
  let last = start;
  let longestGapMs = 0;
  const client = (index: number) =>
    new Promise<void>((resolve) => {
      const ask = (turn: number) => {
        if (performance.now() - start >= durationMs) return resolve();
        const operation = { f: "write", key: `k${index}`, value: `v${turn}` } as const;
        const bytes = kv.encode(operation, { argumentBytes: 0, resultBytes: 0 });
        host.invoke(index, bytes, (completion) => {
          const now = performance.now();
          longestGapMs = Math.max(longestGapMs, now - last);
          last = now;
          if (completion.outcome === "ok" && now - start < durationMs) answered += 1;
          ask(turn + 1);
        });
      };
      ask(0);
    });
  await Promise.all(Array.from({ length: CLIENTS }, (_, index) => client(index + 1)));
  return { perSecond: (answered * 1000) / durationMs, longestGapMs };
}

async function cpuSeconds(replicas: readonly ReplicaConfig[]): Promise<number> {
  const pages = await Promise.all(replicas.slice(0, LIAR).map(({ http }) => pageOf(http)));
  return pages.reduce((sum, page) => sum + page.process.cpuSeconds, 0);
}

/** Over a connection of its own: an idle one may be closed while it is asked again. */
async function pageOf({ host, port }: SocketAddress): Promise<StatusPage> {
  const options = { headers: { connection: "close" } };
  return (await (await fetch(`http://${host}:${port}/status`, options)).json()) as StatusPage;
}

async function slowestStatus(replicas: readonly ReplicaConfig[], durationMs: number) {
  const end = performance.now() + durationMs;
  const look = async ({ http }: ReplicaConfig) => {
    let slowestMs = 0;
    while (performance.now() < end) {
      const asked = performance.now();
      await pageOf(http);
      slowestMs = Math.max(slowestMs, performance.now() - asked);
      await new Promise<void>((resolve) => after(200, resolve));
    }
    return slowestMs;
  };
  return Math.max(...(await Promise.all(replicas.map(look))));
}

/** The bad replica: it proves who it is to every honest one, then signs and sends without end. */
async function lie(config: ReplicaConfig, watched: ReplicaConfig, forge: Forge): Promise<void> {
  const authenticator = new Ed25519Authenticator(config.id, config.keys);
  const envelopes = new Signatures(config.cluster, authenticator);
  const sockets = await Promise.all(HONEST.map((id) => dial(config, authenticator, id)));
  process.stdout.write("flooding\n");
  let base = 0;
  let turn = 0;
  const follow = ({ status }: StatusPage) => {
    base = status.stable;
  };
  // Votes count inside the watermarks only. Who does not answer in time is asked again.
  every(100, () => void pageOf(watched.http).then(follow, () => undefined));
  every(TICK_MS, () => {
    const frames: Buffer[] = [];
    for (let count = 0; count < PER_TICK; count++, turn++) {
      const { type, payload } = forge(base + 1 + (turn % config.cluster.window));
      frames.push(
        encodeFrame({ type: FRAME.data, body: envelopes.seal({ type, payload }, "all") }),
      );
    }
    const bytes = Buffer.concat(frames);
    for (const socket of sockets) if (socket.writableLength < BACKLOG_BYTES) socket.write(bytes);
  });
}

function dial(config: ReplicaConfig, authenticator: Ed25519Authenticator, target: number) {
  const { cluster, id: self } = config;
  const identity = { ...cluster, self, incarnation: hostClockNs(), authenticator };
  const address = config.dial[`r${target}`];
  if (address === undefined) throw new RangeError(`no address of r${target}`);
  return dialAs({ identity, address, target }).proven;
}

if (process.argv[2] === "--liar") {
  const [, , , file = "", watchedFile = "", kind = ""] = process.argv;
  const forge = KINDS[kind];
  if (forge === undefined) throw new RangeError(`no flood is called ${kind}`);
  const read = (path: string) => JSON.parse(readFileSync(path, "utf8")) as ReplicaConfig;
  await lie(read(file), read(watchedFile), forge);
} else {
  process.exit(await main(process.argv.slice(2)));
}
