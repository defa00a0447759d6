/** What a fault can wait for in place of a time: the one list of it (`bft-chaos list events`). */
import type { AuditEvent } from "../../nodes/protocols/contract/audit.ts";
import { AUDIT_KINDS, auditEvents } from "../../nodes/protocols/contract/audit-events.ts";

export interface EventDefinition {
  /** As `when: { event }` has it. */
  readonly name: string;
  readonly summary: string;
  /** The kind of audit line that tells of it; null where it is seen from outside. */
  readonly audited: AuditEvent["e"] | null;
  /** Whether it is somebody's, so that `subject` means him. */
  readonly hasSubject: boolean;
}

export const events: readonly EventDefinition[] = [
  ...AUDIT_KINDS.map((e) => {
    const { name, summary } = auditEvents[e];
    return { name, summary, audited: e, hasSubject: true };
  }),
  {
    name: "recovered",
    summary: "a client is answered after nobody was for longer than timers.request",
    audited: null,
    hasSubject: false,
  },
  {
    name: "alarm",
    summary:
      "a health check turns red: a replica has not answered STATUS for three periods, nobody was " +
      "answered for longer than timers.request, or a backup is not as indexed",
    audited: null,
    hasSubject: true,
  },
];

/** Of another fault of the scenario, named by the key's value. */
export const FAULT_EVENTS = {
  after: "another fault has begun",
  healed: "another fault is healed",
} as const;

export function eventNamed(name: string): EventDefinition {
  const event = events.find((candidate) => candidate.name === name);
  if (event === undefined) throw new RangeError(`no event is called ${name}`);
  return event;
}
