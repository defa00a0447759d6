import type { Cause, WorldEvent } from "../../plan/executor.ts";
import type { PlanEntry } from "../../plan/plan.ts";
import type { Attestation } from "../attestation.ts";
import type { Progress } from "../driver.ts";
import type { Convergence, ResolvedEntry, World } from "../world.ts";

/** What an act came to, and the proof of it that may take longer than the act. */
export interface Act {
  /** When the last change was made, monotonic ns. */
  readonly doneNs: bigint;
  readonly proof: Promise<Attestation>;
}

export interface ConvergenceWanted {
  readonly isLast: boolean;
  /** Ends the watch. */
  readonly signal: AbortSignal;
}

/** The levers on a running cluster where everything takes its time. */
export interface RealWorld {
  /** Answers symbolic targets now; changes nothing. */
  resolve(entry: PlanEntry, cause: Cause | null): Promise<ResolvedEntry>;
  inject(resolved: ResolvedEntry): Promise<Act>;
  /** Hears what happens from now on that an entry may wait for. */
  onEvent(listener: (event: WorldEvent) => void): void;
  heal(resolved: ResolvedEntry): Promise<Act>;
  /** By the last answer of each replica since it was last touched. */
  standings(): ReturnType<World["standings"]>;
  load(on: boolean): void;
  /** Resolves when convergence has held; never, if it does not come. */
  converged(wanted: ConvergenceWanted): Promise<Convergence>;
  /**
   * One client reads every key through the ordered path.
   * @returns false when it gave up
   */
  verify(): Promise<boolean>;
  /** Rejects as soon as something died that must not (Toxiproxy, a replica by itself, the disk). */
  readonly failure: Promise<never>;
  progress(): Pick<Progress, "operationsPerSecond" | "p99Ms" | "view">;
}
