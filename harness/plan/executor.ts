/**
 * Plays a plan: a step machine without clock or await, the same for every driver. The driver feeds
 * it what happened and the time, carries out the commands, and calls again at `nextWakeMs`.
 */
import type { Endpoint } from "../../faults/fault.ts";
import type { Phase, Plan, PlanEntry } from "./plan.ts";

/** Something that happened in the world and that an entry may wait for. */
export interface WorldEvent {
  /** As `when: { event }` names it. */
  readonly name: string;
  /** Whose it is; null where it is nobody's. */
  readonly by: Endpoint | null;
  /** Of whose it is, in the view of the event; null where there is none, or nobody leads. */
  readonly role: "primary" | "backup" | null;
  /** The view and the number that it is about; null where it is not about both. */
  readonly slot: string | null;
  readonly view: number | null;
  /** In words, with whose it is. */
  readonly what: string;
  /** How long ago it happened. */
  readonly ageMs: number;
  /** When it happened, in the clock of the log. */
  readonly atNs: bigint;
}

/** What has set an entry off. */
export interface Cause {
  readonly what: string;
  /** Whom the target `subject` means. */
  readonly subject: Endpoint | null;
  /** The view that the event was about, as far as it was about one. */
  readonly view: number | null;
  /** When the event happened, in the clock of the log; null for another entry's begin or end. */
  readonly atNs: bigint | null;
  readonly delayMs: number;
  /** How long after the event it was heard of. */
  readonly heardMs: number;
}

export type ExecutorInput =
  /** The cluster is up and verified; `nowMs` becomes the start of the warm-up. */
  | { readonly kind: "started" }
  | { readonly kind: "tick" }
  /** The driver finished (or gave up on) an inject or heal command. */
  | {
      readonly kind: "settled";
      readonly command: "inject" | "heal";
      readonly entry: string;
      /** There was nothing to inject: nobody who waits for it goes on. */
      readonly absent?: boolean;
    }
  | { readonly kind: "event"; readonly event: WorldEvent }
  /** Quiet phase: convergence has held for two STATUS periods. */
  | { readonly kind: "converged" }
  /** The final reads are in (or were given up). */
  | { readonly kind: "verified" }
  /** Level 1: stop new faults, heal, analyse. Level 2: heal only. */
  | { readonly kind: "abort"; readonly level: 1 | 2 };

export type ExecutorCommand =
  | { readonly kind: "phase"; readonly phase: Phase }
  | { readonly kind: "load"; readonly on: boolean }
  | { readonly kind: "inject"; readonly entry: PlanEntry; readonly cause: Cause | null }
  /** What it waits for has not come in time. */
  | { readonly kind: "skip"; readonly entry: PlanEntry; readonly why: string }
  | { readonly kind: "heal"; readonly entry: PlanEntry }
  /** Watch for convergence and report it; the last one, and without some, at rest (`Ending`). */
  | { readonly kind: "watch"; readonly isLast: boolean }
  /** One client reads every key through the ordered path. */
  | { readonly kind: "verify" }
  | { readonly kind: "finish" };

export interface Executor {
  step(input: ExecutorInput, nowMs: number): readonly ExecutorCommand[];
  /** When to call `step({kind:"tick"})` next, same clock as `nowMs`; null = only after an input. */
  nextWakeMs(): number | null;
  /** Whether such an event would make a difference now. */
  awaits(event: string): boolean;
  readonly phase: Phase | "starting" | "finished";
}

export type CreateExecutor = (plan: Plan) => Executor;
