import fc from "fast-check";
import { expect, test } from "vitest";
import { percentile } from "../checkers/verdict/percentile.ts";
import type { HistoryEvent } from "../observations/observations.ts";
import { exampleRun } from "./example-run.fixture.ts";
import { latencyBars, timeSeries } from "./time-series.ts";

const event = (fields: Partial<HistoryEvent>): HistoryEvent => ({
  index: 0,
  time: 0,
  process: 1,
  type: "invoke",
  f: "write",
  key: "k",
  value: "v",
  ...fields,
});

test("latency counts from the intended time, not from the late sending", () => {
  const { latencies } = timeSeries(
    [event({ time: 500e6, intended: 100e6 }), event({ time: 600e6, type: "ok" })],
    { endMs: 1000, warmupMs: 0 },
  );
  expect(latencies).toEqual([500]);
});

test("what was meant for the warm-up is in the series, not in the distribution", () => {
  const { latencies, buckets } = timeSeries(
    [event({ time: 100e6, intended: 90e6 }), event({ time: 110e6, type: "ok" })],
    { endMs: 250, warmupMs: 100 },
  );
  expect(latencies).toEqual([]);
  expect(buckets[0]?.answered).toBe(1);
});

test("an unknown outcome is counted where it was given up, and has no latency", () => {
  const { buckets, latencies } = timeSeries(
    [event({ time: 0 }), event({ time: 800e6, type: "info" })],
    { endMs: 1000, warmupMs: 0 },
  );
  expect(latencies).toEqual([]);
  expect(buckets.map(({ unknown }) => unknown)).toEqual([0, 0, 0, 1]);
});

test("a compare-and-swap that did not find its value was answered", () => {
  const { buckets, latencies } = timeSeries(
    [event({ f: "cas" }), event({ f: "cas", time: 5e6, type: "fail" })],
    { endMs: 250, warmupMs: 0 },
  );
  expect(latencies).toEqual([5]);
  expect(buckets[0]).toMatchObject({ answered: 1, failed: 1, unknown: 0 });
});

test("final reads are no load", () => {
  const { latencies } = timeSeries(
    [event({ f: "read", final: true }), event({ f: "read", time: 5e6, type: "ok", final: true })],
    { endMs: 1000, warmupMs: 0 },
  );
  expect(latencies).toEqual([]);
});

test("every answered operation is in exactly one bucket, and one bar of the distribution", () => {
  const { observations } = exampleRun();
  const ok = observations.history.filter(({ type }) => type === "ok").length;
  const { buckets, latencies } = timeSeries(observations.history, { endMs: 60_000, warmupMs: 0 });
  expect(buckets.reduce((sum, bucket) => sum + bucket.answered, 0)).toBe(ok);
  expect(latencyBars(latencies).reduce((sum, bar) => sum + bar.operations, 0)).toBe(ok);
});

test("the bars of the distribution follow one another and hold what is theirs", () => {
  const latency = fc.double({ min: 0.01, max: 60_000, noNaN: true });
  fc.assert(
    fc.property(fc.array(latency, { minLength: 1 }), (values) => {
      const ascending = values.toSorted((a, b) => a - b);
      const bars = latencyBars(ascending);
      expect(bars.reduce((sum, { operations }) => sum + operations, 0)).toBe(values.length);
      expect(bars[0]?.fromMs).toBeLessThanOrEqual((ascending[0] ?? 0) * 1.000001);
      expect(bars.at(-1)?.toMs).toBeGreaterThanOrEqual((ascending.at(-1) ?? 0) * 0.999999);
      for (const [index, bar] of bars.entries()) {
        expect(bars[index + 1]?.fromMs ?? bar.toMs).toBeCloseTo(bar.toMs, 6);
      }
    }),
  );
});

test("percentiles are nearest-rank", () => {
  expect(percentile([1, 2, 3, 4], 0.5)).toBe(2);
  expect(percentile([1, 2, 3, 4], 0.99)).toBe(4);
  expect(percentile([], 0.5)).toBeNull();
});
