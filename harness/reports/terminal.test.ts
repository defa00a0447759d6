import { expect, test } from "vitest";
import type { CheckResult } from "../checkers/checker.ts";
import type { FaultResult } from "../checkers/verdict/judgement.ts";
import { exampleDisagreement } from "./example-checks.fixture.ts";
import { exampleRun } from "./example-run.fixture.ts";
import type { JudgedRun } from "./report.ts";
import { resultsTable, tableRow, verdictLine, wantsColour } from "./terminal.ts";

const reportPath = "runs/bad-minute/latest/report.html";
const pass = exampleRun();
const fail = exampleRun({
  scenario: "canary\u001b[31m",
  mutant: "quorum-2f",
  judgement: {
    verdict: "FAIL",
    asExpected: false,
    deviation: "PASS was expected, but S-1 did not hold.",
    checks: [exampleDisagreement],
  },
});

function tableOf(runs: readonly JudgedRun[], colour = false): string {
  return resultsTable(
    runs.map((run) => tableRow(run, reportPath)),
    colour,
  );
}

test("the table has a line a run, its columns in line", () => {
  const lines = tableOf([pass, fail]).trimEnd().split("\n").slice(0, 3);
  expect(lines).toHaveLength(3);
  const [head = "", ...rows] = lines;
  for (const [index, row] of rows.entries()) {
    expect(row.indexOf(index === 0 ? "✓ PASS" : "✗ FAIL")).toBe(head.indexOf("verdict"));
    expect(row.indexOf("4/4 proven")).toBe(head.indexOf("faults"));
  }
  expect(rows[0]).toContain(reportPath);
  expect(rows[0]).toContain("10,176");
});

test("what was shed and each of the four words has its column", () => {
  const [head = "", row = ""] = tableOf([pass]).split("\n");
  for (const [name, figure] of [
    ["shed", "12"],
    ["outage", "2.14 s"],
    ["recovery", "214 ms"],
    ["hangover", "500 ms"],
    ["redundancy lost", "31.2 s"],
  ] as const) {
    const end = head.indexOf(name) + name.length;
    expect(row.slice(0, end).endsWith(figure)).toBe(true);
  }
});

test("an unexpected run is explained below the table, with the command that runs it again", () => {
  const text = tableOf([pass, fail]);
  expect(text).toContain("expected PASS, got FAIL");
  expect(text).toContain("\n  PASS was expected, but S-1 did not hold.\n");
  expect(text).toContain("S-1 invalid (1,843 judged)");
  expect(text).toContain("again: npx bft-chaos run");
  expect(text).toContain("PLANTED BUG");
});

test("checks that lack the same are told in one line, each other one in its own", () => {
  const lacking = (id: string, because: string): CheckResult => {
    return { id, promise: "safety", outcome: "unknown", judged: 0, because };
  };
  const checks = [lacking("S-1", "no log"), lacking("S-2", "late"), lacking("S-3", "no log")];
  const judgement = { verdict: "INCONCLUSIVE" as const, asExpected: false, checks };
  const lines = tableOf([exampleRun({ judgement })]).split("\n");
  expect(lines).toContain("  S-1, S-3 unknown: no log");
  expect(lines.filter((line) => line.startsWith("  S-"))).toEqual([
    expect.stringContaining("S-2 unknown (0 judged)"),
    "  S-1, S-3 unknown: no log",
  ]);
});

test("of a fault that touched many links the first five lines of evidence are told", () => {
  const evidence = Array.from({ length: 40 }, (_, link) => `link ${link}`);
  const faults = pass.judgement.faults.map((fault) => ({
    ...fault,
    outcome: "partial" as const,
    evidence,
  }));
  const doubtful = exampleRun({
    judgement: { verdict: "INCONCLUSIVE", asExpected: false, faults },
  });
  expect(tableOf([doubtful])).toContain("link 3; link 4; and 35 more in the report\n");
});

test("what a run came to is said on one line", () => {
  expect(verdictLine(tableRow(pass, reportPath), false)).toMatch(
    /^\S+ \| pbft-sig \| ✓ PASS \| expected: yes \| faults: 4\/4 proven \| 10,176 ops \| p99 [\d.]+ m?s\n$/,
  );
  const line = verdictLine(tableRow(fail, reportPath), true);
  expect(line).toContain("\u001b[31m✗ FAIL PLANTED BUG");
  expect(line).toContain("no: PASS");
});

test("an expected run needs no explanation", () => {
  expect(tableOf([pass])).not.toContain("again:");
});

test("a window that was not as planned is always said", () => {
  const faults = pass.judgement.faults.map((fault) =>
    fault.name === "kill-primary"
      ? { ...fault, deviation: "began 240 ms later than planned" }
      : fault,
  );
  const late = { ...pass, judgement: { ...pass.judgement, faults } };
  expect(tableOf([late])).toContain("fault kill-primary began 240 ms later than planned");
});

test("a fault that was skipped has its reason, though all is as expected", () => {
  const faults = pass.judgement.faults.map((fault, index) =>
    index === 0
      ? { ...fault, outcome: "skipped" as const, evidence: ["nobody leads"] }
      : { ...fault, deviation: null },
  );
  const text = tableOf([{ ...pass, judgement: { ...pass.judgement, faults } }]);
  expect(text).toContain(`fault ${faults[0]?.entry} skipped: nobody leads`);
  expect(text).not.toContain("too busy");
  expect(tableOf([pass])).not.toContain("skipped");
});

test("a planted bug that was meant to be caught is shown with what caught it", () => {
  const judgement = { ...fail.judgement, asExpected: true, deviation: null };
  const lines = tableOf([{ ...fail, judgement }]).split("\n");
  const caught = lines.filter((line) => line.startsWith("  caught by "));
  expect(caught).toEqual([expect.stringMatching(/^ {2}caught by S-1 \(.+\): r0 and r2 executed /)]);
  expect(tableOf([pass])).not.toContain("caught by");
});

test("late faults and arrivals that were shed hint at a busy machine, but not in virtual time", () => {
  const [first, ...others] = pass.judgement.faults.map((fault) => ({ ...fault, deviation: null }));
  if (first === undefined) throw new RangeError("the example has no fault");
  const late = { ...first, deviation: "began 240 ms later than planned" };
  const of = (
    driver: string,
    shed: number,
    faults: readonly FaultResult[],
    harness: JudgedRun["observations"]["run"]["harness"] = { state: "ok" },
  ): string => {
    const { run, plan } = pass.observations;
    const expect = { ...plan.expect, shedMax: 0.05 };
    const observations = {
      ...pass.observations,
      run: { ...run, driver, harness },
      plan: { ...plan, expect },
      workload: { shed },
    };
    return tableOf([{ observations, judgement: { ...pass.judgement, faults } }]);
  };
  const load = "this machine may have been too busy (load average 0.8 on 2 cores)";
  expect(of("local", 12, [late, ...others])).toContain(`  faults were not on time: ${load}`);
  expect(of("local", 90_000, [first, ...others])).toContain(`  arrivals were shed: ${load}`);
  expect(of("local", 12, [first, ...others])).not.toContain("too busy");
  expect(of("simulation", 90_000, [late, ...others])).not.toContain("too busy");
  const aborted: JudgedRun["observations"]["run"]["harness"] = { state: "aborted", why: "Ctrl-C" };
  expect(of("local", 12, [late, ...others], aborted)).not.toContain("too busy");
});

test("a run that never began says its cause once, and no check that could not judge", () => {
  const harness = { state: "aborted", why: "Ctrl-C while the cluster was starting" } as const;
  const { run } = pass.observations;
  const observations = {
    ...pass.observations,
    run: { ...run, harness },
    history: [],
    ledger: [],
  };
  const judgement = { ...fail.judgement, verdict: "INCONCLUSIVE" } as const;
  const text = tableOf([{ observations, judgement }]);
  expect(text).toContain(": not begun, the harness aborted: Ctrl-C while the cluster");
  expect(text.split("Ctrl-C")).toHaveLength(2);
  expect(text).not.toContain("S-1");
  expect(text).toContain("again: npx bft-chaos run");
});

test("a run that was broken off is not said to be as expected", () => {
  const run = { ...pass.observations.run, harness: { state: "aborted", why: "Ctrl-C" } as const };
  const stopped = { ...pass, observations: { ...pass.observations, run } };
  expect(verdictLine(tableRow(stopped, reportPath), false)).toContain("expected: aborted");
});

test("what was left behind is always said", () => {
  const info = { ...pass.observations.run, residue: ["process 4711"] };
  const littered = { ...pass, observations: { ...pass.observations, run: info } };
  expect(tableOf([littered])).toContain("left behind: process 4711");
});

test("a closed loop shows its figures with the conditions that they hold under, others do not", () => {
  const { observations } = pass;
  const { plan } = observations;
  const workload = { ...plan.workload, executor: "closed-loop", ratePerSecond: 0 };
  const closed = { ...pass, observations: { ...observations, plan: { ...plan, workload } } };
  const [head = "", row = ""] = tableOf([closed]).trimEnd().split("\n").slice(-2);
  for (const name of ["durability", "links", "audit", "p50", "batch", "CPU/op"]) {
    expect(head).toContain(name);
  }
  for (const value of [plan.cluster.durability, plan.cluster.links, plan.cluster.audit]) {
    expect(row).toContain(value);
  }
  expect(tableOf([pass])).not.toContain("durability");
});

test("there is no escape sequence without colour, not even from a scenario's name", () => {
  expect(tableOf([pass, fail])).not.toContain("\u001b");
  expect(tableOf([pass], true)).toContain("\u001b[32m");
});

test("colour needs a terminal and an owner who has not declined it", () => {
  expect(wantsColour({ isTTY: true }, {})).toBe(true);
  expect(wantsColour({ isTTY: true }, { NO_COLOR: "1" })).toBe(false);
  expect(wantsColour({}, {})).toBe(false);
});
