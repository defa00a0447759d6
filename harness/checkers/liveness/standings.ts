/** Where the replicas stood when a run ended, by what they logged and what they answered. */
import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import type { Standing } from "../../observations/live-view.ts";
import type { StatusSample } from "../../observations/observations.ts";
import type { CheckerInput } from "../checker.ts";

export interface LastStanding extends Standing {
  readonly replica: number;
  readonly time: number;
}

/** Whichever is later counts: the log or the poll. Who never said anything is not among them. */
export function lastStandings(
  { observations: { audits, samples } }: Pick<CheckerInput, "observations">,
  replicas: readonly number[],
): readonly LastStanding[] {
  return replicas.flatMap((replica) => {
    const known = [
      ...(audits.get(replica) ?? []).flatMap((record) => loggedBy(record) ?? []),
      ...samples.flatMap((sample) => (sample.replica === replica ? (polled(sample) ?? []) : [])),
    ];
    if (known.length === 0) return [];
    return [known.reduce((latest, standing) => (standing.time >= latest.time ? standing : latest))];
  });
}

function loggedBy(record: AuditRecord): LastStanding | null {
  const { replica, time } = record;
  switch (record.e) {
    case "viewchange":
      return { replica, time, view: record.v, active: false };
    // Whether it was changing its view when it died only its next answer tells.
    case "boot":
    case "newview":
      return { replica, time, view: record.v, active: true };
    default:
      return null;
  }
}

function polled({ replica, time, status }: StatusSample): LastStanding | null {
  return status === undefined ? null : { replica, time, view: status.view, active: status.active };
}
