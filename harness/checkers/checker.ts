import type { Mechanism } from "../../nodes/protocols/contract/mechanism.ts";
import type { Observations } from "../observations/observations.ts";
import type { BudgetTimeline } from "../plan/budget.ts";
import type { Subject } from "./subject.ts";

/**
 * A few lines that show it: what was seen, where. `replica` and `time` (ns) place it on the
 * report's lanes.
 */
export interface Evidence {
  readonly what: string;
  readonly replica?: number;
  readonly time?: number;
  /** The raw records (audit lines, history events) that prove it. */
  readonly records?: readonly unknown[];
}

/**
 * That something is not in a file: it proves nothing unless nothing can be missing from the file up
 * to that time (ns). `end`: that it never came, in a run that went on to its end.
 */
export interface Absence {
  readonly file: string;
  readonly until: number | "end";
}

/** What speaks against a promise, if whatever it rests on is really absent. */
export interface Violation extends Evidence {
  readonly rests?: readonly Absence[];
}

/** Of a check of what is drawn over time. */
interface Bounded {
  /** The most that it allowed anybody, from that time (ns) on. */
  readonly ceiling?: readonly (readonly [time: number, bytes: number])[];
}

export type CheckOutcome =
  | (Bounded & { readonly outcome: "valid"; readonly judged: number; readonly note?: string })
  | (Bounded & {
      readonly outcome: "invalid";
      readonly judged: number;
      readonly evidence: readonly Evidence[];
    })
  | { readonly outcome: "unknown"; readonly judged: number; readonly because: string }
  /** It does not judge runs like this one; it satisfies nobody who requires it. */
  | { readonly outcome: "not-applicable"; readonly judged: 0; readonly because: string };

export interface CheckerInput {
  readonly observations: Observations;
  readonly subject: Subject;
  /** From the run's own fault log. */
  readonly budget: BudgetTimeline;
  /** Replicas never in B: their logs are evidence. */
  readonly good: ReadonlySet<number>;
}

export interface Checker {
  /** `S-1`, `L-2`, `convergence` ... as `protocols §15` has it. */
  readonly id: string;
  readonly summary: string;
  /** Why it has nothing to judge, where it has nothing. */
  readonly idle: string;
  /** Which promise it judges: decides between FAIL and LIVENESS_MISS. */
  readonly promise: "safety" | "liveness";
  /** Without any of these it has seen nothing, and cannot call a promise kept. */
  readonly needs: readonly Need[];
  /** Whose rules it judges; to a protocol that lacks one of them it is not applicable. */
  readonly judges?: readonly Mechanism[];
  check(input: CheckerInput): CheckOutcome;
}

/** Files of the run store, and `end`: that the run came to rest, as it would at its end. */
export type Need = "history" | "ledger" | "audits" | "end";

export type CheckResult = CheckOutcome & {
  readonly id: string;
  readonly promise: "safety" | "liveness";
};

/** Those that are unknown, by what each says to be missing. */
export function byReason(
  checks: readonly CheckResult[],
): ReadonlyMap<string, readonly CheckResult[]> {
  const unknown = checks.filter((check) => check.outcome === "unknown");
  return Map.groupBy(unknown, ({ because }) => because);
}
