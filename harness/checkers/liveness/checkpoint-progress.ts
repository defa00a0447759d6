import type { AuditRecord, RecordOf } from "../../../nodes/protocols/contract/audit.ts";
import { membershipOf, quorumOf } from "../../plan/tolerance.ts";
import type { Checker, CheckerInput, Violation } from "../checker.ts";
import { goodLogs, shownBy } from "../evidence.ts";
import { provenOutcome } from "../proof.ts";
import { inMs } from "../windows.ts";
import { owedSpans, type Span } from "./spans.ts";

type Taken = AuditRecord & RecordOf<"checkpoint">;

/**
 * L-6: what a quorum of good replicas took a checkpoint of becomes stable at each that nothing
 * strikes. Without that work goes on to the end of the window and no further, and logs grow until
 * then; and who does not know how far the others are has to fetch what it could have had.
 */
export const checkpointProgress: Checker = {
  id: "L-6",
  summary: "a checkpoint that a quorum has taken is stable everywhere within the bound",
  idle: "no quorum took a checkpoint while liveness was owed",
  promise: "liveness",
  needs: ["ledger", "audits"],
  judges: ["certificates"],
  check(input) {
    const spans = owedSpans(input, 1);
    const marks = new Marks(goodLogs(input));
    const violations: Violation[] = [];
    let judged = 0;
    for (const line of takenByQuorum(input)) {
      const owed = owedFor(line, spans);
      if (owed === null) continue;
      const { deadline, span } = owed;
      judged += span.spared.length;
      for (const replica of span.spared) {
        const mark = marks.of(replica, deadline);
        if (mark !== undefined && mark.n >= line.n) continue;
        const stable = mark === undefined ? "nothing" : `no more than n=${mark.n}`;
        const what =
          `a quorum had taken the checkpoint of n=${line.n} at ${inMs(line.time)} ms, ` +
          `r${replica} held ${stable} stable at ${inMs(deadline)} ms`;
        const shown = shownBy(what, line, ...(mark === undefined ? [] : [mark.line]));
        violations.push({
          ...shown,
          replica,
          time: deadline,
          rests: span.rests(replica, deadline),
        });
      }
    }
    return provenOutcome(input, judged, violations);
  },
};

/** The checkpoints that good replicas took, in time. */
function taken(input: CheckerInput): readonly Taken[] {
  const isMeant = (record: AuditRecord): record is Taken => record.e === "checkpoint";
  return goodLogs(input)
    .flatMap(([, records]) => records.filter(isMeant))
    .toSorted((a, b) => a.time - b.time);
}

/** A checkpoint that was stable at a replica, and the line that shows it. */
interface Mark {
  readonly n: number;
  readonly line: AuditRecord;
}

class Marks {
  readonly #byReplica = new Map<number, Mark[]>();

  constructor(logs: ReturnType<typeof goodLogs>) {
    for (const [replica, records] of logs) {
      const known: Mark[] = [];
      this.#byReplica.set(replica, known);
      for (const line of records) {
        const n = stableIn(line);
        // After a restart it may hear again of a lower one.
        if (n > (known.at(-1)?.n ?? 0)) known.push({ n, line });
      }
    }
  }

  of(replica: number, until: number): Mark | undefined {
    return this.#byReplica.get(replica)?.findLast(({ line }) => line.time <= until);
  }
}

/** A crash may take the line of what is on the disk: then the next start tells of it. */
function stableIn(line: AuditRecord): number {
  if (line.e === "boot") return line.h;
  return line.e === "stable" || line.e === "installed" ? line.n : 0;
}

/** For each number the line with which a quorum of good replicas had taken it. */
function takenByQuorum(input: CheckerInput): readonly Taken[] {
  const quorum = quorumOf(membershipOf(input.observations.plan.cluster));
  const takers = new Map<number, Set<number>>();
  return taken(input).filter(({ n, replica }) => {
    const known = takers.get(n) ?? new Set<number>();
    takers.set(n, known);
    if (known.has(replica)) return false;
    return known.add(replica).size === quorum;
  });
}

/** The first time by which it is owed; null where nothing is owed for so long. */
function owedFor(
  { time }: AuditRecord,
  spans: readonly Span[],
): { readonly deadline: number; readonly span: Span } | null {
  for (const span of spans) {
    const deadline = Math.max(time, span.from) + span.allowedNs;
    if (deadline <= span.to) return { deadline, span };
  }
  return null;
}
