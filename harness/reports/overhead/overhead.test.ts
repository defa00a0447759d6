import { describe, expect, test } from "vitest";
import { exampleRun } from "../example-run.fixture.ts";
import { type Figures, figuresOf, overheadRows, type Round } from "./overhead.ts";
import { overheadText } from "./overhead-text.ts";
import { published } from "./published.ts";

const conditions = {
  driver: "local",
  links: "direct",
  durability: "none",
  audit: "off",
  clients: "1 and 64",
  rounds: 3,
  cpu: "example CPU",
  cpus: 2,
};

function round(
  protocol: string,
  p50Ms: number | null,
  { operation = "0/0", clients = 1 } = {},
): Round {
  const figures: Figures | null =
    p50Ms === null
      ? null
      : {
          operations: 100,
          operationsPerSecond: 1_000 / p50Ms,
          p50Ms,
          p99Ms: 3 * p50Ms,
          cpuSecondsPerOperation: p50Ms / 1_000,
          messagesPerOperation: 10 * p50Ms,
          bytesPerOperation: 1_000 * p50Ms,
        };
  const linearizable = figures === null ? null : ({ outcome: "valid", judged: 30 } as const);
  return {
    operation,
    protocol,
    clients,
    replicas: 4,
    figures,
    linearizable,
    directory: "runs/one",
  };
}

const measured = [
  round("unreplicated", 1),
  round("pbft-sig", 30),
  round("unreplicated", 2),
  round("pbft-sig", 5),
  round("unreplicated", 9),
  round("pbft-sig", 4),
];

describe("the price of replication", () => {
  test("is the median of the rounds over the baseline's median, beside the authors' own", () => {
    const rows = overheadRows(measured, "unreplicated");
    expect(rows).toMatchObject([
      { protocol: "unreplicated", median: { p50Ms: 2, p99Ms: 6 }, ratio: 1, publishedRatio: null },
      { protocol: "pbft-sig", median: { p50Ms: 5 }, ratio: 2.5, publishedRatio: 3.35 / 0.82 },
    ]);
    expect(rows[1]?.rounds).toHaveLength(3);
  });

  test("of an even number of rounds lies between the two in the middle", () => {
    const [row] = overheadRows([round("unreplicated", 1), round("unreplicated", 2)], "none");
    expect(row?.median?.p50Ms).toBe(1.5);
  });

  test("is left out where one side was not measured, and never made up", () => {
    const rows = overheadRows(
      [
        round("unreplicated", null),
        round("pbft-sig", 4),
        round("pbft-sig", 4, { operation: "7/7" }),
      ],
      "unreplicated",
    );
    expect(rows.map(({ ratio, median }) => [ratio, median?.p50Ms])).toEqual([
      [null, undefined],
      [null, 4],
      [null, 4],
    ]);
    expect(rows[2]?.publishedRatio).toBeNull();
  });

  test("is held against as many clients, and against the authors' one alone", () => {
    const loaded = { clients: 64 };
    const more = [round("unreplicated", 10, loaded), round("pbft-sig", 15, loaded)];
    const rows = overheadRows([...measured, ...more], "unreplicated");
    expect(rows.map(({ clients, ratio }) => [clients, ratio])).toEqual([
      [1, 1],
      [1, 2.5],
      [64, 1],
      [64, 1.5],
    ]);
    expect(rows[3]?.publishedRatio).toBeNull();
  });

  test("is worth what its own history is: one round that is not linearizable shows", () => {
    const [, , good] = measured;
    const odd = { ...round("unreplicated", 3), linearizable: { outcome: "invalid", judged: 7 } };
    const [row] = overheadRows([good, odd, round("unreplicated", null)] as Round[], "unreplicated");
    expect(row?.linearizable).toEqual({ outcome: "invalid", judged: 37 });
    const text = overheadText(
      [row].flatMap((each) => each ?? []),
      conditions,
      false,
    );
    expect(text).toContain("invalid, 37");
    expect(overheadRows([round("pbft-sig", null)], "unreplicated")[0]?.linearizable).toBeNull();
  });

  test("is told with its conditions, the published table and where that comes from", () => {
    const text = overheadText(overheadRows(measured, "unreplicated"), conditions, false);
    expect(text).toContain(
      "links direct, durability none, audit off, 1 and 64 clients in a closed loop",
    );
    expect(text).toMatch(
      /0\/0 +pbft-sig +1 +4 +100 +200 +5 ms +15 ms +5.000 +50\.0 +5,000 +valid, 90 +2\.50x +4\.09x/,
    );
    expect(text).toMatch(/4\/0 +14\.2 ms +6\.98 ms +4\.62 ms +3\.07x/);
    expect(text).toContain("OSDI 1999, table 1");
  });

  test("has the percentages that the authors printed", () => {
    const overheads = published.rows.map(({ readWriteMs, readOnlyMs, unreplicatedMs }) =>
      [readWriteMs, readOnlyMs].map((ms) => Math.round((100 * ms) / unreplicatedMs - 100)),
    );
    expect(overheads).toEqual([
      [309, 98],
      [207, 51],
      [72, 27],
    ]);
  });
});

test("a run whose replicas were never asked gives no figures", () => {
  const run = exampleRun({ durationMs: 10_000 });
  expect(run.judgement.latencyMs).not.toBeNull();
  expect(figuresOf({ ...run, observations: { ...run.observations, samples: [] } })).toBeNull();
});
