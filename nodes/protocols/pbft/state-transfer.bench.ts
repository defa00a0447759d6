/**
 * What a large state costs: taking a checkpoint of it, and fetching it (protocols §7.6, §8).
 * `node nodes/protocols/pbft/state-transfer.bench.ts [MiB...]`. Whole cores with SHA-256 and
 * Ed25519 in one process, on a virtual wire of 1 Gbit/s and 0.5 ms a link: `time` is virtual and
 * knows the wire only, `cpu` is what all four replicas really used meanwhile.
 */
import { createHash } from "node:crypto";
import { ed25519Authenticators } from "../../../harness/drivers/simulation/authenticators.ts";
import { kv } from "../../services/kv.ts";
import { ClientTable } from "../client-table.ts";
import { LoggedPages } from "../state/logged-pages.ts";
import { ReplicatedState } from "../state/replicated-state.ts";
import { Cluster, filledService } from "./cluster.fixture.ts";

const VALUE_BYTES = 1_500;
const MIB = 1_048_576;
const OPTIONS = { argumentBytes: 0, resultBytes: 0 };
/** Writes between two checkpoints: K = 128 with one request a batch, and with eight. */
const WRITES = [128, 1_024];
/** Writes a second. */
const LOADS = [0, 2_000];

function keysOf(mebibytes: number): number {
  return Math.round((mebibytes * MIB) / VALUE_BYTES);
}

function mebibytes(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}

function measureCheckpoint(size: number): void {
  const service = filledService(keysOf(size), VALUE_BYTES);
  const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
  const state = new ReplicatedState({ service, clients: new ClientTable(), digest });
  const logged = new LoggedPages();
  let start = performance.now();
  const whole = logged.missing(state.checkpoint()).length;
  console.log(`${size} MiB: all ${whole} nodes: ${(performance.now() - start).toFixed(0)} ms`);
  for (const writes of WRITES) {
    for (let write = 0; write < writes; write++) {
      const key = `k${(write * 7_919) % keysOf(size)}`;
      const value = `${writes} ${write}`.padEnd(VALUE_BYTES, "w");
      service.execute(kv.encode({ f: "write", key, value }, OPTIONS));
    }
    start = performance.now();
    const nodes = logged.missing(state.checkpoint());
    const ms = (performance.now() - start).toFixed(1);
    const bytes = nodes.reduce((sum, node) => sum + node.length, 0);
    console.log(`  ${writes} writes: ${ms} ms, ${nodes.length} nodes, ${mebibytes(bytes)} logged`);
  }
}

function measureTransfer(size: number, writesPerSecond: number): void {
  const keys = keysOf(size);
  const cluster = new Cluster({
    serviceOf: (id) => (id === 1 ? kv.create(OPTIONS) : filledService(keys, VALUE_BYTES)),
    wire: { latencyMs: 0.5, bytesPerMs: 125_000 },
    parameters: { checkpointInterval: 128, window: 256, batchMax: 64 },
    authenticators: ed25519Authenticators,
    isDiskKept: false,
  });
  const { onWire } = cluster;
  cluster.onWire = (delivery) => (delivery.to === 1 ? null : onWire(delivery));
  const write = (number: number) => {
    cluster.write(`k${(number * 7_919) % keys}`, `${number}`.padEnd(VALUE_BYTES, "w"));
  };
  for (let number = 0; number < 128; number++) {
    write(number);
    cluster.run(() => cluster.lastExec(0) > number, cluster.now + 1_000);
  }
  cluster.run(() => false, cluster.now + 10);
  cluster.onWire = onWire;
  if (writesPerSecond > 0) keepWriting(cluster, 1_000 / writesPerSecond, write);
  const [begun, cpu] = [cluster.now, process.cpuUsage()];
  const before = cluster.received[1] ?? 0;
  const end = cluster.run(() => cluster.lastExec(1) >= cluster.lastExec(0), begun + 600_000);
  const used = process.cpuUsage(cpu);
  const fetched = cluster.installed(1).map(({ fetched: { nodes } }) => nodes);
  console.log(
    `  ${writesPerSecond} writes/s: time ${end === null ? "never" : `${Math.round(end - begun)} ms`}` +
      `, cpu ${Math.round((used.user + used.system) / 1_000)} ms` +
      `, received ${mebibytes((cluster.received[1] ?? 0) - before)}` +
      `, nodes fetched ${fetched.join(" + ")}, aims ${cluster.aims(1)}`,
  );
}

function keepWriting(cluster: Cluster, everyMs: number, write: (number: number) => void): void {
  let number = 128;
  const next = () => {
    write(number++);
    cluster.at(cluster.now + everyMs, next);
  };
  cluster.at(cluster.now, next);
}

const sizes = process.argv.slice(2).map(Number);
for (const size of sizes.length > 0 ? sizes : [5, 50, 200]) {
  measureCheckpoint(size);
  for (const load of LOADS) measureTransfer(size, load);
}
