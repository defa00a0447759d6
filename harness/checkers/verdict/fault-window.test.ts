import { expect, test } from "vitest";
import { subjectOf } from "../../subject.ts";
import { down, inject, observationsOf, quietRun } from "../run.fixture.ts";
import { deviationOf, plannedWindow } from "./fault-window.ts";
import { judge } from "./judge.ts";

test("the planned window stands beside the real one, on the run's clock", () => {
  const run = quietRun();
  inject(run, { entry: "crash", effects: down(3), at: 610, until: 900 });
  const { faults } = judge(observationsOf(run), subjectOf(run.plan));
  expect(faults[0]).toMatchObject({
    planned: { atMs: 50 + 610, forMs: 290 },
    installedAtMs: 615,
    healedAtMs: 905,
    deviation: null,
  });
});

test("no window is planned beyond the faults phase, nor for what is not in the plan", () => {
  const run = quietRun();
  inject(run, { entry: "late", effects: down(3), at: 900, until: 1_400 });
  expect(plannedWindow(run.plan, "late")).toEqual({ atMs: 950, forMs: 50 });
  expect(plannedWindow(run.plan, "ambush")).toBeNull();
});

const planned = { atMs: 1_000, forMs: 1_000 };

test.each([
  [1_100, 2_200, null],
  [1_101, 2_101, "began 101 ms later than planned"],
  [899, 1_899, "began 101 ms earlier than planned"],
  [1_000, 2_101, "lasted 101 ms longer than planned"],
  [1_300, 1_900, "began 300 ms later than planned and lasted 400 ms shorter than planned"],
])("from %i to %i ms instead of 1000 to 2000 ms: %s", (installedAtMs, healedAtMs, said) => {
  expect(deviationOf(planned, { installedAtMs, healedAtMs })).toBe(said);
});

test("of a long window 5 % are allowed", () => {
  const long = { atMs: 1_000, forMs: 10_000 };
  expect(deviationOf(long, { installedAtMs: 1_500, healedAtMs: 11_000 })).toBeNull();
  expect(deviationOf(long, { installedAtMs: 1_501, healedAtMs: 11_501 })).toBe(
    "began 501 ms later than planned",
  );
});

test("what never was, or never ended, has no length to compare", () => {
  expect(deviationOf(planned, { installedAtMs: null, healedAtMs: null })).toBeNull();
  expect(deviationOf(planned, { installedAtMs: 1_000, healedAtMs: null })).toBeNull();
});

test("what waited for something is held to its length from when it was there", () => {
  const longerBy = (lateMs: number, healedAt: number): string | null | undefined => {
    const run = quietRun();
    inject(run, { entry: "ambush", effects: down(3), at: lateMs, until: healedAt });
    const [ambush] = run.plan.entries;
    if (ambush === undefined) throw new Error("it is in the plan");
    const when = { kind: "healed", entry: "other", delayMs: 0 } as const;
    run.plan = { ...run.plan, entries: [{ ...ambush, atMs: 0, durationMs: 300, when }] };
    const [judged] = judge(observationsOf(run), subjectOf(run.plan)).faults;
    expect(judged?.planned).toBeNull();
    return judged?.deviation;
  };
  expect(longerBy(400, 700)).toBeNull();
  expect(longerBy(400, 900)).toBe("lasted 200 ms longer than planned");
  expect(longerBy(400, 550)).toBe("lasted 150 ms shorter than planned");
  // The end of the faults phase ends it, too.
  expect(longerBy(900, 1_000)).toBeNull();
});
