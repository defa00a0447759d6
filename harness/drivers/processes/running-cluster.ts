/** What faults, proofs and the judge of a baseline see of the processes of a run. */
import type { Endpoint } from "../../../faults/fault.ts";
import type { LinkInjector } from "../../../faults/injectors/links.ts";
import type { BehaviourState, ProcessState } from "../../../faults/link-state.ts";
import type { CpuUsage } from "../throttles.ts";
import type { Figures, ToClientHost } from "./client-messages.ts";
import type { ProcessLook } from "./platform.ts";
import type { Sightings, StatusAnswer } from "./sightings.ts";

export interface RunningCluster {
  readonly sightings: Sightings;
  readonly replicas: ReadonlyMap<Endpoint, RunningReplica>;
  readonly clientHost: RunningClientHost;
  /** Null with `links: direct`. */
  readonly links: LinkInjector | null;
  /** One question now, outside the rhythm: with the state digest, which is costly. */
  digest(replica: Endpoint): Promise<StatusAnswer | null>;
}

export interface RunningReplica {
  readonly state: "running" | "paused" | "down";
  /** As evidence names its running, stopped or last process. */
  readonly title: string;
  /** How often it was killed, stopped or found dead. */
  readonly disturbances: number;
  look(): Promise<ProcessLook>;
  /** No more than this share of one CPU, whatever process it is; 1 = as much as there is. */
  limit(share: number): Promise<void>;
  /** Null where it is down, or nobody can say. */
  usage(): Promise<CpuUsage | null>;
  /** @returns what was done beside the change itself, in words */
  reach(state: ProcessState): Promise<readonly string[]>;
  /** Resolves once the process says that it holds, or at once where it cannot say anything. */
  behave(behaviours: readonly BehaviourState[]): Promise<void>;
}

export interface RunningClientHost {
  readonly figures: Figures | null;
  tell(message: ToClientHost): void;
  /** @returns whether one operation was answered */
  probe(deadlineMs: number): Promise<boolean>;
  /**
   * @param forMs how long an unanswered read is tried again
   * @returns whether every key was read
   */
  verify(forMs: number, deadlineMs: number): Promise<boolean>;
  /** @returns the closing figures; the history is complete then */
  end(): Promise<Figures>;
}
