/** Requests as they arrive, at the primary and at a backup (PBFT §4.1; protocols §5.1, §6.1). */
import { isReplica, type NodeId } from "../contract/core.ts";
import { decodeRequest, isOversized, type Request } from "../wire/request.ts";
import { sendReply } from "./execution.ts";
import type { ReplicaState } from "./replica-state.ts";
import type { Answer, Route } from "./route.ts";

/** Over the channel of the client's host, or of a backup that forwards. */
export function requestRoute(state: ReplicaState): Route<Request> {
  const rules = state.variant.requests;
  return {
    name: "REQUEST",
    firstHand: false,
    fromClients: true,
    ...(rules.doubted && { doubted: rules.doubted.bind(rules) }),
    decode: (envelope) =>
      isOversized(envelope) ? "too large" : (decodeRequest(state.scheme, envelope) ?? "malformed"),
    check(request, arrival) {
      const answer = whatIsNew(state, request, arrival.from);
      return answer === "yes" ? (rules.mayBeRead?.(request, arrival) ?? "yes") : answer;
    },
    take(request, arrival) {
      const last = state.clients.lookup(request.client);
      if (last?.timestamp === request.timestamp) {
        sendReply(state, request, last.result);
        return "yes";
      }
      rules.arrived(request, arrival);
      // Whoever brought it: this replica's timer runs for it now, so the primary has to know it, or
      // a bad client and a bad replica would depose a correct one (protocols §16.18).
      if (!rules.isToldToAll) forward(state, request, arrival.from);
      return { settles: ({ digest }) => digest === request.digest };
    },
  };
}

function whatIsNew(state: ReplicaState, request: Request, from: NodeId): Answer {
  const { client, timestamp } = request;
  const last = state.clients.lastTimestamp(client);
  if (timestamp < last) return { refused: "old timestamp" };
  if (timestamp === last) {
    // The reply may have been lost. Clients repeat seldom; who floods is refused before any
    // crypto.
    const arrival = { author: client, from, now: state.now };
    return state.allowances.takeRepeat(arrival) ? "yes" : { refused: "rate" };
  }
  const waiting = state.requests.waiting(client);
  if (waiting && waiting.timestamp >= timestamp) return onWaiting(state, waiting, request, from);
  return "yes";
}

/** One that waits already, or an older one of the same client: never worth a verification. */
function onWaiting(state: ReplicaState, waiting: Request, request: Request, from: NodeId): Answer {
  const { client, timestamp, digest } = request;
  const rules = state.variant.requests;
  if (waiting.timestamp > timestamp) {
    return rules.supersedes?.(request) ? "yes" : { refused: "a newer one waits" };
  }
  // Two operations under one timestamp: the first that came is the one that waits.
  if (waiting.digest !== digest) {
    return rules.supersedes?.(request) ? "yes" : { refused: "two operations for one timestamp" };
  }
  // Forwarded again when its client repeats it: the first copy may have met a cut link. Not when a
  // replica does, else two backups would pass it back and forth.
  if (isReplica(from)) return "no";
  if (!state.allowances.takeRepeat({ author: client, from, now: state.now })) return "no";
  rules.repeated?.(waiting);
  forward(state, waiting, from);
  return "no";
}

function forward(state: ReplicaState, request: Request, from: NodeId): void {
  const primary = state.primary();
  if (!state.active || state.isPrimary || primary === from) return;
  state.effects.send(primary, request.envelope.frame);
}
