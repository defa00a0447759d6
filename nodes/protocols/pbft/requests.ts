/** Requests as they arrive, at the primary and at a backup (PBFT §4.1; reference 1.5, 1.6). */
import { isReplica } from "../core.ts";
import type { Envelope } from "../envelope.ts";
import { decodeRequest, isOversized } from "../request.ts";
import { sendReply } from "./execution.ts";
import type { ReplicaState } from "./replica-state.ts";

/** @param from the channel: the client's host, or a backup that forwards */
export function onRequest(state: ReplicaState, envelope: Envelope, from: number): void {
  if (isOversized(envelope)) return state.reject("REQUEST", from, "too large");
  const request = decodeRequest(state.envelopes, envelope);
  if (!request) return state.reject("REQUEST", from, "malformed");
  const { client, timestamp } = request;
  const last = state.clients.lookup(client);
  if (last && timestamp < last.timestamp) return state.reject("REQUEST", client, "old timestamp");
  const waiting = state.requests.waiting(client);
  if (waiting && waiting.timestamp > timestamp) {
    return state.reject("REQUEST", client, "a newer one waits");
  }
  const known = waiting?.digest === request.digest;
  if (!known && !state.envelopes.verify(envelope)) {
    return state.reject("REQUEST", client, "signature");
  }
  if (last?.timestamp === timestamp) return sendReply(state, request, last.result);
  // Two operations under one timestamp: the first that came is the one that waits.
  if (waiting?.timestamp === timestamp && !known) {
    return state.reject("REQUEST", client, "two operations for one timestamp");
  }
  if (!known) state.requests.add(request);
  // Forwarded again at every retransmission: the first copy may have met a cut link. Only what
  // came from the client itself, else two backups would pass it back and forth.
  if (!isReplica(from) && state.active && !state.isPrimary) {
    state.effects.send(state.primary(), envelope.frame);
  }
}
