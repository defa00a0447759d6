import { describe, expect, test } from "vitest";
import { seriesText } from "../../nodes/metrics/exposition.ts";
import { examplePlan } from "../reports/example-plan.fixture.ts";
import type { Point } from "./point.ts";
import { type RunLine, RunPlayback } from "./run-playback.ts";

const ZERO_MS = 1_700_000_000_000;
const S = 1e9;
const plan = examplePlan({}, 10_000);
const run = { id: "a1", scenario: "one", seed: 1, driver: "local" };

function play(lines: readonly RunLine[], endSeconds: number): readonly Point[] {
  const points: Point[] = [];
  const emit = (each: readonly Point[]) => points.push(...each);
  const playback = new RunPlayback({ run, plan, zeroAtMs: ZERO_MS, emit });
  for (const line of lines) playback.feed(line);
  playback.end(endSeconds * S);
  return points;
}

/** Values by whole milliseconds since the zero instant, of the series that begin like this. */
function valuesOf(points: readonly Point[], begin: string): Readonly<Record<number, number>> {
  const own = points.filter(({ metric, part, labels }) =>
    seriesText(metric.name + part, labels).startsWith(begin),
  );
  return Object.fromEntries(own.map(({ atMs, value }) => [atMs - ZERO_MS, value]));
}

function operation(process: number, fromS: number, toS: number, type: "ok" | "fail" | "info") {
  const shared = { index: 0, process, f: "write", key: "k0", value: "v" } as const;
  return [
    { of: "history", line: { ...shared, type: "invoke", time: fromS * S } },
    { of: "history", line: { ...shared, type, time: toS * S } },
  ] as const satisfies readonly RunLine[];
}

const intent = (entry: string, time: number, targets: Readonly<Record<string, string>>) =>
  ({
    of: "ledger",
    line: { kind: "intent", time, entry, name: "cut", fault: "crash", targets, effects: [] },
  }) as const satisfies RunLine;

const ended = (entry: string, time: number) =>
  ({
    of: "ledger",
    line: { kind: "healed", time, entry, outcome: "installed", evidence: [] },
  }) as const satisfies RunLine;

describe("a run played back", () => {
  test("every second says what had ended by then, and the end says the rest", () => {
    const lines = [...operation(1, 0.2, 0.4, "ok"), ...operation(1, 0.5, 2.2, "ok")];
    expect(valuesOf(play(lines, 2.5), "bft_operations_total")).toEqual({
      1000: 1,
      2000: 1,
      2500: 2,
    });
  });

  test("what is unknown has no latency, what was answered falls into its bucket", () => {
    const lines = [...operation(1, 0.1, 0.35, "fail"), ...operation(2, 0.4, 0.9, "info")];
    const points = play(lines, 1);
    expect(valuesOf(points, 'bft_operations_total{kind="write",outcome="unknown"')).toEqual({
      1000: 1,
    });
    const bucket = (le: string) =>
      valuesOf(points, `bft_operation_latency_seconds_bucket{kind="write",le="${le}"`)[1000];
    expect([bucket("0.2"), bucket("0.25"), bucket("+Inf")]).toEqual([0, 1, 1]);
  });

  test("the run's quantiles leave out the warm-up, and reads of the harness's own", () => {
    const faults: RunLine = { of: "ledger", line: { kind: "phase", phase: "faults", time: S } };
    const [invoke, answer] = operation(9, 1.6, 1.7, "ok");
    const final: RunLine[] = [{ of: "history", line: { ...invoke.line, final: true } }, answer];
    const lines = [...operation(1, 0.1, 0.9, "ok"), faults, ...operation(1, 1.1, 1.4, "ok")];
    const points = play([...lines, ...final], 2);
    expect(valuesOf(points, 'bft_run_latency_seconds{quantile="0.99"')[2000]).toBeCloseTo(0.3);
    expect(valuesOf(points, "bft_run_latency_seconds_count")[2000]).toBe(1);
  });

  test("a fault's window begins and ends to the moment, and is told between", () => {
    const points = play([intent("cut", 0.3 * S, { primary: "r2" }), ended("cut", 1.7 * S)], 2);
    const series = 'bft_fault_active{fault="cut",kind="crash",target="r2"';
    expect(valuesOf(points, series)).toEqual({ 300: 1, 1000: 1, 1700: 0, 2000: 0 });
  });

  test("two windows that strike the same are one series, in force while one of them is", () => {
    const lines = [intent("a", 0.1 * S, { x: "r0" }), intent("b", 0.2 * S, { x: "r0" })];
    const points = play([...lines, ended("a", 0.5 * S), ended("b", 0.6 * S)], 1);
    expect(valuesOf(points, "bft_fault_active")).toEqual({
      100: 1,
      200: 1,
      500: 1,
      600: 0,
      1000: 0,
    });
  });

  test("a fault that is known never to have been there is not active", () => {
    const absent: RunLine = {
      of: "ledger",
      line: { kind: "installed", time: 0.2 * S, entry: "a", outcome: "skipped", evidence: [] },
    };
    const points = play([intent("a", 0.1 * S, { x: "r0" }), absent], 1);
    expect(valuesOf(points, "bft_fault_active")).toEqual({ 100: 1, 200: 0, 1000: 0 });
  });

  test("a replica's own metrics bear its name, and stop when it is silent", () => {
    const line: RunLine = {
      of: "metrics",
      line: { time: 0.1 * S, replica: 1, values: { bft_view: 4, 'bft_connected{peer="r0"}': 1 } },
    };
    const points = play([line], 4);
    expect(valuesOf(points, 'bft_view{replica="r1",run="a1"')).toEqual({ 1000: 4, 2000: 4 });
    expect(valuesOf(points, 'bft_connected{peer="r0",replica="r1"')).toEqual({ 1000: 1, 2000: 1 });
    const up = valuesOf(points, 'bft_replica_up{replica="r1"');
    expect(up).toEqual({ 0: 0, 1000: 1, 2000: 1, 3000: 0, 4000: 0 });
  });

  test("points of one series never share a moment nor go back, also when lines come late", () => {
    const lines = [
      intent("a", 2.5 * S, { x: "r0" }),
      ...operation(1, 3, 3.1, "ok"),
      ended("a", 1.2 * S),
      intent("a", 1.2 * S, { x: "r0" }),
    ];
    const latest = new Map<string, number>();
    for (const { metric, part, labels, atMs } of play(lines, 3.2)) {
      const series = seriesText(metric.name + part, labels);
      expect(atMs).toBeGreaterThan(latest.get(series) ?? 0);
      latest.set(series, atMs);
    }
    expect(latest.size).toBeGreaterThan(10);
  });

  test("the load is on from the first mark to the second", () => {
    const load = (time: number, on: boolean): RunLine => ({
      of: "ledger",
      line: { kind: "load", time: time * S, on },
    });
    const points = play([load(0.25, true), load(1.5, false)], 2);
    expect(valuesOf(points, "bft_load_seconds_total")).toEqual({
      0: 0,
      1000: 0.75,
      2000: 1.25,
    });
  });
});
