import type { CheckResult } from "../checkers/checker.ts";
import type { FaultResult } from "../checkers/verdict/judgement.ts";
import { checkSummary } from "./check-summary.ts";
import { evidenceOf } from "./json.ts";
import type { JudgedRun, Report } from "./report.ts";
import { attribute, text } from "./xml.ts";

/**
 * One suite a run: the verdict, each check and each fault as a case. The suite is red exactly when
 * the run was not as expected or the harness failed: a canary that expects FAIL and gets it is
 * green, and what it found is kept as output.
 */
export const junitReport: Report = {
  name: "junit",
  summary: "the verdict, each check and each fault as test cases, for CI servers",
  file: "junit.xml",
  render: async (run) => suiteOf(run),
};

type Mark = "passed" | "failure" | "error" | "skipped";

interface Case {
  readonly group: "verdict" | "checks" | "faults";
  readonly name: string;
  readonly mark: Mark;
  readonly message: string;
  readonly output: string;
}

function suiteOf({ observations, judgement }: JudgedRun): string {
  const { run } = observations;
  const red = !judgement.asExpected;
  const cases = [
    verdictCase({ observations, judgement }),
    ...judgement.checks.map((check) => checkCase(check, red)),
    ...judgement.faults.map((fault) => faultCase(fault, red)),
  ];
  const of = (mark: Mark): number => cases.filter((one) => one.mark === mark).length;
  const end = observations.ledger.at(-1)?.time ?? 0;
  const totals = `tests="${cases.length}" failures="${of("failure")}" errors="${of("error")}"`;
  const name = attribute(run.scenario);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${totals}>`,
    `<testsuite name="${name}" ${totals} skipped="${of("skipped")}" time="${(end / 1e9).toFixed(3)}" timestamp="${attribute(run.startedAt)}">`,
    "<properties>",
    ...Object.entries(propertiesOf({ observations, judgement })).map(
      ([key, value]) => `<property name="${attribute(key)}" value="${attribute(String(value))}"/>`,
    ),
    "</properties>",
    ...cases.map((one) => caseElement(one, run.scenario)),
    "</testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function propertiesOf({ observations: { run, plan }, judgement }: JudgedRun) {
  return {
    seed: run.seed,
    driver: run.driver,
    protocol: plan.cluster.protocol,
    expected: plan.expect.verdict,
    verdict: judgement.verdict,
    mutant: plan.cluster.mutant ?? "none",
    rerun: run.rerun,
  };
}

function verdictCase({ observations: { run, plan }, judgement }: JudgedRun): Case {
  const { harness } = run;
  const broken = harness.state === "failed";
  const asExpected = judgement.asExpected ? "passed" : "failure";
  return {
    group: "verdict",
    name: `verdict is ${plan.expect.verdict}`,
    mark: broken ? "error" : asExpected,
    message: broken ? `harness failed: ${harness.why}` : `${judgement.verdict}: ${judgement.text}`,
    output: `${judgement.verdict}: ${judgement.text}`,
  };
}

function checkCase(check: CheckResult, red: boolean): Case {
  const lines = evidenceOf(check).map(({ what, replica, time }) => {
    const where = replica === undefined ? "" : ` [r${replica}]`;
    const when = time === undefined ? "" : ` at ${(time / 1e9).toFixed(3)} s`;
    return `${what}${where}${when}`;
  });
  const marks: Record<CheckResult["outcome"], Mark> = {
    valid: "passed",
    invalid: red ? "failure" : "passed",
    unknown: "skipped",
    "not-applicable": "skipped",
  };
  const why = "because" in check ? check.because : `${check.judged} judged`;
  return {
    group: "checks",
    name: check.id,
    mark: marks[check.outcome],
    message: `${check.id} is ${check.outcome} (${why})`,
    output: [checkSummary(check.id), `${check.outcome}, ${check.judged} judged`, ...lines].join(
      "\n",
    ),
  };
}

function faultCase(
  { entry, fault, outcome, deviation, evidence }: FaultResult,
  red: boolean,
): Case {
  const proven = outcome === "installed" || outcome === "prevented";
  const absent = outcome === "skipped" || outcome === "not-applicable";
  const unproven = red && !absent ? "failure" : "skipped";
  return {
    group: "faults",
    name: `${entry} (${fault})`,
    mark: proven ? "passed" : unproven,
    message: `${entry} was ${outcome}`,
    output: [outcome, ...(deviation === null ? [] : [`it ${deviation}`]), ...evidence].join("\n"),
  };
}

function caseElement({ group, name, mark, message, output }: Case, scenario: string): string {
  const kind = { failure: "check", error: "harness", skipped: "", passed: "" }[mark];
  const type = kind === "" ? "" : ` type="${kind}"`;
  const body = mark === "passed" ? "" : `<${mark} message="${attribute(message)}"${type}/>`;
  return (
    `<testcase classname="${attribute(`${scenario}.${group}`)}" name="${attribute(name)}">` +
    `${body}<system-out>${text(output)}</system-out></testcase>`
  );
}
