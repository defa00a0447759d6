/**
 * What a fault is: a closed schema for its YAML keys, what it needs of a driver, and a pure
 * function from resolved targets to effects. Effects are desired state, not actions: the driver
 * computes the state of every link and process from all active effects and applies the difference,
 * so overlapping faults compose, healing one never undoes another, and removing the effects *is*
 * the heal.
 */
import type { z } from "zod";
import type { Protocol } from "../nodes/protocols/contract/protocol.ts";
import type { LinkCondition } from "./link-condition.ts";
import type { WireCondition } from "./wire-condition.ts";

/** What a fault may need and a driver may offer. */
export type Control =
  | "network"
  /** Single frames on their way: under a real link there is TCP. */
  | "wire"
  | "process"
  | "disk"
  /** What a replica takes for its state: from outside nobody reaches into it. */
  | "state"
  | "clock"
  | "cpu"
  | "config"
  | "behaviour";

/** The kind of fault that strikes a client host itself, and not its links. */
export const BAD_CLIENT = "bad-client";

/** `r0` .. `r{n-1}`, or a client host: `c0`. */
export type Endpoint = string;

export type ProcessCondition =
  /** kill -9 while active, started again when no effect keeps it down. */
  | { readonly kind: "down" }
  /**
   * Like `down`, and on the way up the log is cut back to its synced-up-to mark with a torn last
   * record.
   */
  | { readonly kind: "power-cut" }
  /** SIGSTOP while active. */
  | { readonly kind: "paused" };

export type CpuCondition =
  /** No more than this share of one CPU while active, counted over periods of `cpu-quota.ts`. */
  { readonly kind: "quota"; readonly share: number };

/** What is done to the backup of a disk; done once, as soon as it is asked for. */
export type BackupJob = "take" | "overwrite" | "verify";

/** One piece of desired state. `on` is the control that must offer it. */
export type FaultEffect =
  | {
      readonly on: "network";
      readonly from: Endpoint;
      readonly to: Endpoint;
      readonly condition: LinkCondition;
    }
  | {
      readonly on: "wire";
      readonly from: Endpoint;
      readonly to: Endpoint;
      readonly condition: WireCondition;
    }
  | { readonly on: "process"; readonly replica: Endpoint; readonly condition: ProcessCondition }
  | { readonly on: "cpu"; readonly replica: Endpoint; readonly condition: CpuCondition }
  | {
      /** No state but a job: what it leaves is on the tapes, so there is nothing to heal. */
      readonly on: "disk";
      readonly replica: Endpoint;
      readonly job: BackupJob;
    }
  | {
      /** A job as well: what it leaves is the replica's own to find and to mend. */
      readonly on: "state";
      readonly replica: Endpoint;
      /** Which value, of as many as there are. */
      readonly pick: number;
    }
  | {
      readonly on: "behaviour";
      readonly replica: Endpoint;
      readonly behaviour: string;
      readonly parameters: Readonly<Record<string, unknown>>;
    };

/** What strikes a directed link; everything else strikes the endpoint that it names. */
export type LinkEffect = Extract<FaultEffect, { readonly from: Endpoint }>;

export function strikesLink(effect: FaultEffect): effect is LinkEffect {
  return "from" in effect;
}

/**
 * Names left symbolic by the plan and resolved at injection: `primary`; `backup#k`, the k-th (from
 * 0) replica that is not the primary then; `next-primary`, who leads the newest view that anybody
 * has asked for; `subject`, whose event has set the fault off.
 */
export type SymbolicTarget = "primary" | "next-primary" | "subject" | `backup#${number}`;

/**
 * A replica name, a symbolic name, or a client host. `random-f` and lists are expanded in the plan.
 */
export type Target = Endpoint | SymbolicTarget;

/** Where replicas stand. What happens to its air conditioning happens to all of them. */
export interface Room {
  readonly name: string;
  /** The unit that cools it; several rooms may share one. */
  readonly ac: string;
  readonly replicas: readonly Endpoint[];
}

/** What a fault sees while the plan is made: the only place where randomness is spent. */
export interface PlanningContext {
  readonly replicas: readonly Endpoint[];
  readonly clients: readonly Endpoint[];
  readonly rooms: readonly Room[];
  readonly faultsMax: number;
  /** @returns an integer in [min, max] */
  drawInteger(min: number, max: number): number;
  /**
   * Expands `random-f`, `backup` (drawn rank), `everyone`, `clients`, lists and names; the result
   * is Targets.
   */
  expandTargets(target: string | readonly string[]): readonly Target[];
}

/** What a fault sees when a scenario is drawn at random (`bft-chaos draw`). */
export interface DrawingContext
  extends Pick<PlanningContext, "replicas" | "faultsMax" | "drawInteger"> {
  readonly protocol: string;
  /** Whom to strike: one replica, by name or by role, or `random-f`. */
  drawVictim(): string;
}

/** What a fault sees at injection: symbolic names have answers. */
export interface InjectionContext {
  readonly replicas: readonly Endpoint[];
  readonly clients: readonly Endpoint[];
  resolve(target: Target): Endpoint;
}

/**
 * Bad input that a schema cannot see (an unknown replica, groups that overlap): thrown by a fault's
 * `plan` or by the planning context, reported by the scenario's line.
 */
export class FaultInputError extends Error {
  override readonly name = "FaultInputError";
  /** Where in the fault's own keys, outermost first: `["groups", 1]`; empty = the whole fault. */
  readonly path: readonly (string | number)[];

  constructor(message: string, path: readonly (string | number)[] = []) {
    super(message);
    this.path = path;
  }
}

export interface FaultDefinition<Keys extends z.ZodObject = z.ZodObject, Resolved = unknown> {
  /** The value of `fault:` in YAML. */
  readonly kind: string;
  readonly summary: string;
  readonly needs: readonly Control[];
  /**
   * Keys beside name, fault, at, for; strict. Durations, sizes and rates are strings with units,
   * parsed by the schema.
   */
  readonly schema: Keys;
  /**
   * YAML keys of such a fault, one for each of its shapes. Four quiet replicas must show the first
   * one: the tests of the worlds play it.
   */
  readonly examples: readonly [z.input<Keys>, ...z.input<Keys>[]];
  /** Where `for` makes no sense (a job, a restart after the other): what to write instead of it. */
  readonly lasting: true | DoneInItself;
  /**
   * Why it says nothing to a cluster of this protocol, in words; null, or left out = it does. Then
   * it is neither planned nor injected, so that one scenario serves a protocol and its control.
   */
  inapplicable?(
    keys: z.output<Keys>,
    protocol: Pick<Protocol, "name" | "messageTypes">,
  ): string | null;
  /**
   * In the plan: spends the randomness and returns plain JSON. It may split the fault into several
   * windows (rolling restart), each `offsetMs` after `at`, but not before the last one is healed.
   */
  plan(
    keys: z.output<Keys>,
    context: PlanningContext,
    window: { readonly durationMs: number },
  ): readonly PlannedWindow<Resolved>[];
  /**
   * YAML keys of a random fault of this kind, such that it can be proven and a cluster can mostly
   * bear it; whoever asks rejects what is beyond the budget. Without it the kind is never drawn.
   */
  draw?(context: DrawingContext): z.input<Keys>;
  /** What `plan` returns, strict: somebody may have edited the plan before it is played. */
  readonly resolved: z.ZodType<Resolved>;
  /** At injection: the desired state while this window is active. */
  effects(resolved: Resolved, context: InjectionContext): readonly FaultEffect[];
}

export interface DoneInItself {
  /** When it is over, as the end of a sentence about it. */
  readonly over: string;
  /** It leaves what it did: there is nothing to heal. */
  readonly isJob?: true;
}

export interface PlannedWindow<Resolved> {
  readonly offsetMs: number;
  readonly durationMs: number;
  readonly resolved: Resolved;
  /**
   * Somebody's doing, as an entry of the kind that is done: then `resolved` is read by that kind,
   * and the entry is a fault of its own beside the others.
   */
  readonly deed?: { readonly fault: string } & OperatorDeed;
}

/** What an operator meant and what he did, for the plan's reader and for the guards. */
export interface OperatorDeed {
  /** For readers only: no guard is ever told. */
  readonly error: OperatorErrorName;
  /** False where he did the work as it should be done. */
  readonly wrong: boolean;
  readonly meant: string;
  readonly did: string;
  /** Null where nobody asked the control plane: an accident, or something left undone. */
  readonly command: OperatorCommand | null;
  /** It keeps its distance from the end of the deed before, however long that takes. */
  readonly waits?: true;
  /** He left so long before this window begins, and is back when it ends. */
  readonly awaySinceMs?: number;
}

export interface OperatorErrorName {
  /** In the catalogue (faults §8.2). */
  readonly id: string;
  readonly name: string;
}

export interface OperatorCommand {
  /** What the order in his hand says, as a fault would do it; null = nothing is to be struck. */
  readonly order: { readonly fault: string; readonly resolved: unknown } | null;
  /** Who looks at the command before it is carried out, by name. */
  readonly guards: readonly string[];
}

export function defineFault<Keys extends z.ZodObject, Resolved>(
  definition: FaultDefinition<Keys, Resolved>,
): FaultDefinition<Keys, Resolved> {
  return definition;
}

/** Was it there? From what the replicas saw, not from what the injector says (faults §4). */
export type AttestationOutcome =
  | "installed"
  /** Some of it, or on the injector's word alone. */
  | "partial"
  /** It was there and changed nothing. */
  | "ineffective"
  /**
   * Its trigger never fired or its target was not there, so it was not tried; or other faults did
   * as much at every place as long as it lasted.
   */
  | "skipped"
  /** A guard or a replica's own boot check refused it: proof, not doubt. */
  | "prevented"
  /** It says nothing to this protocol: known before the run, and no part of it. */
  | "not-applicable"
  /** Nobody can tell. */
  | "indeterminate";

/** Nothing of it ever happened, and that is known. */
export function isAbsent(outcome: AttestationOutcome): boolean {
  return outcome === "skipped" || outcome === "prevented" || outcome === "not-applicable";
}
