/** Sending again, bounded by what each peer may ask for (protocols §11.2, §12.4). */
import type { NodeId } from "../contract/core.ts";
import { PAGES_ANSWER_BYTES } from "../contract/limits.ts";
import type { ReplicaState } from "./replica-state.ts";

export function resend(state: ReplicaState, peer: NodeId, frame: Uint8Array): void {
  state.counters.retransmissions += 1;
  state.effects.send(peer, frame);
}

/** Of what may be long: a question is short, so its answer is charged by its length. */
export function takeAnswer(state: ReplicaState, peer: NodeId, bytes: number): boolean {
  return state.limits.answers.take(peer, state.now, 1 + Math.floor(bytes / PAGES_ANSWER_BYTES));
}
