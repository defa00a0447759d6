import { expect, test } from "vitest";
import { exampleRun } from "../example-run.fixture.ts";
import { availabilityOf } from "./availability.ts";

const { observations } = exampleRun({ durationMs: 60_000 });
const end = 60_000e6;

/** Load from 0 to 10 s, one operation at a time; each answered after so many milliseconds. */
function availabilityWith(answers: readonly (readonly [sentMs: number, afterMs: number | null])[]) {
  const history = answers.flatMap(([sentMs, afterMs], process) => {
    const shared = { process, f: "read", key: "k", value: null } as const;
    const invoke = { ...shared, type: "invoke", time: sentMs * 1e6 } as const;
    const ok = { ...shared, type: "ok", time: (sentMs + (afterMs ?? 0)) * 1e6 } as const;
    return afterMs === null ? [invoke] : [invoke, ok];
  });
  return availabilityOf({
    ...observations,
    history: history
      .toSorted((a, b) => a.time - b.time)
      .map((event, index) => ({ ...event, index })),
    ledger: [
      { time: -1_000e6, kind: "load", on: true },
      { time: 0, kind: "phase", phase: "faults" },
      { time: 10_000e6, kind: "load", on: false },
      { time: end, kind: "phase", phase: "end" },
    ],
  });
}

test("is 1 where every answer comes in time, and where nobody asks", () => {
  expect(
    availabilityWith([
      [100, 5],
      [900, 200],
    ]),
  ).toBe(1);
  expect(availabilityWith([])).toBe(1);
});

test("loses all of the time in which somebody waited long and nobody was answered", () => {
  expect(availabilityWith([[1_000, 2_000]])).toBeCloseTo(0.8);
  // Answers to others end it, however long the first one waits.
  expect(
    availabilityWith([
      [1_000, 400],
      [1_100, 100],
      [1_300, 50],
    ]),
  ).toBe(1);
});

test("counts what was never answered to the end of the load, and nothing of before or after it", () => {
  expect(availabilityWith([[8_000, null]])).toBeCloseTo(0.8);
  expect(availabilityWith([[-500, 1_000]])).toBeCloseTo(0.95);
  expect(availabilityWith([[11_000, null]])).toBe(1);
});

test("is unknown of a run that never got to its faults phase", () => {
  expect(availabilityOf({ ...observations, ledger: [], history: [] })).toBeNull();
});
