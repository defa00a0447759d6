import type { AuditRecord } from "../../../../nodes/protocols/contract/audit.ts";
import { completeUntil } from "../../../observations/completeness.ts";
import { FILES } from "../../../observations/store.ts";
import { membershipOf } from "../../../plan/tolerance.ts";
import type { Checker, CheckerInput, Violation } from "../../checker.ts";
import { beginsWithStart, goodLogs, notApplicable, short, shownBy } from "../../evidence.ts";
import { isProven, provenOutcome } from "../../proof.ts";
import { specifications } from "./registry.ts";
import { ReplicaModel } from "./replica-model.ts";
import type { Cluster, Refusal, Specification, Step, World } from "./step.ts";
import { Witnesses } from "./witnesses.ts";

/**
 * S-25, a second opinion: each good replica's log is replayed step by step on a specification that
 * was written from the rules and shares nothing with the cores or the other checkers. The first
 * step that it does not allow is named, with the rule's section.
 */
export const specification: Checker = {
  id: "S-25",
  summary: "each step that a good replica's log tells of is one that the specification allows",
  idle: "no log of a good replica has a step",
  promise: "safety",
  needs: ["audits"],
  check(input) {
    const { name } = input.subject.protocol;
    const pages = specifications.get(name);
    if (pages === undefined) return notApplicable(`there is no specification of ${name}`);
    const logs = judgeableLogs(input);
    const violations: Violation[] = [];
    const world = worldOf(input, logs, (doubtful) => violations.push(doubtful));
    let judged = 0;
    for (const [replica, log] of logs) {
      const walked = walk(log, { pages, world, state: new ReplicaModel(replica) });
      judged += walked.judged;
      if (walked.violation) violations.push(walked.violation);
    }
    return provenOutcome(input, judged, violations);
  },
};

/** Up to where nothing can be missing, and from a start on: before it nothing is known of them. */
function judgeableLogs(input: CheckerInput): ReadonlyMap<number, readonly AuditRecord[]> {
  const { completeness } = input.observations;
  const logs = new Map<number, readonly AuditRecord[]>();
  for (const [replica, log] of goodLogs(input)) {
    if (!beginsWithStart(log)) continue;
    const until = completeUntil(completeness, FILES.audit(replica));
    const isWhole = until === Number.POSITIVE_INFINITY;
    logs.set(replica, isWhole ? log : log.filter(({ time }) => time < until));
  }
  return logs;
}

function clusterOf({ observations, subject }: CheckerInput): Cluster {
  const { cluster } = observations.plan;
  const { replicas, tolerates } = membershipOf(cluster);
  const { checkpointInterval, window } = cluster.parameters;
  const faultsMax = tolerates.byzantine;
  return {
    replicas,
    faultsMax,
    quorum: Math.ceil((replicas + faultsMax + 1) / 2),
    weakQuorum: faultsMax + 1,
    checkpointInterval,
    window,
    primaryOf: (view) => subject.leaderOf(view) ?? view % replicas,
  };
}

function worldOf(
  input: CheckerInput,
  logs: ReadonlyMap<number, readonly AuditRecord[]>,
  doubt: (violation: Violation) => void,
): World {
  return {
    cluster: clusterOf(input),
    witnesses: new Witnesses(logs),
    weigh: (line, refusal, absentIn) => {
      const until = line.time;
      const rests = [...absentIn].map((replica) => ({ file: FILES.audit(replica), until }));
      if (rests.every((rest) => isProven(rest, input.observations))) return refusal;
      doubt({ ...violationOf(line, refusal), rests });
      return null;
    },
  };
}

interface Walk {
  readonly pages: Specification;
  readonly world: World;
  readonly state: ReplicaModel;
}

/** Ends at the first step that is wrong: what follows from it says nothing more. */
function walk(
  log: readonly AuditRecord[],
  { pages, world, state }: Walk,
): { readonly judged: number; readonly violation: Violation | null } {
  let judged = 0;
  for (const line of log) {
    judged += 1;
    // Each step is for the lines of its own kind.
    const step = pages[line.e] as Step<AuditRecord["e"]> | undefined;
    const refusal = step ? step(state, line, world) : NO_RULE;
    if (refusal !== null) return { judged, violation: violationOf(line, refusal) };
  }
  return { judged, violation: null };
}

const NO_RULE: Refusal = { section: "15.1", why: "its protocol does no such thing" };

function violationOf(line: AuditRecord, { why, section, records = [] }: Refusal): Violation {
  const what = `r${line.replica}: ${toldOf(line)} is not allowed by protocols §${section}: ${why}`;
  // What another says of it may come later.
  const time = Math.max(line.time, ...records.map((record) => record.time));
  return { ...shownBy(what, line), time, records: [...records, line] };
}

/** `prepared v=1 n=7 d=0123456789ab` */
function toldOf(line: AuditRecord): string {
  const parts: string[] = [line.e];
  if ("v" in line) parts.push(`v=${line.v}`);
  if ("n" in line) parts.push(`n=${line.n}`);
  if ("d" in line) parts.push(`d=${short(line.d)}`);
  return parts.join(" ");
}
