/** Requests as they arrive, at the primary and at a backup (PBFT §4.1; reference 1.5, 1.6). */
import { isReplica, type NodeId } from "../contract/core.ts";
import type { Envelope } from "../wire/envelope.ts";
import { decodeRequest, isOversized, type Request } from "../wire/request.ts";
import { sendReply } from "./execution.ts";
import type { ReplicaState } from "./replica-state.ts";

/** @param from the channel: the client's host, or a backup that forwards */
export function onRequest(state: ReplicaState, envelope: Envelope, from: NodeId): void {
  if (isOversized(envelope)) return state.reject("REQUEST", from, "too large");
  const request = decodeRequest(state.scheme, envelope);
  if (!request) return state.reject("REQUEST", from, "malformed");
  const { client, timestamp } = request;
  const last = state.clients.lastTimestamp(client);
  if (timestamp < last) return state.reject("REQUEST", from, "old timestamp");
  if (timestamp === last) return onExecuted(state, request, from);
  const waiting = state.requests.waiting(client);
  if (waiting && waiting.timestamp >= timestamp) return onWaiting(state, waiting, request, from);
  if (!state.scheme.verify(envelope)) return state.reject("REQUEST", from, "signature");
  state.requests.add(request);
  // Whoever brought it: this replica's timer runs for it now, so the primary has to know it, or a
  // bad client and a bad replica would depose a correct one (1.6).
  forward(state, request, from);
}

/** The reply may have been lost. Clients repeat seldom; who floods is refused before any crypto. */
function onExecuted(state: ReplicaState, request: Request, from: NodeId): void {
  const { client, envelope } = request;
  if (!state.allowances.takeRepeat({ author: client, from, now: state.now })) {
    return state.reject("REQUEST", from, "rate");
  }
  if (!state.scheme.verify(envelope)) return state.reject("REQUEST", from, "signature");
  const last = state.clients.lookup(client);
  if (last) sendReply(state, request, last.result);
}

/** One that waits already, or an older one of the same client: never worth a verification. */
function onWaiting(
  state: ReplicaState,
  waiting: Request,
  { client, timestamp, digest }: Request,
  from: NodeId,
): void {
  if (waiting.timestamp > timestamp) return state.reject("REQUEST", from, "a newer one waits");
  // Two operations under one timestamp: the first that came is the one that waits.
  if (waiting.digest !== digest) {
    return state.reject("REQUEST", from, "two operations for one timestamp");
  }
  // Forwarded again when its client repeats it: the first copy may have met a cut link. Not when a
  // replica does, else two backups would pass it back and forth.
  if (isReplica(from)) return;
  if (!state.allowances.takeRepeat({ author: client, from, now: state.now })) return;
  forward(state, waiting, from);
}

function forward(state: ReplicaState, request: Request, from: NodeId): void {
  const primary = state.primary();
  if (!state.active || state.isPrimary || primary === from) return;
  state.effects.send(primary, request.envelope.frame);
}
