/**
 * The client of reference 1.4, as a core: one outstanding request, f+1 matching replies from
 * distinct replicas, retransmission to all with back-off, and a view hint that moves only on
 * evidence from f+1 replicas.
 */

import { assert } from "./assert.ts";
import type { ClientCore, ClientEffects, NodeId, TimerId } from "./core.ts";
import { Envelopes } from "./envelope.ts";
import type { ClientOptions } from "./protocol.ts";
import { primaryOf, weakQuorumSize } from "./quorum.ts";
import { decodeReply, encodeRequest, type Reply } from "./request.ts";

const RETRY = "retry";
const GIVE_UP = "give-up";

interface Outstanding {
  readonly timestamp: number;
  readonly frame: Uint8Array;
  /** The first authentic reply of each replica. */
  readonly replies: Map<NodeId, Reply & { readonly digest: string }>;
  retryMs: number;
}

export class QuorumClient implements ClientCore {
  readonly id: NodeId;
  readonly #options: ClientOptions;
  readonly #envelopes: Envelopes;
  readonly #repliesNeeded: number;
  #viewHint = 0;
  #lastTimestamp = 0;
  #outstanding: Outstanding | null = null;

  constructor(options: ClientOptions) {
    this.id = options.id;
    this.#options = options;
    this.#envelopes = new Envelopes(options.cluster, options.authenticator);
    this.#repliesNeeded = weakQuorumSize(options.cluster);
  }

  invoke(operation: Uint8Array, now: number, effects: ClientEffects): number {
    assert(this.#outstanding === null, "a client has at most one operation outstanding");
    // Derived from the host's monotonic clock so that a restarted client never reuses one (1.4-1).
    const timestamp = Math.max(this.#lastTimestamp + 1, Math.floor(now * 1000));
    this.#lastTimestamp = timestamp;
    const { timers, operationTimeoutMs } = this.#options.cluster;
    const frame = encodeRequest(this.#envelopes, { timestamp, operation });
    this.#outstanding = { timestamp, frame, replies: new Map(), retryMs: timers.clientMs };
    effects.send(primaryOf(this.#viewHint, this.#options.cluster), frame);
    effects.setTimer(RETRY, timers.clientMs);
    effects.setTimer(GIVE_UP, operationTimeoutMs);
    return timestamp;
  }

  frame(_from: NodeId, bytes: Uint8Array, _now: number, effects: ClientEffects): void {
    const outstanding = this.#outstanding;
    if (!outstanding) return;
    const envelope = this.#envelopes.open(bytes);
    const reply = envelope && decodeReply(envelope);
    if (!envelope || !reply) return;
    if (reply.client !== this.id || reply.timestamp !== outstanding.timestamp) return;
    if (reply.replica >= this.#options.cluster.replicas) return;
    // The newest view of a replica counts, its first result stays: a replica cannot vote twice.
    const earlier = outstanding.replies.get(reply.replica);
    if (earlier && earlier.view >= reply.view) return;
    if (!this.#envelopes.verify(envelope)) return;
    const digest = earlier?.digest ?? this.#options.authenticator.digest(reply.result);
    outstanding.replies.set(reply.replica, { ...(earlier ?? reply), view: reply.view, digest });
    this.#tryComplete(outstanding, digest, effects);
  }

  timer(id: TimerId, _now: number, effects: ClientEffects): void {
    const outstanding = this.#outstanding;
    if (!outstanding) return;
    if (id === GIVE_UP) {
      effects.cancelTimer(RETRY);
      this.#outstanding = null;
      // It may still execute: unknown, never failed (1.4-6).
      effects.completed({ outcome: "unknown", timestamp: outstanding.timestamp });
      return;
    }
    const { replicas, timers } = this.#options.cluster;
    for (let replica = 0; replica < replicas; replica++) {
      effects.send(replica, outstanding.frame);
    }
    outstanding.retryMs = Math.min(outstanding.retryMs * 2, timers.clientCapMs);
    effects.setTimer(RETRY, outstanding.retryMs);
  }

  #tryComplete(outstanding: Outstanding, digest: string, effects: ClientEffects): void {
    const matching = [...outstanding.replies.values()].filter((reply) => reply.digest === digest);
    if (matching.length < this.#repliesNeeded) return;
    const views = matching.map((reply) => reply.view).sort((a, b) => b - a);
    // At least one of f+1 is good, so its view was reached: the (f+1)-th largest is (1.4-5).
    const view = views[this.#repliesNeeded - 1] as number;
    this.#viewHint = Math.max(this.#viewHint, view);
    this.#outstanding = null;
    effects.cancelTimer(RETRY);
    effects.cancelTimer(GIVE_UP);
    effects.completed({
      outcome: "ok",
      timestamp: outstanding.timestamp,
      result: (matching[0] as Reply).result.slice(),
      view,
      repliers: matching.map((reply) => reply.replica),
    });
  }
}
