import type { Control } from "../../faults/fault.ts";
import type { HarnessState } from "../observations/observations.ts";
import type { RunStore } from "../observations/store.ts";
import type { Phase, Plan } from "../plan/plan.ts";
import type { Litter } from "./litter.ts";

/** A failing world: Toxiproxy, the disk, a port. `code` is stable, `cause` is kept. */
export class DriverError extends Error {
  override readonly name = "DriverError";
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Beyond the plan's own phases: heals, proofs, final reads. A guard, not a promise. */
export const OVERTIME_MS = 120_000;

/** What the terminal shows while a run goes on. */
export interface Progress {
  readonly phase: Phase | "starting" | "verifying" | "stopping";
  readonly remainingMs: number;
  readonly operationsPerSecond: number;
  readonly p99Ms: number | null;
  readonly view: number | null;
  readonly activeFaults: readonly string[];
}

/**
 * Level 1: no new faults, heal, judge; level 2: only heal (harness §6.4). `why` names who asked.
 */
export type AbortListener = (level: 1 | 2, why: string) => void;

export interface RunContext {
  /** Marks everything that the run starts, so that it can be found again. */
  readonly runId: string;
  readonly store: RunStore;
  readonly onProgress: (progress: Progress) => void;
  readonly onAbort: (listener: AbortListener) => void;
  /** The zero instant (monotonic ns), as soon as there is one. */
  readonly onZero: (zeroNs: bigint) => void;
  /** Folders that are searched for `cluster.mutant`. */
  readonly mutantFolders: readonly string[];
}

/**
 * How a plan is run. Everything observed goes into the store; nothing is returned but the harness's
 * own state.
 */
export interface Driver {
  readonly name: string;
  readonly summary: string;
  readonly offers: readonly Control[];
  /** Why this machine has not what it would offer elsewhere. */
  readonly lacks?: Readonly<Partial<Record<Control | "k6", string>>>;
  /** It does not hear what the replicas log while they run: nothing can wait for that. */
  readonly isDeaf?: true;
  /** Of several scenarios it leaves out those that ask for more than it offers, and says so. */
  readonly isPartial?: true;
  /** All that is recorded is in the run store as it happens, not at the end. */
  readonly recordsLive?: true;
  /** Where its runs may leave something behind; absent where they cannot. */
  readonly litter?: Litter;
  /** Whether a planted bug can show at all: where absent, each can. */
  readonly plays?: (mutant: { readonly name: string; readonly file: string }) => boolean;
  /** Makers of load beside the built-in one, which every driver has. */
  readonly generators?: readonly "k6"[];
  run(plan: Plan, context: RunContext): Promise<DriverOutcome>;
}

export interface DriverOutcome {
  readonly harness: HarnessState;
  /** What the leak scan found after the run; must be empty. */
  readonly residue: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
  /** The zero instant for `run.json`: monotonic ns, decimal; "0" where time is virtual. */
  readonly zero?: string;
}
