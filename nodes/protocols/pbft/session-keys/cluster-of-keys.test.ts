/** Whole clusters of pbft-mac that exchange keys while they work (protocols §2.9). */
import assert from "node:assert/strict";
import { test } from "vitest";
import { kv } from "../../../services/kv.ts";
import { MacVectors } from "../../authentication/mac-vectors.ts";
import { clientId } from "../../contract/core.ts";
import { messageTypeOf } from "../../wire/envelope.ts";
import { encodeRequest } from "../../wire/request.ts";
import { Cluster, type Delivery, filledService } from "../cluster.fixture.ts";
import { pbftMac } from "../variants/pbft-mac.ts";
import { NEW_KEY } from "./new-key.ts";

const STATUS_MS = 20;
/** Keys last so long. */
const LASTS_MS = 64 * STATUS_MS;
const TIMERS = { requestMs: 400, statusMs: STATUS_MS, clientMs: 200, clientCapMs: 400 };

const ALICE = clientId({ host: 0, index: 1 });
const HOST = clientId({ host: 0, index: 0 });
const OPTIONS = { argumentBytes: 0, resultBytes: 0 };

/** One write every 10 ms, and what happened. */
class Workload {
  /** When the host of each was started: its clock counts from there. */
  readonly #startedAt = [0, 0, 0, 0];
  readonly cluster: Cluster;
  #writes = 0;

  constructor(timers: Partial<typeof TIMERS> = {}) {
    this.cluster = new Cluster({
      serviceOf: () => filledService(0, 0),
      wire: { latencyMs: 1, bytesPerMs: 100_000 },
      parameters: { timers: { ...TIMERS, ...timers }, checkpointInterval: 64, window: 128 },
      createReplica: (options) => {
        const core = pbftMac.createReplica(options);
        const clock = (now: number) => now - (this.#startedAt[options.id] ?? 0);
        return {
          step: (input, now, effects) => core.step(input, clock(now), effects),
          status: () => core.status(),
          queues: () => core.queues(),
          stateDigest: () => core.stateDigest(),
        };
      },
    });
  }

  /** Its host is started again, on another disk. */
  reboot(id: number): void {
    this.#startedAt[id] = this.cluster.now;
    this.cluster.disks[id] = [];
    this.cluster.restart(id);
  }

  writeFor(ms: number): void {
    const { cluster } = this;
    const end = cluster.now + ms;
    for (let at = cluster.now; at < end; at += 10) {
      cluster.at(at, () => cluster.deliver({ from: HOST, to: 0, bytes: this.#request() }));
    }
    cluster.run(() => false, end);
  }

  #request(): Uint8Array {
    const { cluster } = this;
    this.#writes += 1;
    const operation = kv.encode({ f: "write", key: "k", value: `${this.#writes}` }, OPTIONS);
    const scheme = new MacVectors(cluster.cluster, cluster.authenticatorOf(ALICE));
    return encodeRequest(scheme, { timestamp: this.#writes, operation });
  }

  /** Views of those who are in one. */
  get views(): readonly (number | undefined)[] {
    return this.cluster.cores.map((core) => core.status().view);
  }

  get lags(): readonly number[] {
    const executed = this.cluster.cores.map((core) => core.status().lastExec);
    return executed.map((number) => Math.max(...executed) - number);
  }

  get executed(): number {
    return Math.max(...this.cluster.cores.map((core) => core.status().lastExec));
  }
}

const isNewKey = ({ bytes }: Delivery) => messageTypeOf(bytes) === NEW_KEY;

test("new keys every 64 periods are no disturbance", () => {
  const workload = new Workload();
  let newKeys = 0;
  workload.cluster.onWire = (delivery) => {
    if (isNewKey(delivery)) newKeys += 1;
    return delivery.bytes;
  };
  workload.writeFor(3 * LASTS_MS);
  assert.deepEqual(workload.views, [0, 0, 0, 0]);
  assert.ok(workload.executed > 10);
  assert.ok(newKeys >= 2 * 4 * 3, `${newKeys} NEW-KEYs`);
  assert.ok(Math.max(...workload.lags) <= 2);
});

test("whose NEW-KEYs nobody gets goes deaf, and the others go on without it", () => {
  const workload = new Workload();
  workload.writeFor(LASTS_MS / 2);
  workload.cluster.onWire = (delivery) =>
    isNewKey(delivery) && delivery.from === 3 ? null : delivery.bytes;
  workload.writeFor(LASTS_MS);
  const before = workload.executed;
  workload.writeFor(LASTS_MS / 2);
  assert.ok(workload.executed > before, "three are enough");
  assert.ok((workload.lags[3] ?? 0) > 0, "what others say to r3 it does not believe");
  workload.cluster.onWire = ({ bytes }) => bytes;
  workload.writeFor(LASTS_MS / 2);
  assert.ok((workload.lags[3] ?? 0) <= 2, "told again, it catches up");
});

test("two that missed one another's keys vote with the others, and agree when they meet", () => {
  const workload = new Workload();
  workload.cluster.onWire = (delivery) =>
    isNewKey(delivery) && delivery.from + delivery.to === 3 ? null : delivery.bytes;
  workload.writeFor(LASTS_MS);
  workload.cluster.onWire = ({ bytes }) => bytes;
  workload.writeFor(LASTS_MS / 2);
  assert.ok(Math.max(...workload.lags) <= 2, workload.lags.join());
});

test("a restarted replica is believed, and believes, within a period or two", () => {
  const workload = new Workload();
  workload.writeFor(100);
  workload.cluster.restart(2);
  workload.writeFor(10 * STATUS_MS);
  assert.deepEqual(workload.views, [0, 0, 0, 0]);
  assert.ok(workload.executed > 10);
  assert.ok(Math.max(...workload.lags) <= 2, workload.lags.join());
});

test("one whose host was started again on another disk is heard, and hears, within a period or two", () => {
  const workload = new Workload();
  workload.writeFor(LASTS_MS);
  workload.reboot(2);
  // What others say to it counts once they have its keys: without them it executes nothing.
  workload.writeFor(10 * STATUS_MS);
  assert.ok((workload.lags[2] ?? 0) <= 2, workload.lags.join());
  assert.deepEqual(workload.views, [0, 0, 0, 0]);
});

test("what is asked before there are keys waits for them, and not for STATUS", () => {
  const workload = new Workload({ statusMs: 1_000 });
  workload.writeFor(10);
  const { cluster } = workload;
  cluster.run(() => false, 10);
  assert.deepEqual(
    cluster.cores.map((core) => core.status().lastExec),
    [1, 1, 1, 1],
  );
});
