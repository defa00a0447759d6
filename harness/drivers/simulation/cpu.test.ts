import { expect, test } from "vitest";
import { Cpu } from "./cpu.ts";
import { EventQueue } from "./event-queue.ts";

/** Each piece costs 0.25 ms, unless it says something else; noted is when it begins and ends. */
function machine() {
  const queue = new EventQueue();
  let now = 0;
  let atWork = "";
  const begun: string[] = [];
  const done: { readonly what: string; readonly atMs: number }[] = [];
  const ended = () => {
    done.push({ what: atWork, atMs: now });
  };
  const cpu: Cpu = new Cpu({ queue, now: () => now, ended });
  const work = (what: string, ms: number) => () => {
    atWork = what;
    begun.push(`${what} at ${now}`);
    cpu.spend(ms);
  };
  return {
    cpu,
    begun,
    done,
    asks: (what: string, ms = 0.25) => cpu.do(work(what, ms)),
    expires: (what: string, ms = 0.25) => cpu.doSoon(work(what, ms)),
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

test("what costs nothing is done at once", () => {
  const { cpu, asks, done } = machine();
  asks("a", 0);
  expect(done).toEqual([{ what: "a", atMs: 0 }]);
  expect(cpu.usage).toEqual({ quota: null, usedMs: 0, heldMs: 0 });
});

test("a piece is begun when the one before is over, and is over when its time has passed", () => {
  const { cpu, asks, begun, done, runTo } = machine();
  for (const what of ["a", "b"]) asks(what, 2);
  expect(begun).toEqual(["a at 0"]);
  runTo(10);
  expect(begun).toEqual(["a at 0", "b at 2"]);
  expect(done).toEqual([
    { what: "a", atMs: 2 },
    { what: "b", atMs: 4 },
  ]);
  expect(cpu.usage).toEqual({ quota: null, usedMs: 4, heldMs: 0 });
});

test("a timer is late where there is work, and comes before what else waits", () => {
  const { asks, expires, begun, runTo } = machine();
  asks("a", 5);
  asks("b", 5);
  runTo(1);
  expires("timer");
  runTo(10);
  expect(begun).toEqual(["a at 0", "timer at 5", "b at 5.25"]);
});

test("between two timers something is read, however late the second one is", () => {
  const { asks, expires, begun, runTo } = machine();
  expires("timer", 5);
  expires("next timer", 5);
  asks("a", 1);
  asks("b", 1);
  runTo(20);
  expect(begun).toEqual(["timer at 0", "a at 5", "next timer at 6", "b at 11"]);
});

test("with a tenth each piece takes ten times as long, one after the other", () => {
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

test("when the quota is lifted, what is left goes on at the pace of a whole CPU", () => {
  const { cpu, asks, done, runTo } = machine();
  cpu.limit(0.01);
  for (const what of ["a", "b"]) asks(what);
  runTo(10);
  expect(done).toEqual([]);
  cpu.limit(1);
  runTo(20);
  // A tenth of a millisecond of it was done.
  expect(done).toEqual([
    { what: "a", atMs: 10.15 },
    { what: "b", atMs: 10.4 },
  ]);
});

test("a process that is stopped goes on where it was", () => {
  const { cpu, asks, done, runTo } = machine();
  asks("a", 4);
  asks("b", 1);
  runTo(1);
  cpu.stop();
  runTo(100);
  expect(done).toEqual([]);
  cpu.go();
  runTo(200);
  expect(done).toEqual([
    { what: "a", atMs: 103 },
    { what: "b", atMs: 104 },
  ]);
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

test("a process that was stopped and is killed leaves a CPU that works for the next one", () => {
  const { cpu, asks, begun, runTo } = machine();
  asks("a", 5);
  asks("b");
  cpu.stop();
  cpu.clear();
  asks("c");
  runTo(20);
  expect(begun).toEqual(["a at 0", "c at 0"]);
});
