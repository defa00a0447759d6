/** B(t) and C(t) of reference 6.5, and what is owed when. */
export interface BudgetStep {
  readonly fromMs: number;
  /** Replicas with a safety fault, by name. */
  readonly safety: readonly string[];
  /** Unavailable replicas outside B: n - B - |S|. */
  readonly unavailable: number;
  readonly safetyOwed: boolean;
  readonly livenessOwed: boolean;
}

/**
 * Ascending by `fromMs`; each step holds until the next. `upperBound` where a target is still
 * symbolic.
 */
export interface BudgetTimeline {
  readonly steps: readonly BudgetStep[];
  readonly faultsMax: number;
  readonly upperBound: boolean;
}
