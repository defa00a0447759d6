import { expect, test } from "vitest";
import { exampleRun } from "./example-run.fixture.ts";
import { replicaLanes } from "./replica-lanes.ts";
import { timelineOf } from "./timeline.ts";

test("the time axis ends where the run ended, and its phases meet", () => {
  const { endMs, phases } = timelineOf(exampleRun());
  expect(endMs).toBe(60_000);
  expect(phases.map(({ phase, fromMs, toMs }) => [phase, fromMs, toMs])).toEqual([
    ["warmup", 0, 1000],
    ["faults", 1000, 51_000],
    ["quiet", 51_000, 60_000],
  ]);
});

test("load is on from its switch to the next one", () => {
  expect(timelineOf(exampleRun()).load).toEqual([{ fromMs: 0, toMs: 51_000 }]);
});

test("a view begins where the first honest replica entered it", () => {
  const run = exampleRun();
  const { viewChanges } = timelineOf(run);
  expect(viewChanges.map(({ view }) => view)).toEqual([1, 2]);
  const lie = {
    e: "newview",
    v: 9,
    from: [],
    base: 0,
    selected: [],
    time: 1,
    replica: 3,
    boot: 1,
  } as const;
  const audits = new Map(run.observations.audits).set(3, [lie]);
  const lied = { ...run, observations: { ...run.observations, audits } };
  expect(timelineOf(lied).viewChanges.map(({ view }) => view)).toEqual([1, 2]);
});

test("without an audit log the views come from the polls", () => {
  const run = exampleRun();
  const observations = { ...run.observations, audits: new Map() };
  expect(timelineOf({ ...run, observations }).viewChanges.map(({ view }) => view)).toEqual([1, 2]);
});

test("a fault that was never there has no window, one that was never healed lasts to the end", () => {
  const run = exampleRun();
  const [first, second] = run.judgement.faults;
  if (first === undefined || second === undefined) throw new Error("the example has faults");
  const faults = [
    { ...first, installedAtMs: null, healedAtMs: null },
    { ...second, installedAtMs: 2000, healedAtMs: null },
  ];
  const { faults: spans } = timelineOf({ ...run, judgement: { ...run.judgement, faults } });
  expect(spans.map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([[2000, 60_000]]);
});

test("a lane shows a killed replica as down, a lying one as such, and covers the whole run", () => {
  const lanes = replicaLanes(exampleRun().observations, 60_000);
  const statesOf = (replica: number) => new Set(lanes[replica]?.segments.map(({ state }) => state));
  expect(statesOf(0)).toContain("down");
  expect(statesOf(2)).not.toContain("down");
  expect(statesOf(3)).toContain("lying");
  for (const { segments } of lanes) {
    expect(segments[0]?.fromMs).toBe(0);
    expect(segments.at(-1)?.toMs).toBe(60_000);
    for (const [index, segment] of segments.entries()) {
      expect(segments[index + 1]?.fromMs ?? 60_000).toBe(segment.toMs);
    }
  }
});

test("a replica that does not answer without a fault is silent, not down", () => {
  const run = exampleRun();
  const samples = run.observations.samples.map((sample) =>
    sample.replica === 2 ? { time: sample.time, replica: 2, up: false } : sample,
  );
  const lanes = replicaLanes({ ...run.observations, samples }, 60_000);
  expect(lanes[2]?.segments.map(({ state }) => state)).toEqual(["silent"]);
});

test("a stopped replica is paused", () => {
  const run = exampleRun();
  const ledger = run.observations.ledger.map((entry) =>
    entry.kind === "intent" && entry.fault === "crash"
      ? {
          ...entry,
          effects: [{ on: "process", replica: "r0", condition: { kind: "paused" } } as const],
        }
      : entry,
  );
  const [lane] = replicaLanes({ ...run.observations, ledger }, 60_000);
  expect(lane?.segments.map(({ state }) => state)).toContain("paused");
});
