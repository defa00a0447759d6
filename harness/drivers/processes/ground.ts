import type { Endpoint } from "../../../faults/fault.ts";
import type { LinkState, ProcessState } from "../../../faults/link-state.ts";
import { sleep } from "../clock.ts";
import type { Lie } from "../lies.ts";
import type { RunningReplica } from "./running-cluster.ts";
import type { Sightings } from "./sightings.ts";

/** What attestation stands on: what the endpoints saw, and what the harness has made of them. */
export interface Ground {
  readonly sightings: Sightings;
  /** How often replicas beat on every link and are polled. */
  readonly periodMs: number;
  /**
   * How long to wait for a sign: back-off of 250 ms, a handshake and a few periods, many times
   * over, because the machine may be busy.
   */
  readonly patienceMs: number;
  processState(endpoint: Endpoint): "running" | "paused" | "down";
  /** Its running, stopped or last process. */
  replica(name: Endpoint): Pick<RunningReplica, "title" | "look" | "usage"> | undefined;
  /** The state that all active faults together ask for now. */
  linkState(from: Endpoint, to: Endpoint): LinkState;
  /** The same without one of them: what is no different from this, that one has not done. */
  linkStateWithout(entry: string, from: Endpoint, to: Endpoint): LinkState;
  processStateWithout(entry: string, replica: Endpoint): ProcessState;
  /** What those ask for that began before it: one of two that are alike is not pointless. */
  linkStateBefore(entry: string, from: Endpoint, to: Endpoint): LinkState;
  processStateBefore(entry: string, replica: Endpoint): ProcessState;
  /** What the others leave it of one CPU. */
  shareWithout(entry: string, replica: Endpoint): number;
  shareBefore(entry: string, replica: Endpoint): number;
  /** Whether another active fault has the replica lie in the same way. */
  isLieShared(entry: string, lie: Lie): boolean;
  /** When the last change of a link or of its ends was done; the end of time during one. */
  settledNs(from: Endpoint, to: Endpoint): bigint;
  /** No change of this process is under way. */
  isSettled(replica: Endpoint): boolean;
}

export interface Observation<Answer> {
  readonly endpoints: readonly Endpoint[];
  readonly deadlineMs: number;
  /** Ends the observation early: the fault is being healed. */
  readonly signal: AbortSignal;
  /** Asked at every new sighting of the endpoints. */
  readonly decide: () => Answer | null;
}

/** The first answer of `decide`, or null when the time is over. */
export async function observe<Answer>(
  sightings: Sightings,
  { endpoints, deadlineMs, signal, decide }: Observation<Answer>,
): Promise<Answer | null> {
  let answer = decide();
  if (answer) return answer;
  const over = new AbortController();
  const leave = sightings.onSighting(({ endpoint }) => {
    if (answer || !endpoints.includes(endpoint)) return;
    answer = decide();
    if (answer) over.abort();
  });
  await sleep(deadlineMs, AbortSignal.any([signal, over.signal]));
  leave();
  return answer;
}
