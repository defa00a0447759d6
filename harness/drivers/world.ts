import type { FaultEffect } from "../../faults/fault.ts";
import type { PlanEntry } from "../plan/plan.ts";
import type { Attestation } from "./attestation.ts";
import type { Progress } from "./driver.ts";

export interface ResolvedEntry {
  readonly entry: PlanEntry;
  /** Symbolic names and what they resolved to. */
  readonly targets: Readonly<Record<string, string>>;
  readonly effects: readonly FaultEffect[];
  /** Why it is not tried, so that there are no effects; null = it is. */
  readonly absent: Absence | null;
}

/** Known before anything was injected. */
export interface Absence {
  readonly outcome: "skipped" | "not-applicable";
  readonly evidence: readonly string[];
}

/** What an act came to, and the proof of it that may take longer than the act. */
export interface Act {
  /** When the last change was made, monotonic ns. */
  readonly doneNs: bigint;
  readonly proof: Promise<Attestation>;
}

/** A running cluster under load, and the levers on it. */
export interface World {
  /** Answers symbolic targets now; changes nothing. */
  resolve(entry: PlanEntry): Promise<ResolvedEntry>;
  inject(resolved: ResolvedEntry): Promise<Act>;
  heal(resolved: ResolvedEntry): Promise<Act>;
  load(on: boolean): void;
  /** Resolves when convergence has held; never, if it does not come. */
  converged(signal: AbortSignal): Promise<Convergence>;
  /** One client reads every key through the ordered path; resolves also when it gave up. */
  verify(): Promise<void>;
  /** Rejects as soon as something died that must not (Toxiproxy, a replica by itself, the disk). */
  readonly failure: Promise<never>;
  progress(): Pick<Progress, "operationsPerSecond" | "p99Ms" | "view">;
}

export interface Convergence {
  readonly lastExec: number;
  readonly digests: Readonly<Record<string, string>>;
}
