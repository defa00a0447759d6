import { expect, test } from "vitest";
import { exampleRun } from "../../reports/example-run.fixture.ts";
import type { FinishedRun } from "../../run.ts";
import { measuredIn } from "./turns.ts";

test("figures are of runs that came to their end alone", () => {
  const judged = exampleRun({ durationMs: 10_000 });
  const run = { scenario: "example", residue: [], directory: null, reports: new Map(), judged };
  const measured = (harness: FinishedRun["harness"]) => measuredIn({ ...run, harness });
  expect(measured({ state: "ok" })).toBe(judged);
  expect(measured({ state: "aborted", why: "Ctrl-C" })).toBe(null);
  expect(measured({ state: "failed", why: "no Toxiproxy" })).toBe(null);
});
