import { expect, test } from "vitest";
import type { ReplicaCore } from "../protocols/contract/core.ts";
import type { KeyExchange } from "../protocols/contract/key-exchange.ts";
import { AuditWriter } from "./audit-writer.ts";
import { until } from "./cluster.fixture.ts";
import { uncounted } from "./echo.fixture.ts";
import { InboundScheduler, type Line } from "./inbound-scheduler.ts";
import { Replica } from "./replica.ts";
import { MeteredAuthenticator, WORK, WorkMeter } from "./work-meter.ts";

/** What each frame makes the core do, in signature verifications. */
class Frames implements Line {
  hasAllowance = false;
  readonly #costs: number[];
  readonly #meter: WorkMeter;
  readonly #served: string[];
  readonly #name: string;

  constructor(name: string, costs: number[], at: { meter: WorkMeter; served: string[] }) {
    this.#name = name;
    this.#costs = costs;
    this.#meter = at.meter;
    this.#served = at.served;
  }

  serve(): boolean {
    const cost = this.#costs.shift();
    if (cost === undefined) return false;
    this.#meter.count(cost * WORK.verification);
    this.#served.push(this.#name);
    return true;
  }
}

function set(isCongested = () => false) {
  const meter = new WorkMeter();
  const served: string[] = [];
  const scheduler = new InboundScheduler({ meter, peers: 3, isCongested });
  const line = (name: string, costs: number[]) => new Frames(name, costs, { meter, served });
  const count = (name: string) => served.filter((each) => each === name).length;
  return { meter, served, scheduler, line, count };
}

const flood = (frames: number) => Array.from({ length: frames }, () => 1);

test("41 640 valid frames of one peer do not keep back those of three others", async () => {
  const { served, scheduler, line, count } = set();
  scheduler.readable(line("liar", flood(41_640)));
  for (const name of ["r1", "r2", "c0"]) scheduler.readable(line(name, flood(200)));
  await until("the honest ones are served", () => count("r1") + count("r2") + count("c0") === 600);
  // Before the last honest frame the liar has had as much as each of the others.
  const last = served.findLastIndex((name) => name !== "liar");
  expect(served.slice(0, last).filter((name) => name === "liar").length).toBeLessThanOrEqual(208);
});

test("what one frame costs beyond the share is paid before the next of that peer", async () => {
  const { served, scheduler, line, count } = set();
  // A VIEW-CHANGE with certificates beside a stream of PREPAREs.
  scheduler.readable(line("liar", [1000, 1000]));
  scheduler.readable(line("r1", flood(2000)));
  await until("all is served", () => count("r1") === 2000 && count("liar") === 2);
  const second = served.lastIndexOf("liar");
  expect(served.slice(0, second).filter((name) => name === "r1").length).toBeGreaterThan(900);
});

test("timers have their turn between two slices, however much waits", async () => {
  const { scheduler, line, count } = set();
  scheduler.readable(line("liar", flood(100_000)));
  const seen: number[] = [];
  for (let turn = 0; turn < 20; turn++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    seen.push(count("liar"));
  }
  expect(seen.every((served, turn) => served <= 8 * (turn + 2))).toBe(true);
});

test("while what was sent waits for the disk nothing is looked at", async () => {
  let isCongested = true;
  const { scheduler, line, count } = set(() => isCongested);
  scheduler.readable(line("r1", flood(3)));
  for (let turn = 0; turn < 5; turn++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  expect(count("r1")).toBe(0);
  isCongested = false;
  scheduler.resume();
  await until("it goes on", () => count("r1") === 3);
});

test("work that comes to nothing is allowed as far as others cause work, not at will", async () => {
  const { meter, scheduler, line, count } = set();
  const liar = line("liar", flood(41_640));
  liar.hasAllowance = true;
  const start = performance.now();
  scheduler.readable(liar);
  await until("its burst is over", () => count("liar") >= 128);
  for (let turn = 0; turn < 50; turn++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  expect(count("liar")).toBeLessThanOrEqual(129 + (performance.now() - start) / 4);
  const before = count("liar");
  meter.count(300 * WORK.verification);
  await until("it has had as much as one of three", () => count("liar") >= before + 100);
});

test("after one costly frame a peer rests a few dozen milliseconds, whatever the frame cost", async () => {
  const { scheduler, line, count } = set();
  const peer = line("r1", [20_000, 1]);
  peer.hasAllowance = true;
  scheduler.readable(peer);
  // Four ms for each verification, if all of it had to be made good; 64 ms in all are enough.
  await until("the next one is served", () => count("r1") === 2, 5000);
  expect(count("r1")).toBe(2);
});

test("what lets the protocol go on needs no allowance", async () => {
  const { meter, scheduler, count, served } = set();
  const costs = flood(2000);
  const primary: Line = {
    hasAllowance: true,
    serve: () => {
      if (costs.pop() === undefined) return false;
      meter.count(WORK.verification);
      meter.countProgress();
      served.push("primary");
      return true;
    },
  };
  scheduler.readable(primary);
  for (let turn = 0; turn < 300; turn++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  expect(count("primary")).toBe(2000);
});

/** A replica whose core answers, forwards or goes on as a frame says, and what each peer got. */
function askedReplica(meter: WorkMeter) {
  const sent = new Map<number, number>();
  const core: ReplicaCore = {
    step(input, _now, effects) {
      if (input.kind !== "frame") return;
      meter.count(WORK.verification);
      const what = Buffer.from(input.bytes).toString();
      if (what === "answer to us") effects.setTimer("more", 60_000);
      effects.send(what === "request" ? 2 : input.from, Uint8Array.of(1));
    },
    status: () => ({ view: 0, active: true, lastExec: 0, stable: 0, rejected: {}, counters: {} }),
    queues: () => ({}),
    stateDigest: () => "",
  };
  const links = {
    send: (to: number) => void sent.set(to, (sent.get(to) ?? 0) + 1),
    broadcast: () => undefined,
    flush: () => undefined,
    resume: () => undefined,
  };
  const audit = new AuditWriter({ file: "", level: "off", replica: 0, boot: 1 });
  const parts = { core, links, audit, meter, counts: uncounted, log: null };
  const replica = new Replica({ ...parts, onFatal: () => undefined });
  const line = (from: number, what: string, frames: number): Line => ({
    hasAllowance: true,
    serve() {
      if (frames === 0) return false;
      frames -= 1;
      replica.input({ kind: "frame", from, bytes: Buffer.from(what) });
      return true;
    },
  });
  return { replica, line, sent };
}

test("a peer that only asks gains no share by the answers: its questions have an allowance", async () => {
  const { meter, scheduler } = set();
  const { replica, line, sent } = askedReplica(meter);
  const start = performance.now();
  scheduler.readable(line(3, "question", 41_640));
  await until("its burst is over", () => (sent.get(3) ?? 0) >= 128);
  for (let turn = 0; turn < 50; turn++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  expect(sent.get(3)).toBeLessThanOrEqual(129 + (performance.now() - start) / 4);
  replica.stop();
});

test.each([
  ["request", 2],
  ["answer to us", 3],
])("what lets the protocol go on needs no allowance: %s", async (what, told) => {
  const { meter, scheduler } = set();
  const { replica, line, sent } = askedReplica(meter);
  scheduler.readable(line(3, what, 2000));
  for (let turn = 0; turn < 300; turn++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  expect(sent.get(told)).toBe(2000);
  replica.stop();
});

test("an authenticator counts what it is asked to do", () => {
  const meter = new WorkMeter();
  const inner = {
    self: 3,
    digest: () => "d",
    sign: () => Uint8Array.of(1),
    verify: () => false,
    exchange: {} as KeyExchange,
    tag: () => Uint8Array.of(2),
    checkTag: () => true,
  };
  const metered = new MeteredAuthenticator(inner, meter);
  expect([metered.self, metered.digest(new Uint8Array(4096))]).toEqual([3, "d"]);
  expect(meter.done).toBe(4 * WORK.kibibyte);
  metered.sign(new Uint8Array(1));
  expect(metered.verify(1, new Uint8Array(1), new Uint8Array(64))).toBe(false);
  expect(meter.done).toBe(4 * WORK.kibibyte + WORK.signature + WORK.verification);
  expect(metered.tag(1, new Uint8Array(1))).toEqual(Uint8Array.of(2));
  expect(metered.checkTag(1, new Uint8Array(1), new Uint8Array(20))).toBe(true);
  expect(meter.done).toBe(4 + WORK.signature + WORK.verification + 2 * WORK.tag);
});
