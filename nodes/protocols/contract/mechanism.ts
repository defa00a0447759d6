import type { AuditEvent } from "./audit.ts";

/**
 * What protocols may have in common beside one order of operations, each with the audit events that
 * tell of it. Whoever has one follows its rule, and is judged by it; what only looks like it under
 * the same name is not it, and its protocol must not write these events.
 */
export const MECHANISMS = {
  /** Replicas work in numbered views, change them together, and never go back. */
  views: ["viewchange", "newview"],
  /** A replica stands for one digest at (view, number), and says so before it votes. */
  votes: ["preprepared"],
  /**
   * What is prepared names a quorum that was proposed it in that view, what is committed a quorum
   * that prepared it.
   */
  certificates: ["prepared", "committed", "decided", "stated"],
} as const satisfies Readonly<Record<string, readonly AuditEvent["e"][]>>;

export type Mechanism = keyof typeof MECHANISMS;
