import { expect, test } from "vitest";
import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import type { Effects, Input, ReplicaCore } from "../../../nodes/protocols/contract/core.ts";
import { Disk } from "./disk.ts";
import { EventQueue } from "./event-queue.ts";
import { Random } from "./random.ts";
import { SimulatedReplica } from "./replica.ts";

type Step = (input: Input, effects: Effects, now: number) => void;

/** One process with a core whose step is the test's own; its fsync takes 10 ms. */
function processOf(step: Step) {
  const queue = new EventQueue();
  let now = 0;
  const sent: { readonly at: number; readonly text: string }[] = [];
  const starts: (readonly number[])[] = [];
  const core: ReplicaCore = {
    step(input, at, effects) {
      if (input.kind === "recovered") starts.push(input.records.map(([first = -1]) => first));
      step(input, effects, at);
    },
    status: () => ({ view: 0, active: true, lastExec: 0, stable: 0, rejected: {}, counters: {} }),
    queues: () => ({}),
    stateDigest: () => "",
  };
  const disk = new Disk(
    "group-commit",
    { fsyncMinMs: 10, fsyncMaxMs: 10, msPerKib: 0 },
    new Random(1),
  );
  const world = {
    queue,
    now: () => now,
    clock: () => now,
    transmit: (_from: number, to: number, bytes: Uint8Array) => {
      sent.push({ at: now, text: `${to}:${new TextDecoder().decode(bytes)}` });
    },
    hears: () => true,
    audited: (_record: AuditRecord) => {},
    died: (_id: number, error: unknown) => {
      throw error;
    },
    stepping: () => {},
  };
  const own = { createCore: () => core, held: String, legacy: null };
  const parts = { id: 0, replicas: 3, disk, bill: null, ...own };
  const replica = new SimulatedReplica(parts, world);
  return {
    replica,
    sent,
    starts,
    run: (until: number) => {
      while (queue.nextTime <= until) {
        const event = queue.take();
        now = event?.time ?? now;
        event?.run();
      }
      now = until;
    },
  };
}

const bytes = (text: string) => new TextEncoder().encode(text);

/** On a frame: say "before", write it down, say "after". */
const writing: Step = (input, effects) => {
  if (input.kind !== "frame") return;
  effects.send(1, bytes("before"));
  effects.persist("append", [input.bytes]);
  effects.audit({ e: "checkpoint", n: input.bytes[0] ?? 0, d: "" });
  effects.send(1, bytes("after"));
};

test("what is sent behind a write leaves when the write is durable, what is before it at once", () => {
  const { replica, sent, run } = processOf(writing);
  replica.start();
  replica.receive(1, Uint8Array.of(7));
  expect(sent).toEqual([{ at: 0, text: "1:before" }]);
  run(100);
  expect(sent).toEqual([
    { at: 0, text: "1:before" },
    { at: 10, text: "1:after" },
  ]);
});

test("kill -9 loses held sends and audit lines, and keeps what was written", () => {
  const { replica, sent, starts, run } = processOf(writing);
  replica.start();
  replica.receive(1, Uint8Array.of(7));
  replica.kill();
  expect(replica.auditLog).toEqual([]);
  replica.start();
  run(100);
  expect(sent.map(({ text }) => text)).toEqual(["1:before"]);
  expect(starts).toEqual([[], [7]]);
  expect(replica.boots).toBe(2);
});

test("a line is of the time at which the disk has what it tells of, and comes before what follows", () => {
  const { replica, sent, run } = processOf((input, effects) => {
    effects.audit({ e: "stable", n: 1, d: "", by: [] });
    writing(input, effects, 0);
  });
  replica.start();
  run(5);
  replica.receive(1, Uint8Array.of(7));
  run(100);
  expect(replica.auditLog.map(({ e, time }) => [e, time / 1e6])).toEqual([
    ["stable", 0],
    ["stable", 5],
    ["checkpoint", 15],
  ]);
  expect(sent.at(-1)).toEqual({ at: 15, text: "1:after" });
});

test("a power cut keeps the audit lines of what was synced, and the record with them", () => {
  const { replica, starts, run } = processOf(writing);
  replica.start();
  replica.receive(1, Uint8Array.of(7));
  run(50);
  replica.receive(1, Uint8Array.of(8));
  replica.cutPower();
  replica.start();
  expect(replica.auditLog.map((record) => record.e === "checkpoint" && record.n)).toEqual([7]);
  expect(starts.at(-1)?.[0]).toBe(7);
});

test("a paused process hears everything when it goes on, its timers first and late", () => {
  const log: string[] = [];
  const { replica, run } = processOf((input, effects, now) => {
    if (input.kind === "recovered") effects.setTimer("tick", 20);
    else log.push(`${input.kind === "timer" ? input.id : (input.bytes[0] ?? 0)}@${now}`);
  });
  replica.start();
  replica.pause();
  replica.receive(1, Uint8Array.of(1));
  run(50);
  replica.receive(1, Uint8Array.of(2));
  expect(log).toEqual([]);
  replica.resume();
  run(60);
  expect(log).toEqual(["tick@50", "1@50", "2@50"]);
});

test("a timer that is set again fires once, at the later time; a cancelled one never", () => {
  const fired: string[] = [];
  const { replica, run } = processOf((input, effects, now) => {
    if (input.kind === "timer") fired.push(`${input.id}@${now}`);
    if (input.kind !== "recovered") return;
    effects.setTimer("moved", 10);
    effects.setTimer("moved", 30);
    effects.setTimer("gone", 10);
    effects.cancelTimer("gone");
  });
  replica.start();
  run(100);
  expect(fired).toEqual(["moved@30"]);
});

test("a dead process hears nothing, and timers of an earlier life do not reach the next", () => {
  const heard: string[] = [];
  const { replica, run } = processOf((input, effects) => {
    if (input.kind === "recovered" && replica.boots === 1) effects.setTimer("old", 10);
    if (input.kind !== "recovered") heard.push(input.kind);
  });
  replica.start();
  replica.kill();
  replica.receive(1, Uint8Array.of(1));
  replica.start();
  run(100);
  expect(heard).toEqual([]);
});

test("a broadcast goes to every other replica", () => {
  const { replica, sent } = processOf((input, effects) => {
    if (input.kind === "frame") effects.broadcast(bytes("all"));
  });
  replica.start();
  replica.receive(1, Uint8Array.of(1));
  expect(sent.map(({ text }) => text)).toEqual(["1:all", "2:all"]);
});
