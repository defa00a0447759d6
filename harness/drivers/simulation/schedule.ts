/** One random schedule: everything about a simulated run that the seed decides, as plain data. */
import type { AuditEvent } from "../../../nodes/protocols/contract/audit.ts";
import type { Durability } from "../../../nodes/protocols/contract/durability.ts";
import type { ClusterParameters } from "../../../nodes/protocols/contract/protocol.ts";
import type { PlannedWorkload } from "../../plan/plan.ts";
import type { DiskTiming, WireParameters } from "../../plan/simulation.ts";

export interface Schedule {
  readonly seed: number;
  readonly cluster: ClusterParameters;
  readonly durability: Durability;
  readonly disk: DiskTiming;
  readonly network: WireParameters;
  readonly workload: PlannedWorkload;
  /** Faults happen from 0 until here; then everything is healed. */
  readonly chaosMs: number;
  readonly faults: readonly ScheduledFault[];
  /** The one replica that lies from beginning to end, if any: then B = 1. */
  readonly byzantine: ScheduledBehaviour | null;
  /** A client whose requests do not convince everybody; nothing is owed to it. None if missing. */
  readonly spoiler?: SpoilingClient;
  /** The wire once everything is healed. */
  readonly calm: WireParameters;
  /** Up to f replicas that stay down after the heal: the others owe liveness without them. */
  readonly absent: readonly number[];
  /** Added to every value that is written; none if missing. */
  readonly paddingBytes?: number;
  /**
   * At the very end, everyone back and nobody lying: so long all clients ask at once, and the view
   * must stay. Not at all if missing.
   */
  readonly steadyMs?: number;
}

export interface ScheduledBehaviour {
  readonly replica: number;
  readonly behaviour: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Where codes stand behind requests: those for these replicas are wrong. */
export interface SpoilingClient {
  /** Of the workload, from 0. */
  readonly client: number;
  readonly replicas: readonly number[];
}

export interface ScheduledFault {
  readonly when: Moment;
  readonly durationMs: number;
  readonly what: Disturbance;
  /** What follows it, with the same subject. */
  readonly after?: readonly Stage[];
}

export interface Stage {
  /** Counted from the injection of the fault that it follows. */
  readonly afterMs: number;
  readonly durationMs: number;
  readonly what: Disturbance;
}

export type Moment =
  | { readonly atMs: number }
  /**
   * `delayMs` after a replica logs such an event, the `skip` first ones after `fromMs` left out.
   */
  | {
      readonly event: AuditEvent["e"];
      readonly fromMs: number;
      readonly skip: number;
      readonly delayMs: number;
      /** For `prepared`: only the first replica to log it for a number in a view counts. */
      readonly first?: true;
    };

/** Replica ids; `subject`: who logged the event that set it off; `primary`: of the highest view. */
export type Chosen = readonly number[] | "subject" | "primary" | "everyone";

export type Cut = "refuse" | "drop" | "hold";

export type Disturbance =
  | { readonly kind: "crash" | "power-cut" | "pause"; readonly who: Chosen }
  | { readonly kind: "isolate"; readonly who: Chosen; readonly cut: Cut; readonly clients: boolean }
  /** Replicas of different groups do not reach each other. */
  | { readonly kind: "split"; readonly groups: readonly (readonly number[])[]; readonly cut: Cut }
  | { readonly kind: "one-way"; readonly who: Chosen; readonly out: boolean; readonly cut: Cut }
  | {
      readonly kind: "slow";
      readonly who: Chosen;
      readonly latencyMs: number;
      readonly jitterMs: number;
    }
  | { readonly kind: "thin"; readonly who: Chosen; readonly kilobytesPerSecond: number }
  /** The whole network gets worse. */
  | {
      readonly kind: "storm";
      readonly loss: number;
      readonly duplication: number;
      readonly reordering: number;
    };
