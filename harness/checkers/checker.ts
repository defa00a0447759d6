import type { Observations } from "../observations/observations.ts";
import type { BudgetTimeline } from "../plan/budget.ts";

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

export type CheckOutcome =
  | { readonly outcome: "valid"; readonly judged: number; readonly note?: string }
  | { readonly outcome: "invalid"; readonly judged: number; readonly evidence: readonly Evidence[] }
  | { readonly outcome: "unknown"; readonly judged: number; readonly because: string };

export interface CheckerInput {
  readonly observations: Observations;
  /** From the run's own fault log. */
  readonly budget: BudgetTimeline;
  /** Replicas never in B: their logs are evidence. */
  readonly good: ReadonlySet<number>;
}

export interface Checker {
  /** `S-1`, `L-2`, `convergence` ... the reference's id. */
  readonly id: string;
  readonly summary: string;
  /** Which promise it judges: decides between FAIL and LIVENESS_MISS. */
  readonly promise: "safety" | "liveness";
  check(input: CheckerInput): CheckOutcome;
}

export type CheckResult = CheckOutcome & {
  readonly id: string;
  readonly promise: "safety" | "liveness";
};
