/**
 * Every query that Grafana or Prometheus would ask is asked here, of a real Prometheus that real
 * runs have written to. No Grafana takes part.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Row } from "../harness/prometheus/prometheus.fixture.ts";
import { filledIn, readQuery } from "./promql.fixture.ts";
import {
  dashboardTexts,
  grafanaAlerts,
  queriesOf,
  readDashboard,
  rules,
  type WrittenQuery,
} from "./provisioned.fixture.ts";
import { WatchedRuns } from "./watched-runs.fixture.ts";

const SECONDS = 1e3;

/** Rows of a query, by where it is written. */
const answered = new Map<string, number>();

/** What stays empty here, and why; two at most. */
const excepted: ReadonlyMap<string, string> = new Map();

/** Alerts that nothing in these runs can set off; `promtool test rules` sees them fire. */
const silent = ["BftLogSlow"];

let runs: WatchedRuns;
/** All that the runs wrote lies between these two: seconds. */
let start: number;
let end: number;

beforeAll(async () => {
  runs = await WatchedRuns.play();
  start = Math.floor(runs.begunAt);
  end = Math.ceil(Date.now() / SECONDS);
}, 400 * SECONDS);

afterAll(async () => {
  await runs[Symbol.asyncDispose]();
  const width = Math.max(...[...answered.keys()].map((where) => where.length));
  const lines = [...answered].map(([where, rows]) => `${where.padEnd(width)}  ${rows}`);
  process.stdout.write(`\nrows that each query returned\n${lines.join("\n")}\n`);
});

const queries = [...dashboardTexts().values()].flatMap((text) => queriesOf(readDashboard(text)));

test("no more than two panels are excepted, and each of them exists", () => {
  expect(excepted.size).toBeLessThanOrEqual(2);
  for (const where of excepted.keys()) expect(queries.map((query) => query.where)).toContain(where);
});

test.each(queries)("$where returns data", async (query) => {
  const rows = await rowsOf(query);
  answered.set(query.where, rows);
  if (excepted.has(query.where)) expect(rows).toBe(0);
  else expect(rows, query.expression).toBeGreaterThan(0);
});

test("a query that asks for what nobody wrote returns none", async () => {
  const where = "planted";
  const [expression, label] = ['bft_view{replica="r9"}', "label_values(bft_view, colour)"];
  for (const kind of ["instant", "range"] as const) {
    expect(await rowsOf({ where, expression, kind })).toBe(0);
  }
  expect(await rowsOf({ where, expression: label, kind: "label values" })).toBe(0);
});

describe("rules", () => {
  const alerts = rules().flatMap((rule) => ("alert" in rule ? [rule] : []));
  const records = rules().flatMap((rule) => ("record" in rule ? [rule] : []));

  test.each(records)("$record was recorded", async ({ record }) => {
    const rows = await rangeRows(record);
    answered.set(`rule ${record}`, rows);
    expect(rows).toBeGreaterThan(0);
  });

  test.each(alerts)("$alert asks for what there is", async ({ alert, expr }) => {
    // The comparison is left out: it is there to be false as long as all is well.
    for (const { metric } of readQuery(expr).selectors) {
      expect(await rangeRows(metric), metric).toBeGreaterThan(0);
    }
    answered.set(`alert ${alert}, evaluated`, await rangeRows(expr));
  });

  test.each(alerts)("$alert fired if there was reason to", async ({ alert }) => {
    const rows = await rangeRows(`ALERTS{alertname="${alert}", alertstate="firing"}`);
    answered.set(`alert ${alert}, fired`, rows);
    if (silent.includes(alert)) expect(rows).toBe(0);
    else expect(rows).toBeGreaterThan(0);
  });

  test.each(grafanaAlerts())("Grafana's rule $title would have heard of it", async ({ data }) => {
    for (const { model } of data) {
      const rows = await rangeRows(model.expr ?? "");
      answered.set("Grafana's alert rule", rows);
      expect(rows).toBeGreaterThan(0);
    }
  });
});

describe("the panels' figures are those of results.json, within 2 %", () => {
  test.each([
    {
      where: "BFT: Run / What it came to: Throughput A",
      of: () => runs.results.throughput.achieved,
    },
    {
      where: "BFT: Run / What it came to: Latency A",
      of: () => runs.results.latencyMs.p50 / SECONDS,
    },
    {
      where: "BFT: Run / What it came to: Latency B",
      of: () => runs.results.latencyMs.p99 / SECONDS,
    },
    { where: "BFT: Run / What it came to: Outage A", of: () => runs.results.outageMs / SECONDS },
  ])("$where", async ({ where, of }) => {
    const query = queries.find((each) => each.where === where);
    const [row, ...more] = await instant(filled(query?.expression ?? ""));
    expect(more).toEqual([]);
    const shown = row?.values[0]?.value ?? Number.NaN;
    process.stdout.write(`${where}: Prometheus ${shown}, results.json ${of()}\n`);
    expect(Math.abs(shown / of() - 1)).toBeLessThan(0.02);
  });
});

/** @param run the id of one run, or a pattern for several */
function filled(expression: string, run = runs.results.id): string {
  const range = `${end - start}s`;
  const values = { run, replica: ".*", __interval: "1s", __range: range };
  return filledIn(expression, values);
}

function rowsOf({ where, expression, kind }: WrittenQuery): Promise<number> {
  // That dashboard is for several runs, the benchmark's among them.
  const asked = where.startsWith("BFT: Overhead") ? filled(expression, ".*") : filled(expression);
  switch (kind) {
    case "instant":
      return instant(asked).then((rows) => rows.filter(isNumber).length);
    case "range":
      return rangeRows(asked);
    case "label values":
      return labelValues(asked).then((values) => values.length);
    default:
      return kind satisfies never;
  }
}

function instant(expression: string): Promise<readonly Row[]> {
  return runs.prometheus.query(expression, end);
}

async function rangeRows(expression: string): Promise<number> {
  const rows = await runs.prometheus.queryRange(expression, { start, end, step: 1 });
  return rows.filter(isNumber).length;
}

/** A quantile of nothing is a row as well, of NaN alone: nobody would see it. */
function isNumber({ values }: Row): boolean {
  return values.some(({ value }) => Number.isFinite(value));
}

/** As Grafana asks for the values of a variable. */
async function labelValues(asked: string): Promise<readonly string[]> {
  const [, selector = "", label = ""] = /^label_values\((.*), (\w+)\)$/.exec(asked) ?? [];
  const url = new URL(`${runs.prometheus.url}/api/v1/label/${label}/values`);
  url.searchParams.set("match[]", selector);
  url.searchParams.set("start", String(start));
  url.searchParams.set("end", String(end));
  const answer = z.object({ data: z.array(z.string()) }).parse(await (await fetch(url)).json());
  return answer.data;
}
