/** How long a replica fell short of the others, in stretches that nothing excuses. */
import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import { FILES } from "../../observations/store.ts";
import type { CheckerInput, Violation } from "../checker.ts";
import { goodLogs } from "../evidence.ts";
import { endOfRun, inMs, type Window } from "../windows.ts";
import { owedSpans } from "./spans.ts";

/** What a checker sees in the logs, line by line, and whom it finds behind after each. */
export interface Race {
  /** @returns whether anybody may be behind now who was not, or the other way round */
  follow(record: AuditRecord): boolean;
  isBehind(replica: number): boolean;
  /** Whether what others do later may make one of them catch up: then that must be known. */
  readonly isRelative: boolean;
  /** For the evidence. */
  describe(replica: number): string;
}

interface Stretch extends Window {
  readonly replica: number;
  readonly since: AuditRecord;
  readonly what: string;
}

/**
 * Whoever is behind for longer than `bounds` times the bound of L-2, while progress is owed and
 * nothing begins, ends, or strikes it or a link of it; or when the run has come to its rest.
 */
export function leftBehind(
  input: CheckerInput,
  race: Race,
  bounds: number,
): { readonly judged: number; readonly violations: readonly Violation[] } {
  const all = stretchesOf(input, race);
  const violations: Violation[] = [];
  let judged = 0;
  for (const span of owedSpans(input, bounds)) {
    judged += span.spared.length;
    for (const { from, to, replica, since, what } of all) {
      const deadline = Math.max(from, span.from) + span.allowedNs;
      if (!span.spared.includes(replica) || Math.min(to, span.to) < deadline) continue;
      const late = `${what} for ${inMs(span.allowedNs)} ms and more, from ${inMs(from)} ms on`;
      const others = race.isRelative ? [...input.good] : [];
      const rests = [
        ...span.rests(replica, deadline),
        ...others.map((other) => ({ file: FILES.audit(other), until: deadline })),
      ];
      violations.push({ what: late, replica, time: deadline, records: [since], rests });
    }
  }
  return { judged, violations };
}

function stretchesOf(input: CheckerInput, race: Race): readonly Stretch[] {
  const logs = goodLogs(input);
  const lines = logs.flatMap(([, records]) => records).toSorted((a, b) => a.time - b.time);
  const open = new Map<number, Omit<Stretch, "to">>();
  const closed: Stretch[] = [];
  for (const record of lines) {
    if (!race.follow(record)) continue;
    for (const [replica] of logs) {
      const known = open.get(replica);
      if (race.isBehind(replica)) {
        const { time: from } = record;
        if (known === undefined) {
          open.set(replica, { from, replica, since: record, what: race.describe(replica) });
        }
      } else if (known !== undefined) {
        open.delete(replica);
        closed.push({ ...known, to: record.time });
      }
    }
  }
  const end = endOfRun(input.observations);
  return [...closed, ...[...open.values()].map((stretch) => ({ ...stretch, to: end }))];
}
