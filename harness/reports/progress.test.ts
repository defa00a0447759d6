import { expect, test } from "vitest";
import type { Progress } from "../drivers/driver.ts";
import { progressView } from "./progress.ts";

const at: Progress = {
  phase: "faults",
  remainingMs: 4200,
  operationsPerSecond: 198.6,
  p99Ms: 12.34,
  view: 1,
  activeFaults: ["cut-primary", "slow-backup"],
};

/** A stream that remembers, and a clock that is moved by hand. */
function watched(stream: { readonly isTTY?: boolean; readonly columns?: number }) {
  const written: string[] = [];
  const clock = { nowMs: 0 };
  const out = { ...stream, write: (text: string) => written.push(text) };
  return { written, clock, view: progressView(out, "smoke", () => clock.nowMs) };
}

test("without a terminal there are whole lines without control characters", () => {
  const { written, view } = watched({});
  view.update(at);
  view.end();
  expect(written).toEqual([
    "smoke | faults 5 s left | 199 op/s | p99 12.3 ms | view 1 | faults: cut-primary, slow-backup\n",
  ]);
});

test("without a terminal there is at most one line in five seconds within a phase", () => {
  const { written, clock, view } = watched({ isTTY: false });
  for (clock.nowMs = 0; clock.nowMs < 15_000; clock.nowMs += 100) view.update(at);
  expect(written).toHaveLength(3);
});

test("a change of phase is told at once", () => {
  const { written, clock, view } = watched({});
  view.update(at);
  clock.nowMs = 10;
  view.update({ ...at, phase: "quiet" });
  expect(written).toHaveLength(2);
  expect(written[1]).toContain("| quiet ");
});

test("a terminal keeps one line, no longer than it is wide, and is left clean", () => {
  const { written, view } = watched({ isTTY: true, columns: 40 });
  view.update(at);
  view.update(at);
  view.end();
  const clear = "\r\u001b[2K";
  expect(written.every((text) => text.startsWith(clear) && !text.includes("\n"))).toBe(true);
  expect(written.every((text) => text.length - clear.length <= 39)).toBe(true);
  expect(written.at(-1)).toBe(clear);
});

test("what is not known is a dash, and names cannot steer the terminal", () => {
  const { written, view } = watched({});
  view.update({ ...at, p99Ms: null, view: null, activeFaults: ["\u001b[2Jgone"] });
  expect(written[0]).toContain("| p99 – | view – | faults: \\u001b[2Jgone\n");
});
