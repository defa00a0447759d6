import { expect, test } from "vitest";
import { TimerSet } from "./timer-set.ts";

/** A clock that stands still until it is told the time. */
class Clock {
  nowMs = 0;
  armed = 0;
  readonly #actions = new Map<object, { readonly atMs: number; readonly action: () => void }>();

  readonly hostClockMs = (): number => this.nowMs;

  readonly after = (ms: number, action: () => void): (() => void) => {
    const key = {};
    this.armed += 1;
    this.#actions.set(key, { atMs: this.nowMs + ms, action });
    return () => this.#actions.delete(key);
  };

  get pending(): number {
    return this.#actions.size;
  }

  passTo(ms: number): void {
    while (this.nowMs < ms) {
      this.nowMs += 1;
      for (const [key, { atMs, action }] of this.#actions) {
        if (atMs <= this.nowMs && this.#actions.delete(key)) action();
      }
    }
  }
}

function set() {
  const clock = new Clock();
  const expired: [string, number][] = [];
  const timers = new TimerSet((id) => expired.push([id, clock.nowMs]), clock);
  return { clock, expired, timers };
}

test("a timer expires once, at its time", () => {
  const { clock, expired, timers } = set();
  timers.set("a", 100);
  timers.set("b", 30);
  clock.passTo(1000);
  expect(expired).toEqual([
    ["b", 30],
    ["a", 100],
  ]);
});

test("one that is set again counts from then on, sooner or later than before", () => {
  const { clock, expired, timers } = set();
  timers.set("later", 100);
  timers.set("sooner", 500);
  clock.passTo(60);
  timers.set("later", 100);
  timers.set("sooner", 20);
  clock.passTo(1000);
  expect(expired).toEqual([
    ["sooner", 80],
    ["later", 160],
  ]);
});

test("one that was cancelled does not expire, and may be set again", () => {
  const { clock, expired, timers } = set();
  timers.set("a", 100);
  timers.set("b", 100);
  timers.cancel("a");
  timers.cancel("b");
  clock.passTo(50);
  timers.set("b", 100);
  clock.passTo(1000);
  expect(expired).toEqual([["b", 150]]);
});

test("one that sets itself while it expires expires again", () => {
  const { clock, expired, timers: _ } = set();
  const timers = new TimerSet((id) => {
    expired.push([id, clock.nowMs]);
    if (expired.length < 3) timers.set(id, 10);
  }, clock);
  timers.set("a", 10);
  clock.passTo(100);
  expect(expired.map(([, at]) => at)).toEqual([10, 20, 30]);
});

test("what is set and cancelled for every request arms the machine's timers hardly ever", () => {
  const { clock, expired, timers } = set();
  for (let request = 0; request < 10_000; request += 1) {
    timers.set("request", 1000);
    clock.passTo(clock.nowMs + 1);
    timers.cancel("request");
  }
  expect(clock.armed).toBeLessThanOrEqual(11);
  expect(expired).toEqual([]);
});

test("when all are cancelled nothing is left that would keep a process alive", () => {
  const { clock, expired, timers } = set();
  timers.set("a", 100);
  timers.set("b", 100);
  timers.cancel("b");
  timers.cancelAll();
  expect(clock.pending).toBe(0);
  clock.passTo(1000);
  expect(expired).toEqual([]);
});
