import { describe, expect, test } from "vitest";
import type { AuditRecord } from "../../nodes/protocols/contract/audit.ts";
import type { FaultResult } from "../checkers/verdict/judgement.ts";
import type { PlanEntry } from "../plan/plan.ts";
import { exampleDisagreement } from "./example-checks.fixture.ts";
import { exampleRun } from "./example-run.fixture.ts";
import { htmlReport } from "./html/html.ts";
import { resultsOf } from "./json.ts";
import type { JudgedRun } from "./report.ts";
import { aftermathOf, shiftLog } from "./shift-log.ts";
import { resultsTable, tableRow } from "./terminal.ts";

const DEED = {
  error: { id: "T-32", name: "kills-what-eats-cpu" },
  wrong: true,
  meant: "kill the process that eats the CPU",
  did: "killed the <primary>",
  command: { order: null, guards: [] },
  shift: "ted",
} as const;

interface Change {
  readonly entry?: Partial<PlanEntry>;
  readonly fault?: Partial<FaultResult>;
  readonly run?: JudgedRun;
}

/** The example, in which the primary was killed by somebody. */
function killedBy({ entry = {}, fault = {}, run = exampleRun() }: Change = {}): JudgedRun {
  const { observations, judgement } = run;
  const { plan } = observations;
  const entries = plan.entries.map((one) =>
    one.id === "kill-primary" ? { ...one, operator: DEED, ...entry } : one,
  );
  const faults = judgement.faults.map((one) =>
    one.entry === "kill-primary" ? { ...one, ...fault } : one,
  );
  return {
    observations: { ...observations, plan: { ...plan, entries } },
    judgement: { ...judgement, faults },
  };
}

/** r1 gives up on its primary `afterMs` after it was killed, and r2 later. */
function withViewChange(afterMs: number): JudgedRun {
  const run = exampleRun();
  const killedMs = run.judgement.faults[0]?.installedAtMs ?? 0;
  const asks = (replica: number, lateMs: number): AuditRecord => {
    const time = Math.round((killedMs + afterMs + lateMs) * 1e6);
    return { e: "viewchange", v: 1, h: 0, p: [], q: [], time, replica, boot: 1 } as AuditRecord;
  };
  const audits = new Map(run.observations.audits);
  for (const [replica, lateMs] of [[2, 30] as const, [1, 0] as const]) {
    audits.set(replica, [asks(replica, lateMs), ...(audits.get(replica) ?? [])]);
  }
  return { ...run, observations: { ...run.observations, audits } };
}

test("a run without an operator has no shift log, and no report speaks of one", async () => {
  const run = exampleRun();
  expect(shiftLog(run)).toEqual([]);
  expect(resultsOf(run).shift).toEqual([]);
  expect(await htmlReport.render(run)).not.toContain("Shift log");
});

test("a line has what he meant, what he did, what it hit, and its end", () => {
  const run = killedBy();
  const [line, ...more] = shiftLog(run);
  expect(more).toEqual([]);
  const [fault] = run.judgement.faults;
  expect(line).toMatchObject({
    entry: "kill-primary",
    atMs: fault?.installedAtMs,
    id: "T-32",
    meant: DEED.meant,
    did: DEED.did,
    outcome: "installed",
    hit: ["r0"],
    refused: [],
    undoneAtMs: fault?.healedAtMs,
    outageMs: 1_500,
  });
});

describe("who noticed", () => {
  const noticed = (run: JudgedRun) => shiftLog(killedBy({ run }))[0]?.noticed ?? [];

  test("a client whose patience was over, counted from its question after the deed", () => {
    const [client] = noticed(exampleRun());
    expect(client).toMatchObject({ who: "a client", what: "no answer for 300 ms" });
    expect(client?.afterMs).toBeGreaterThanOrEqual(300);
    expect(client?.afterMs).toBeLessThan(320);
  });

  test("the first replica that asks for another view, before or after the client", () => {
    expect(noticed(withViewChange(900)).map(({ who }) => who)).toEqual(["a client", "r1"]);
    expect(noticed(withViewChange(100))).toMatchObject([
      { who: "r1", afterMs: 100, what: "asks for view 1" },
      { who: "a client" },
    ]);
  });

  test("nobody of what came long after its end", () => {
    expect(noticed(withViewChange(40_000)).map(({ who }) => who)).toEqual(["a client"]);
  });

  test("a check that was broken meanwhile", () => {
    const run = exampleRun({ judgement: { checks: [exampleDisagreement] } });
    const [first] = exampleDisagreement.outcome === "invalid" ? exampleDisagreement.evidence : [];
    const time = first?.time ?? 0;
    const fault = { installedAtMs: time / 1e6 - 5, healedAtMs: time / 1e6 + 5 };
    const [line] = shiftLog(killedBy({ run, fault }));
    expect(line?.noticed).toContainEqual(
      expect.objectContaining({ who: `the check ${exampleDisagreement.id}` }),
    );
  });
});

test("what a guard refused hit nothing, was noticed by nobody, and says why", () => {
  const why = "two-person: the order says something else";
  const fault = {
    outcome: "prevented",
    installedAtMs: null,
    healedAtMs: null,
    outageMs: null,
    evidence: [why],
  } as const;
  const [line] = shiftLog(killedBy({ fault }));
  expect(line).toMatchObject({ hit: [], noticed: [], refused: [why], undoneAtMs: null });
  expect(line && aftermathOf(line)).toEqual([`Refused by ${why}.`]);
});

test("what was due while he was away is told as his, at the time it was due", () => {
  const { observations, judgement } = killedBy({
    entry: { operator: { ...DEED, awaySinceMs: 300 } },
  });
  const entries = observations.plan.entries.map((one) =>
    one.id === "slow-backup" ? { ...one, unrepaired: { dueMs: 20_000 } } : one,
  );
  const plan = { ...observations.plan, entries };
  const lines = shiftLog({ observations: { ...observations, plan }, judgement });
  expect(lines.map(({ entry }) => entry)).toEqual(["kill-primary", "slow-backup"]);
  expect(lines[1]).toMatchObject({
    id: "T-32",
    meant: "repair slow-backup when it was due",
    atMs: plan.phases.warmupMs + 20_000,
  });
});

test("the terminal, the page and the results all tell it, and markup in it is text", async () => {
  const run = killedBy();
  const terminal = resultsTable([tableRow(run, "report.html")], false);
  expect(terminal).toMatch(/T-32 kills-what-eats-cpu: meant to kill the process that eats the CPU/);
  expect(terminal).toMatch(/It hit r0\. Noticed by a client after 3\d\d ms/);
  const page = await htmlReport.render(run);
  expect(page).toContain("Shift log");
  expect(page).toContain("killed the &lt;primary&gt;");
  expect(resultsOf(run).shift).toMatchObject([{ id: "T-32", hit: ["r0"] }]);
});
