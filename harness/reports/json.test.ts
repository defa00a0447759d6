import { expect, test } from "vitest";
import { exampleDisagreement } from "./example-checks.fixture.ts";
import { exampleRun } from "./example-run.fixture.ts";
import { jsonReport } from "./json.ts";

/** Scripts rely on these names (harness §3.5). */
const STABLE_FIELDS = [
  "scenario",
  "seed",
  "driver",
  "protocol",
  "verdict",
  "expected",
  "asExpected",
  "deviation",
  "harness",
  "checks",
  "faults",
  "operations",
  "latencyMs",
  "throughput",
  "views",
  "recoveryMs",
  "residue",
  "host",
  "versions",
];

const parsed = async (run = exampleRun()) =>
  JSON.parse(await jsonReport.render(run)) as Record<string, unknown>;

test("results.json has every stable field", async () => {
  expect(Object.keys(await parsed())).toEqual(expect.arrayContaining(STABLE_FIELDS));
});

test("the fields of checks, faults, operations, latency, throughput and views are stable", async () => {
  expect(await parsed()).toMatchObject({
    harness: "ok",
    checks: expect.arrayContaining([
      { id: "S-1", promise: "safety", outcome: "valid", judged: 4712, evidence: [] },
      expect.objectContaining({
        id: "S-6",
        evidence: [{ what: expect.stringContaining("64 keys") }],
      }),
    ]),
    faults: expect.arrayContaining([
      expect.objectContaining({
        name: "kill-primary",
        fault: "crash",
        outcome: "installed",
        installedAtMs: expect.any(Number),
        healedAtMs: expect.any(Number),
        evidence: expect.any(Array),
      }),
    ]),
    operations: {
      issued: expect.any(Number),
      ok: expect.any(Number),
      failed: 0,
      unknown: expect.any(Number),
      shed: 12,
    },
    latencyMs: {
      p50: expect.any(Number),
      p95: expect.any(Number),
      p99: expect.any(Number),
      p999: expect.any(Number),
      max: expect.any(Number),
    },
    throughput: { offered: 200, achieved: expect.any(Number) },
    views: { changes: 2, last: 2 },
  });
});

test("the four words have their figures, and an unknown one says why", async () => {
  expect(await parsed()).toMatchObject({
    outageMs: 2141,
    recoveryMs: 214,
    hangoverMs: 500,
    hangover: "regained",
    hangoverWhy: null,
    redundancyLostMs: 31_200,
  });
  const hangover = { outcome: "unknown", because: "too few" } as const;
  expect(await parsed(exampleRun({ judgement: { hangover } }))).toMatchObject({
    hangoverMs: null,
    hangover: "unknown",
    hangoverWhy: "too few",
  });
});

test("the harness's own trouble is told apart from the verdict", async () => {
  const run = exampleRun();
  const failed = {
    ...run,
    observations: {
      ...run.observations,
      run: {
        ...run.observations.run,
        harness: { state: "failed", why: "Toxiproxy died" } as const,
      },
    },
  };
  expect(await parsed(failed)).toMatchObject({
    verdict: "PASS",
    harness: "failed",
    harnessWhy: "Toxiproxy died",
  });
});

test("evidence keeps its records, and an unknown check says why", async () => {
  const unknown = {
    id: "S-6",
    promise: "safety",
    outcome: "unknown",
    judged: 0,
    because: "time is up",
  } as const;
  const run = exampleRun({ judgement: { checks: [exampleDisagreement, unknown] } });
  const { checks } = (await parsed(run)) as {
    checks: readonly { evidence: readonly { what: string; records?: unknown[] }[] }[];
  };
  expect(checks[0]?.evidence[0]?.records).toHaveLength(2);
  expect(checks[1]?.evidence).toEqual([{ what: "time is up" }]);
});
