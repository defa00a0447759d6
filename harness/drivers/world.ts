import type { Endpoint, FaultEffect } from "../../faults/fault.ts";
import type { Cause, ExecutorCommand } from "../plan/executor.ts";
import type { PlanEntry } from "../plan/plan.ts";
import type { Executed } from "./convergence.ts";

export interface ResolvedEntry {
  readonly entry: PlanEntry;
  /** Symbolic names and what they resolved to. */
  readonly targets: Readonly<Record<string, string>>;
  readonly effects: readonly FaultEffect[];
  /** What an operator's order says, done to the letter; empty where there is none. */
  readonly ordered: readonly FaultEffect[];
  /** Why it is not tried, so that there are no effects; null = it is. */
  readonly absent: Absence | null;
}

/** Known before anything was injected. */
export interface Absence {
  readonly outcome: "skipped" | "prevented" | "not-applicable";
  readonly evidence: readonly string[];
}

/**
 * A running cluster under load, and the levers on it, as the conductor works them. Each call only
 * begins something: the world tells the conductor when it has settled, at once or later.
 */
export interface World {
  /**
   * Answers symbolic targets, tells the conductor, and injects what there is: `settled`.
   * @param cause what has set it off; null for what has a time of its own
   */
  inject(entry: PlanEntry, cause: Cause | null): void;
  /** `settled` */
  heal(resolved: ResolvedEntry): void;
  /**
   * What each replica says of itself now, for the guards; null for one that does not answer, or has
   * not since it was last touched.
   */
  standings(): ReadonlyMap<Endpoint, Executed | null>;
  load(on: boolean): void;
  /** `converged`, when that has held; never, if it does not come. */
  watch(watch: Pick<Extract<ExecutorCommand, { kind: "watch" }>, "isLast">): void;
  /** One client reads every key through the ordered path: `verified`, also when it gave up. */
  verify(): void;
  /** After each step: what is due next may be due at another time. */
  stepped(): void;
}

export interface Convergence {
  readonly lastExec: number;
  readonly digests: Readonly<Record<string, string>>;
  /** Of a hold that asks for rest. */
  readonly viewsLeft?: number | undefined;
}
