import type { AttestationOutcome } from "../../../faults/fault.ts";
import type { BudgetTimeline } from "../../plan/budget.ts";
import type { Verdict } from "../../scenario/verdict.ts";
import type { CheckResult } from "../checker.ts";
import type { PlannedWindow } from "./fault-window.ts";
import type { Hangover } from "./hangover.ts";

/**
 * What the run came to: computed from the run store alone, so `report` can do it again years later.
 */
export interface Judgement {
  readonly verdict: Verdict;
  /** One sentence that gives the reason. */
  readonly text: string;
  readonly asExpected: boolean;
  /** Why it is not as expected, in one sentence; null if it is. */
  readonly deviation: string | null;
  readonly checks: readonly CheckResult[];
  readonly budget: BudgetTimeline;
  readonly faults: readonly FaultResult[];
  readonly operations: OperationCounts;
  readonly latencyMs: LatencySummary | null;
  readonly throughput: { readonly offered: number; readonly achieved: number };
  readonly views: { readonly changes: number; readonly last: number };
  /** In all; `faults` has it for each. */
  readonly outageMs: number;
  /** Null = no fault was healed, or nobody was answered after the last heal. */
  readonly recoveryMs: number | null;
  readonly hangover: Hangover;
  /** Null = there is none to lose. */
  readonly redundancyLostMs: number | null;
}

export interface FaultResult {
  readonly entry: string;
  readonly name: string;
  readonly fault: string;
  readonly outcome: AttestationOutcome;
  /** Null for what has no time in the plan. */
  readonly planned: PlannedWindow | null;
  /** What it was to wait for; null for what has a time, or is not in the plan. */
  readonly when: string | null;
  readonly installedAtMs: number | null;
  readonly healedAtMs: number | null;
  /** How the real window differs from the planned one, in words; null = not so that it matters. */
  readonly deviation: string | null;
  /** While it was there; null = it never was. */
  readonly outageMs: number | null;
  readonly evidence: readonly string[];
}

/** issued = ok + failed + unknown; shed were never issued. */
export interface OperationCounts {
  readonly issued: number;
  readonly ok: number;
  readonly failed: number;
  readonly unknown: number;
  readonly shed: number;
}

export interface LatencySummary {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}
