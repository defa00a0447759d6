/**
 * Plays a plan: a step machine without clock or await, the same for every driver. The driver feeds
 * it what happened and the time, carries out the commands, and calls again at `nextWakeMs`.
 */
import type { Phase, Plan, PlanEntry } from "./plan.ts";

export type ExecutorInput =
  /** The cluster is up and verified; `nowMs` becomes the start of the warm-up. */
  | { readonly kind: "started" }
  | { readonly kind: "tick" }
  /** The driver finished (or gave up on) an inject or heal command. */
  | { readonly kind: "settled"; readonly command: "inject" | "heal"; readonly entry: string }
  /** Quiet phase: convergence has held for two STATUS periods. */
  | { readonly kind: "converged" }
  /** The final reads are in (or were given up). */
  | { readonly kind: "verified" }
  /** Level 1: stop new faults, heal, analyse. Level 2: heal only. */
  | { readonly kind: "abort"; readonly level: 1 | 2 };

export type ExecutorCommand =
  | { readonly kind: "phase"; readonly phase: Phase }
  | { readonly kind: "load"; readonly on: boolean }
  | { readonly kind: "inject"; readonly entry: PlanEntry }
  | { readonly kind: "heal"; readonly entry: PlanEntry }
  /** Watch for convergence and report it. */
  | { readonly kind: "watch" }
  /** One client reads every key through the ordered path. */
  | { readonly kind: "verify" }
  | { readonly kind: "finish" };

export interface Executor {
  step(input: ExecutorInput, nowMs: number): readonly ExecutorCommand[];
  /** When to call `step({kind:"tick"})` next, same clock as `nowMs`; null = only after an input. */
  nextWakeMs(): number | null;
  readonly phase: Phase | "starting" | "finished";
}

export type CreateExecutor = (plan: Plan) => Executor;
