import { expect, test } from "vitest";
import { Cpu } from "./cpu.ts";
import { EventQueue } from "./event-queue.ts";

function machine() {
  const queue = new EventQueue();
  let now = 0;
  const cpu = new Cpu({ queue, now: () => now });
  const done: { readonly what: string; readonly atMs: number }[] = [];
  return {
    cpu,
    done,
    asks: (what: string) => cpu.do(() => done.push({ what, atMs: now })),
    runTo(untilMs: number) {
      while (queue.nextTime <= untilMs) {
        const event = queue.take();
        now = event?.time ?? now;
        event?.run();
      }
      now = untilMs;
    },
  };
}

test("with a whole CPU work is done at once, and costs nothing", () => {
  const { cpu, asks, done } = machine();
  asks("a");
  expect(done).toEqual([{ what: "a", atMs: 0 }]);
  expect(cpu.usage).toEqual({ quota: null, usedMs: 0, heldMs: 0 });
});

test("with a tenth each step takes ten times as long, one after the other", () => {
  const { cpu, asks, done, runTo } = machine();
  cpu.limit(0.1);
  for (const what of ["a", "b"]) asks(what);
  runTo(20);
  asks("c");
  runTo(30);
  expect(done).toEqual([
    { what: "a", atMs: 2.5 },
    { what: "b", atMs: 5 },
    { what: "c", atMs: 22.5 },
  ]);
  expect(cpu.usage).toEqual({ quota: 0.1, usedMs: 0.75, heldMs: 6.75 });
});

test("what waits is done in its order when the quota is lifted, before what comes then", () => {
  const { cpu, asks, done, runTo } = machine();
  cpu.limit(0.01);
  for (const what of ["a", "b", "c"]) asks(what);
  runTo(10);
  cpu.limit(1);
  asks("d");
  runTo(10);
  expect(done.map(({ what }) => what)).toEqual(["a", "b", "c", "d"]);
  expect(new Set(done.map(({ atMs }) => atMs))).toEqual(new Set([10]));
  expect(cpu.usage).toEqual({ quota: null, usedMs: 0, heldMs: 0 });
});

test("what a killed process had not done is never done", () => {
  const { cpu, asks, done, runTo } = machine();
  cpu.limit(0.5);
  asks("a");
  cpu.clear();
  asks("b");
  runTo(10);
  expect(done).toEqual([{ what: "b", atMs: 0.5 }]);
});
