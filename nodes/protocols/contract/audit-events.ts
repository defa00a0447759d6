/** What each kind of audit line is called outside of the log, and which level writes it. */
import type { AuditEvent, AuditLevel } from "./audit.ts";

export interface AuditEventWords {
  /** As scenarios name it. */
  readonly name: string;
  /** The least level that writes it. */
  readonly level: Exclude<AuditLevel, "off">;
  readonly summary: string;
}

const decision = (name: string, summary: string): AuditEventWords => {
  return { name, summary, level: "decisions" };
};
const detail = (name: string, summary: string): AuditEventWords => {
  return { name, summary, level: "full" };
};

/** The compiler asks for a line here for every kind of line in the log. */
export const auditEvents: Readonly<Record<AuditEvent["e"], AuditEventWords>> = {
  boot: decision("boot", "a replica has read its log and begins"),
  preprepared: decision("pre-prepared", "it accepts, or as primary proposes, a batch for a number"),
  prepared: decision("prepared", "it holds a prepared certificate for a number"),
  committed: decision("committed", "it holds a commit certificate for a number"),
  decided: decision("decided", "it learns a decision from the commits of others"),
  stated: decision("stated", "it believes a decision because so many others state it"),
  executed: decision("executed", "it has executed a batch"),
  checkpoint: decision("checkpoint", "it has taken a checkpoint of its own"),
  stable: decision("stable", "a checkpoint has become stable for it"),
  viewchange: decision("view-change", "it is about to ask for a view"),
  newview: decision("new-view", "it begins a view, as its primary or on a NEW-VIEW it accepts"),
  claims: detail("claims", "it tells what the NEW-VIEW that it begins a view on rests on"),
  vouched: decision("vouched", "it has vouched for somebody's VIEW-CHANGE"),
  believed: decision("believed", "it orders a request on the word of others"),
  keys: decision("keys", "it has chosen session keys, or taken over another's"),
  statetransfer: decision("state-transfer", "it begins to fetch the state of a checkpoint"),
  installed: decision("state-installed", "it has installed a state that it fetched"),
  corrupt: decision("corrupt", "its own state is not that of a stable checkpoint"),
  timer: detail("timer", "it has set a timer"),
  reject: detail("reject", "it has rejected something that it received"),
  evidence: decision("evidence", "it holds evidence against another replica"),
};

export const AUDIT_KINDS = Object.keys(auditEvents) as readonly AuditEvent["e"][];

/** Whether a log of this level has such lines. */
export function isAudited(e: AuditEvent["e"], level: AuditLevel): boolean {
  return level === "full" || auditEvents[e].level === level;
}
