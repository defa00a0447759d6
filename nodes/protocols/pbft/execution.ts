/** Executing decided batches in order (PBFT §4.2; protocols §6.5). */
import { assert } from "../assert.ts";
import { type Batch, encodeReply, type Request } from "../wire/request.ts";
import { takeCheckpoint } from "./checkpoint.ts";
import type { Slot } from "./log.ts";
import { encodeCheckpoint, FETCH_BODY } from "./messages.ts";
import type { ReplicaState } from "./replica-state.ts";

/** After so many executions without a time-out the time-outs shrink one step (protocols §10.1). */
const EXECUTIONS_TO_SHRINK = 100;

/**
 * Executes every number that is decided, whose body is held, and whose predecessors are executed.
 */
export function executeReady(state: ReplicaState): void {
  while (!state.corrupt) {
    const slot = state.log.get(state.lastExec + 1);
    if (!slot?.decided) return;
    const batch = slot.bodies.get(slot.decided.digest);
    if (!batch) return requestBody(state, slot, slot.decided.digest);
    executeBatch(state, slot, batch);
  }
}

/**
 * Whoever vouched for the digest has the body: at least one good replica did. Asked once a status
 * period: two replicas that both lack it would otherwise drive each other with their questions.
 */
export function requestBody(state: ReplicaState, slot: Slot, digest: string): void {
  if (state.replaying || state.now < slot.bodyAskedAt + state.cluster.timers.statusMs) return;
  slot.bodyAskedAt = state.now;
  const payload = encodeCheckpoint({ sequence: slot.sequence, digest });
  state.effects.broadcast(state.scheme.seal({ type: FETCH_BODY, payload }, "all"));
}

function executeBatch(state: ReplicaState, slot: Slot, batch: Batch): void {
  const { decided } = slot;
  assert(decided !== null, "what is executed is decided");
  assert(slot.sequence === state.lastExec + 1, "numbers are executed in order");
  if (!state.replaying && slot.prepared?.digest !== decided.digest) {
    // Learned, not prepared here: the decision must be durable before any reply for it
    // (protocols §13.1).
    state.persist(state.variant.evidence.learned(slot, batch));
    slot.unwritten.delete(decided.digest);
  }
  const ops: [number, number, string, string][] = [];
  for (const request of batch.requests) executeRequest(state, request, ops);
  state.lastExec = slot.sequence;
  assert(slot.bodies.has(decided.digest), "what is executed is what was decided");
  state.counters.batches += 1;
  state.audit({ e: "executed", n: slot.sequence, d: batch.digest, ops });
  if (slot.sequence % state.cluster.checkpointInterval === 0) takeCheckpoint(state);
}

function executeRequest(
  state: ReplicaState,
  request: Request,
  ops: [number, number, string, string][],
): void {
  const { client, timestamp, operation } = request;
  const last = state.clients.lookup(client);
  // The dedup decision is part of the state machine: the table is inside the checkpoint
  // (protocols §6.5).
  if (last && timestamp <= last.timestamp) {
    if (timestamp === last.timestamp) repeatReply(state, request, last.result);
    return;
  }
  const result = state.service.execute(operation);
  state.clients.record(client, { timestamp, result });
  state.requests.served(client, timestamp);
  state.variant.requests.served?.(client);
  ops.push([client, timestamp, state.digest(result), state.digest(operation)]);
  state.counters.requests += 1;
  countProgress(state);
  sendReply(state, request, result);
}

function countProgress(state: ReplicaState): void {
  if (state.replaying) return;
  state.executedInView = true;
  state.executionsSinceTimeout += 1;
  if (state.executionsSinceTimeout < EXECUTIONS_TO_SHRINK || state.backoff === 0) return;
  state.executionsSinceTimeout = 0;
  state.backoff -= 1;
}

/** Ordered once more after it was executed: the primary had a reason once, and no more often. */
function repeatReply(state: ReplicaState, request: Request, result: Uint8Array): void {
  const { client } = request;
  if (state.replaying) return;
  const arrival = { author: client, from: state.primary(), now: state.now };
  if (!state.allowances.takeRepeat(arrival)) return;
  sendReply(state, request, result);
}

export function sendReply(
  state: ReplicaState,
  { client, timestamp }: { client: number; timestamp: number },
  result: Uint8Array,
): void {
  // Of a state that is wrong the client table is wrong, too (protocols §7.5).
  if (state.replaying || state.corrupt) return;
  const reply = { view: state.view, timestamp, client, result };
  state.effects.send(client, encodeReply(state.replies, reply));
}
