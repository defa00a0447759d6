import type { RecordOf } from "../../../nodes/protocols/contract/audit.ts";
import type { StatusSample } from "../../observations/observations.ts";
import type { Checker, CheckerInput, Evidence } from "../checker.ts";
import { goodLogs, notApplicable, outcomeOf, short, shownBy } from "../evidence.ts";

type Snapshot = RecordOf<"checkpoint"> | RecordOf<"stable"> | RecordOf<"installed">;

/** S-8: at one number there is one state. */
export const checkpointAgreement: Checker = {
  id: "S-8",
  summary: "good replicas have equal states at equal numbers, and none is found corrupt",
  idle: "no good replica took a checkpoint or was asked for its state",
  promise: "safety",
  needs: ["audits"],
  check(input) {
    const { replicas } = input.observations.plan.cluster.parameters;
    if (replicas === 1) return notApplicable("one replica has nobody to agree with");
    const first = new Map<number, Snapshot>();
    const violations: Evidence[] = [];
    for (const [, records] of goodLogs(input)) {
      for (const record of records) {
        if (record.e === "corrupt") {
          const what = `r${record.replica} found its own state corrupt at n=${record.n}`;
          violations.push(shownBy(what, record));
        }
        if (record.e !== "checkpoint" && record.e !== "stable" && record.e !== "installed") {
          continue;
        }
        const other = first.get(record.n);
        if (other === undefined) first.set(record.n, record);
        else if (other.d !== record.d) {
          const what =
            `checkpoint n=${record.n}: r${other.replica} ${other.e} ${short(other.d)}, ` +
            `r${record.replica} ${record.e} ${short(record.d)}`;
          violations.push(shownBy(what, other, record));
        }
      }
    }
    const polled = polledStates(input);
    return outcomeOf(first.size + polled.judged, [
      ...violations,
      ...polled.violations,
      ...finalStates(input),
    ]);
  },
};

/** The same of the digests that the harness asked for: each answer is of one moment. */
function polledStates({ observations, good }: CheckerInput): {
  readonly judged: number;
  readonly violations: readonly Evidence[];
} {
  const first = new Map<number, StatusSample>();
  const violations: Evidence[] = [];
  for (const sample of observations.samples) {
    if (sample.stateDigest === undefined || !good.has(sample.replica)) continue;
    const n = sample.status?.lastExec;
    if (n === undefined) continue;
    const other = first.get(n);
    if (other === undefined) first.set(n, sample);
    else if (other.stateDigest !== sample.stateDigest) {
      violations.push({
        what: `r${other.replica} and r${sample.replica} hold different states after n=${n}`,
        replica: sample.replica,
        time: Math.max(other.time, sample.time),
        records: [other, sample],
      });
    }
  }
  return { judged: first.size, violations };
}

/** At the end they were polled until their numbers agreed: so must their states. */
function finalStates({ observations, good }: CheckerInput): readonly Evidence[] {
  return observations.ledger.flatMap((line) => {
    if (line.kind !== "converged") return [];
    const states = new Set([...good].flatMap((replica) => line.digests[`r${replica}`] ?? []));
    if (states.size < 2) return [];
    const what = `good replicas hold ${states.size} different states after n=${line.lastExec}`;
    return [{ what, time: line.time, records: [line] }];
  });
}
