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
  /** Whether it is about a sequence number, of which there can be a first. */
  readonly hasNumber: boolean;
}

/** The compiler asks for every kind of line that has one. */
const NUMBERED: Readonly<Record<Extract<AuditEvent, { readonly n: number }>["e"], true>> = {
  preprepared: true,
  prepared: true,
  committed: true,
  decided: true,
  stated: true,
  executed: true,
  checkpoint: true,
  stable: true,
  statetransfer: true,
  installed: true,
  corrupt: true,
  evidence: true,
};

export const events: readonly EventDefinition[] = [
  ...AUDIT_KINDS.map((e) => {
    const { name, summary } = auditEvents[e];
    return { name, summary, audited: e, hasSubject: true, hasNumber: e in NUMBERED };
  }),
  {
    name: "recovered",
    summary: "a client is answered after nobody was for longer than timers.request",
    audited: null,
    hasSubject: false,
    hasNumber: false,
  },
  {
    name: "alarm",
    summary:
      "a health check turns red: a replica has not answered STATUS for three periods, nobody was " +
      "answered for longer than timers.request, or a backup is not as indexed",
    audited: null,
    hasSubject: true,
    hasNumber: false,
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
