import { describe, expect, test } from "vitest";
import {
  down,
  type FixtureFault,
  historyOf,
  inject,
  OPERATIONS,
  observationsOf,
  quietRun,
} from "../../checkers/run.fixture.ts";
import { type FailoverRound, failoverRows, killToAnswerMs } from "./failover.ts";
import { failoverText } from "./failover-text.ts";

const KILL: FixtureFault = { entry: "kill", effects: down(0), at: 1_300, until: 1_790 };

/** The last operation is sent at 1 250 ms and answered at 1 805. */
function outageOf(...faults: readonly FixtureFault[]): number | null {
  const run = quietRun();
  run.history = historyOf(
    OPERATIONS.map((each) => (each.n === 7 ? { ...each, at: 1_250, until: 1_805 } : each)),
  );
  for (const fault of faults) inject(run, fault);
  return killToAnswerMs(observationsOf(run));
}

describe("from the kill to the next answer", () => {
  test("counts from when the harness set about it, not from its proof", () => {
    expect(outageOf(KILL)).toBe(505);
  });

  test("passes over faults that kill nobody", () => {
    expect(outageOf({ ...KILL, entry: "calm", effects: [], at: 1_100 }, KILL)).toBe(505);
  });

  test("is not measured where nobody was killed, or the kill was not proven", () => {
    expect(outageOf()).toBeNull();
    expect(outageOf({ ...KILL, outcome: "ineffective" })).toBeNull();
  });
});

function round(protocol: string, outageMs: number | null, asExpected = true): FailoverRound {
  const verdict = asExpected ? "PASS" : "LIVENESS_MISS";
  return { protocol, replicas: 4, seed: 1, outageMs, verdict, asExpected, directory: "runs/one" };
}

const rows = failoverRows([
  round("pbft-sig", 1_500),
  round("pbft-mac", 1_000),
  round("pbft-sig", 1_100),
  round("pbft-mac", null, false),
  round("pbft-sig", 1_200),
]);

test("a row has the median of its rounds and their range, and how many came as expected", () => {
  expect(rows).toMatchObject([
    { protocol: "pbft-sig", asExpected: 3, outageMs: { median: 1_200, least: 1_100, most: 1_500 } },
    { protocol: "pbft-mac", asExpected: 1, outageMs: { median: 1_000, least: 1_000, most: 1_000 } },
  ]);
  expect(failoverRows([round("pbft-sig", null)])[0]?.outageMs).toBeNull();
});

test("the table has them beside the timer that most of an outage is", () => {
  const text = failoverText(
    rows,
    {
      scenario: "primary-crash-restart",
      driver: "local",
      requestMs: 1_000,
      load: "100/s of 8 clients",
      durability: "group-commit",
      links: "proxied",
      audit: "decisions",
      rounds: 3,
      cpu: "example CPU",
      cpus: 2,
    },
    false,
  );
  expect(text).toContain("timers.request 1 s, load 100/s of 8 clients, durability group-commit");
  expect(text).toMatch(/pbft-sig +4 +3 +1\.2 s +1\.1 s +1\.5 s +3 of 3/);
  expect(text).toMatch(/pbft-mac +4 +1 +1 s +1 s +1 s +1 of 2/);
});
