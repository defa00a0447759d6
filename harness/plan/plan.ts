/**
 * A plan: scenario + seed with every default filled in and all randomness spent. Plain JSON,
 * written to disk before anything starts; replaying it needs no seed. All times are milliseconds;
 * `atMs` counts from the start of the faults phase.
 */

import type { OperatorDeed, Room } from "../../faults/fault.ts";
import type { AuditLevel } from "../../nodes/protocols/contract/audit.ts";
import type { Durability } from "../../nodes/protocols/contract/durability.ts";
import type {
  ClusterParameters,
  MessageSizes,
  Tolerance,
} from "../../nodes/protocols/contract/protocol.ts";
import type { OperationKind } from "../../nodes/protocols/contract/service.ts";
import type { OfferedLoad } from "../scenario/executor-words.ts";
import type { Script } from "../scenario/read-script.ts";
import type { Verdict } from "../scenario/verdict.ts";
import type { WhenSection } from "../scenario/when.ts";
import type { PlannedSimulation } from "./simulation.ts";

export const PHASES = ["warmup", "faults", "quiet"] as const;
export type Phase = (typeof PHASES)[number];

export interface Plan {
  readonly version: 1;
  readonly scenario: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly seed: number;
  readonly cluster: PlannedCluster;
  readonly workload: PlannedWorkload;
  readonly phases: Readonly<Record<`${Phase}Ms`, number>>;
  /** Only where the scenario says something about it. */
  readonly ending?: Ending;
  /** Only where the scenario says something about it; other drivers take no notice. */
  readonly simulation?: PlannedSimulation;
  /** Ordered by `atMs`. */
  readonly entries: readonly PlanEntry[];
  readonly expect: Expectation;
  /** L-2: the longest the cluster may take to serve again once liveness is owed, with its parts. */
  readonly recoveryBound: {
    readonly totalMs: number;
    readonly parts: Readonly<Record<string, number>>;
  };
  /** What does not replay exactly, in words (jitter, for one). */
  readonly caveats: readonly string[];
}

export interface PlannedCluster {
  readonly protocol: string;
  readonly service: {
    readonly name: string;
    readonly argumentBytes: number;
    readonly resultBytes: number;
  };
  readonly durability: Durability;
  readonly links: "proxied" | "direct";
  readonly audit: AuditLevel;
  readonly mutant: string | null;
  /** Left out by plans of earlier versions: `parameters.faultsMax`, whatever the fault. */
  readonly tolerates?: Tolerance;
  /** Sizes and costs of its messages; plans of before have none. */
  readonly messages?: PlannedMessages;
  /** Who stands where; plans of before have none, and Ted none to spill coffee in. */
  readonly rooms?: readonly Room[];
  /** `clusterId` and keys are made per run; everything else the replicas need. */
  readonly parameters: Omit<ClusterParameters, "clusterId">;
}

export interface PlannedWorkload extends OfferedLoad {
  readonly executor: string;
  readonly clients: number;
  readonly keys: number;
  /** Zipf exponent of the key choice; 0 = uniform. */
  readonly skew: number;
  /** Fractions that sum to 1. */
  readonly mix: Readonly<Partial<Record<OperationKind, number>>>;
  /** Seed of the workload's own generator, drawn in the plan. */
  readonly seed: number;
  /**
   * Whole, so that playing it again needs no file. Only where k6 makes the load: then the executor
   * is called `k6`, the rate is what the script was given as RATE, and mix and skew say nothing.
   */
  readonly script?: Script;
}

/** What the quiet phase is like. */
export interface Ending {
  /** The load goes on for so long; missing: as `quietLoadMs` says. */
  readonly loadMs?: number;
  /** Once converged, under load again for so long; missing: not at all. */
  readonly steadyMs?: number;
  /** Convergence and its view hold for so long; missing: two periods of STATUS. */
  readonly restMs?: number;
}

/** One window of one fault. Windows of one YAML fault share `name`. */
export interface PlanEntry {
  /** Unique in the plan: `name`, or `name#k` for the k-th window. */
  readonly id: string;
  readonly name: string;
  readonly fault: string;
  /** Of what waits for something the earliest moment at which it may begin. */
  readonly atMs: number;
  /**
   * Relative to `atMs`; the heal comes at `atMs + durationMs`, or so long after the installation of
   * what waited for something.
   */
  readonly durationMs: number;
  /** Not healed before the others have converged without it, in the quiet phase. */
  readonly outlasts?: true;
  /** What it waits for. If that has not come by the end of the faults phase it is skipped. */
  readonly when?: PlannedTrigger;
  /** What the fault's `plan` returned; its own `effects` reads it. */
  readonly resolved: unknown;
  /** Why it says nothing to this protocol; then nothing was resolved and nothing is injected. */
  readonly notApplicable?: string;
  /** It is somebody's doing: what he meant, and who may refuse it. */
  readonly operator?: PlannedDeed;
  /** When its heal was due; nobody was there to do it before `atMs + durationMs`. */
  readonly unrepaired?: { readonly dueMs: number };
}

export type PlannedTrigger = { readonly delayMs: number } & (
  | Extract<WhenSection, { readonly kind: "event" }>
  /** The installation, or the heal, of another entry; whose subject it shares. */
  | { readonly kind: "after" | "healed"; readonly entry: string }
);

export interface PlannedDeed extends OperatorDeed {
  /** The fault of the scenario that is the operator. */
  readonly shift: string;
}

export interface Expectation {
  readonly verdict: Verdict;
  /** The check that must be invalid, for canaries. */
  readonly check: string | null;
  readonly recoverWithinMs: number | null;
  readonly minOperations: number;
  /**
   * Fraction of the arrivals that may never be sent: beyond it the load was not delivered. Plans of
   * earlier versions left it out, and allowed all of them.
   */
  readonly shedMax?: number;
  readonly viewChanges: { readonly min: number; readonly max: number | null };
  /**
   * Fraction of the fault-free throughput that is to be left with backups crashed (L-8). Plans of
   * earlier versions left it out, and asked for none.
   */
  readonly degradedMin?: number;
}

/**
 * Bytes that a link must carry within the delay that still counts as timely: what all clients ask
 * at once, what the load brings in that time, or its share of a view change, whichever is most.
 */
export interface LinkLoad {
  readonly betweenReplicas: number;
  /** From the client host to a replica, and back. */
  readonly requests: number;
  readonly replies: number;
}

export interface PlannedMessages {
  /** The largest message of each type, bytes. */
  readonly sizes: MessageSizes;
  readonly load: LinkLoad;
  /**
   * CPU time that the load costs a replica at most within the delay that still counts as timely.
   * Plans of before left it out, and throttled nobody.
   */
  readonly workMs?: number;
  /** Signatures that the worst view change makes each replica verify. */
  readonly viewChangeVerifications: number;
}
