import { expect, test } from "vitest";
import { monotonicMs } from "../clock.ts";
import { LoadTimer } from "./load-timer.ts";

test("a load is ticked at the time that it asked for last, and not after the stop", async () => {
  const timer = new LoadTimer();
  const ticks: number[] = [];
  const startMs = monotonicMs();
  const [soon, later] = [startMs + 30, startMs + 60_000];
  timer.wakeAt(later);
  const over = timer.run({
    tick: (atMs) => {
      ticks.push(atMs);
      timer.wakeAt(later);
      timer.stop();
    },
  });
  timer.wakeAt(soon);
  await over;
  expect(ticks).toEqual([soon]);
  expect(monotonicMs()).toBeGreaterThan(soon - 2);
});
