import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import { membershipOf, quorumOf } from "../../plan/tolerance.ts";
import type { Checker, CheckerInput, Violation } from "../checker.ts";
import { goodLogs } from "../evidence.ts";
import { provenOutcome } from "../proof.ts";
import { endOfRun, inMs } from "../windows.ts";
import { Bounds } from "./bounds.ts";
import { owedSpans } from "./spans.ts";

/**
 * L-10: once a quorum has asked for a view nobody waits for it for longer than the time-out has
 * grown to, and that is no longer than the cap: then it is entered, or the next one asked for.
 */
export const viewWaits: Checker = {
  id: "L-10",
  summary: "nobody waits for a view for longer than the time-out, whose growth has an end",
  idle: "nobody waited for a view that a quorum had asked for while liveness was owed",
  promise: "liveness",
  needs: ["ledger", "audits"],
  judges: ["views"],
  check(input) {
    const bounds = new Bounds(input);
    const { totalMs } = input.observations.plan.recoveryBound;
    const violations: Violation[] = [];
    let judged = 0;
    const waits = waitsOf(input);
    for (const span of owedSpans(input, 0)) {
      const { from, to, spared } = span;
      for (const { line, asked, until } of waits) {
        const since = Math.max(asked, from);
        if (!spared.includes(line.replica) || since >= Math.min(until, to)) continue;
        judged += 1;
        const timeoutMs = bounds.timeoutMs(line.time + 1);
        // It may take as long as a recovery until it has heard of all who ask.
        const deadline = since + (timeoutMs + totalMs) * 1e6;
        if (Math.min(until, to) <= deadline) continue;
        const what =
          `r${line.replica} waited for view ${line.v} for more than ${inMs(deadline - since)} ms ` +
          `after a quorum had asked for it; the time-out had grown to ${timeoutMs} ms`;
        const { replica } = line;
        violations.push({
          what,
          replica,
          time: deadline,
          records: [line],
          // What is missing of the logs may tell of longer time-outs.
          rests: [...span.rests(replica, deadline), ...bounds.rests(line.time + 1)],
        });
      }
    }
    return provenOutcome(input, judged, violations);
  },
};

type Asking = Extract<AuditRecord, { readonly e: "viewchange" }>;

interface Wait {
  readonly line: Asking;
  /** When good replicas that are a quorum had asked for it, or for a later one. */
  readonly asked: number;
  readonly until: number;
}

function waitsOf(input: CheckerInput): readonly Wait[] {
  const quorum = quorumOf(membershipOf(input.observations.plan.cluster));
  const logs = goodLogs(input);
  const end = endOfRun(input.observations);
  const asking = logs.map(([, records]) => records.filter(isAsking));
  return logs.flatMap(([, records]) => {
    const steps = records.filter((record) => isAsking(record) || isEnd(record));
    return steps.flatMap((line, index): readonly Wait[] => {
      if (!isAsking(line)) return [];
      const since = asking
        .flatMap((lines) => lines.find(({ v }) => v >= line.v)?.time ?? [])
        .toSorted((a, b) => a - b)[quorum - 1];
      if (since === undefined) return [];
      const until = steps[index + 1]?.time ?? end;
      return [{ line, asked: Math.max(since, line.time), until }];
    });
  });
}

function isAsking(record: AuditRecord): record is Asking {
  return record.e === "viewchange";
}

function isEnd({ e }: AuditRecord): boolean {
  return e === "newview" || e === "boot";
}
