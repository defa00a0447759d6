import { describe, expect, test } from "vitest";
import type {
  HistoryEvent,
  LedgerEntry,
  Observations,
  StatusSample,
} from "../observations/observations.ts";
import { costOf } from "./cost.ts";
import { exampleRun } from "./example-run.fixture.ts";

const SECOND = 1e9;

/** The counters of one replica at one moment, all growing in step with `requests`. */
function sample(replica: number, seconds: number, requests: number): StatusSample {
  const ends = ["r9", "c0"].map((name) => [
    name,
    {
      sent: 3 * requests,
      received: requests,
      sentBytes: 300 * requests,
      receivedBytes: 100 * requests,
      dropped: 0,
      beatSent: 0,
      beatReceived: 0,
      beatsReceived: 0,
      oneWayMs: null,
      connected: true,
      connects: 1,
    },
  ]);
  return {
    time: seconds * SECOND,
    replica,
    up: true,
    status: {
      view: 0,
      active: true,
      lastExec: requests,
      stable: 0,
      rejected: {},
      counters: { requests, batches: requests / 4 },
    },
    peers: Object.fromEntries(ends),
    process: { rssBytes: 0, cpuSeconds: requests / 1_000 },
  };
}

const answers = (count: number, seconds: number): readonly HistoryEvent[] =>
  Array.from({ length: count }, (_, index) => ({
    index,
    time: seconds * SECOND,
    process: 0,
    type: "ok" as const,
    f: "null" as const,
    key: null,
    value: null,
  }));

const ledger: readonly LedgerEntry[] = [
  { time: 0, kind: "load", on: true },
  { time: 1 * SECOND, kind: "phase", phase: "faults" },
  { time: 9 * SECOND, kind: "load", on: false },
];

function observed(parts: Partial<Observations>): Observations {
  return { ...exampleRun().observations, ledger, history: answers(100, 3), ...parts };
}

describe("the cost of an operation", () => {
  test("is what all replicas spent between their first and last answer under load, shared out", () => {
    const samples = [0, 1].flatMap((replica) => [sample(replica, 2, 100), sample(replica, 4, 200)]);
    expect(costOf(observed({ samples }))).toEqual({
      operations: 100,
      batchMean: 4,
      // Two replicas, three to each of two ends, and one from the client: 2 * (6 + 1).
      messagesPerOperation: 14,
      bytesPerOperation: 1_400,
      cpuMsPerOperation: 2,
    });
  });

  test("leaves the warm-up out, and the time after the load", () => {
    const samples = [0.5, 2, 4, 9.5].map((seconds) => sample(0, seconds, 100 * seconds));
    const history = [...answers(50, 0.7), ...answers(200, 3), ...answers(50, 9.2)];
    expect(costOf(observed({ samples, history }))).toMatchObject({
      operations: 200,
      cpuMsPerOperation: 1,
    });
  });

  test("counts a restarted replica from 0 again", () => {
    const samples = [sample(0, 2, 100), sample(0, 3, 150), sample(0, 4, 50)];
    expect(costOf(observed({ samples }))).toMatchObject({ batchMean: 4, cpuMsPerOperation: 1 });
  });

  test("of a protocol without batches has no mean of them", () => {
    const samples = [sample(0, 2, 100), sample(0, 4, 200)].map((each) => ({
      ...each,
      ...(each.status && {
        status: { ...each.status, counters: { requests: each.status.lastExec } },
      }),
    }));
    expect(costOf(observed({ samples }))?.batchMean).toBeNull();
  });

  test("has no CPU time where none was measured", () => {
    const samples = [sample(0, 2, 100), sample(0, 4, 200)].map(({ process: _, ...rest }) => rest);
    expect(costOf(observed({ samples }))).toMatchObject({
      messagesPerOperation: 7,
      cpuMsPerOperation: null,
    });
  });

  test("is unknown if nothing was answered or nobody was asked twice", () => {
    const samples = [sample(0, 2, 100), sample(0, 4, 200)];
    expect(costOf(observed({ samples, history: [] }))).toBeNull();
    expect(costOf(observed({ samples: samples.slice(1) }))).toBeNull();
    expect(costOf(observed({ samples: [] }))).toBeNull();
  });
});
