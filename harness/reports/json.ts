import type { CheckResult, Evidence } from "../checkers/checker.ts";
import { costOf } from "./cost.ts";
import type { JudgedRun, Report } from "./report.ts";
import { shiftLog } from "./shift-log.ts";

/** Of `results.json`; those of before have none, and all of its fields. */
export const RESULTS_FORMAT = 1;

/** The stable fields of `results.json` (harness §3.5); fields may be added, never renamed. */
export const jsonReport: Report = {
  name: "json",
  summary: "the result in stable fields, for scripts",
  file: "results.json",
  render: async (run) => `${JSON.stringify(resultsOf(run), null, 2)}\n`,
};

export function resultsOf({ observations, judgement }: JudgedRun) {
  const { run, plan } = observations;
  return {
    format: RESULTS_FORMAT,
    scenario: run.scenario,
    id: run.id,
    startedAt: run.startedAt,
    seed: run.seed,
    driver: run.driver,
    protocol: plan.cluster.protocol,
    cluster: {
      replicas: plan.cluster.parameters.replicas,
      f: plan.cluster.parameters.faultsMax,
      service: plan.cluster.service.name,
      durability: plan.cluster.durability,
      links: plan.cluster.links,
      audit: plan.cluster.audit,
      mutant: plan.cluster.mutant,
    },
    verdict: judgement.verdict,
    expected: plan.expect.verdict,
    asExpected: judgement.asExpected,
    deviation: judgement.deviation,
    text: judgement.text,
    harness: run.harness.state,
    harnessWhy: run.harness.state === "ok" ? null : run.harness.why,
    checks: judgement.checks.map(checkFields),
    faults: judgement.faults,
    shift: shiftLog({ observations, judgement }),
    workload: {
      executor: plan.workload.executor,
      clients: plan.workload.clients,
      ratePerSecond: plan.workload.ratePerSecond,
    },
    operations: judgement.operations,
    latencyMs: judgement.latencyMs,
    throughput: judgement.throughput,
    cost: costOf(observations),
    views: judgement.views,
    outageMs: judgement.outageMs,
    recoveryMs: judgement.recoveryMs,
    ...hangoverFields(judgement.hangover),
    redundancyLostMs: judgement.redundancyLostMs,
    recoveryBoundMs: plan.recoveryBound.totalMs,
    budget: judgement.budget,
    residue: run.residue,
    host: run.host,
    versions: run.versions,
    rerun: run.rerun,
  };
}

function hangoverFields(hangover: JudgedRun["judgement"]["hangover"]) {
  return {
    hangoverMs: hangover.outcome === "regained" ? hangover.ms : null,
    hangover: hangover.outcome,
    hangoverWhy: "because" in hangover ? hangover.because : null,
  };
}

function checkFields(check: CheckResult) {
  const { id, promise, outcome, judged } = check;
  return { id, promise, outcome, judged, evidence: evidenceOf(check) };
}

/** What a check has to say, whatever its outcome: the proof, the reason, or the note. */
export function evidenceOf(check: CheckResult): readonly Evidence[] {
  switch (check.outcome) {
    case "invalid":
      return check.evidence;
    case "unknown":
    case "not-applicable":
      return [{ what: check.because }];
    case "valid":
      return check.note === undefined ? [] : [{ what: check.note }];
    default:
      return check satisfies never;
  }
}
