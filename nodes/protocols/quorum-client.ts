/**
 * The client (protocols §4), as a core: one outstanding request, f+1 matching replies from
 * distinct replicas, retransmission to all with back-off, and a view hint that moves only on
 * evidence from f+1 replicas. An operation over the limit is refused before it is sent.
 */

import { assert } from "./assert.ts";
import type { AuthenticationScheme, Content } from "./authentication/scheme.ts";
import { TIMEOUT_MS_MAX } from "./back-off.ts";
import type { Digester } from "./contract/authenticator.ts";
import type { ClientCore, ClientEffects, NodeId, TimerId } from "./contract/core.ts";
import { OPERATION_BYTES_MAX, REPLY_BYTES_MAX } from "./contract/limits.ts";
import type { ClientOptions } from "./contract/protocol.ts";
import { primaryOf, weakQuorumSize } from "./quorum.ts";
import { sameBytes } from "./wire/codec.ts";
import { decodeReply, type Reply, requestContent } from "./wire/request.ts";

const RETRY = "retry";
const GIVE_UP = "give-up";
const REFUSE = "refuse";

interface Outstanding {
  readonly timestamp: number;
  /** Sealed anew for each replica, whenever it is sent. */
  readonly content: Content;
  /** The first authentic reply of each replica. */
  readonly replies: Map<NodeId, Reply>;
  retryMs: number;
}

/** Whom a client tells first: all, where what one replica passes on convinces no other. */
export type Audience = "primary" | "all";

export class QuorumClient implements ClientCore {
  readonly id: NodeId;
  readonly #options: ClientOptions<Digester>;
  readonly #scheme: AuthenticationScheme;
  readonly #audience: Audience;
  readonly #replies: AuthenticationScheme;
  readonly #repliesNeeded: number;
  /** The newest view that each replica has signed a reply in, to whatever operation. */
  readonly #views: number[];
  #lastTimestamp = 0;
  #outstanding: Outstanding | null = null;
  /** The operation that is refused as soon as `invoke` has returned. */
  #refused: { readonly timestamp: number; readonly because: string } | null = null;

  /** @param replies where something else stands behind them than behind requests */
  constructor(
    options: ClientOptions<Digester>,
    scheme: AuthenticationScheme,
    audience: Audience = "primary",
    replies: AuthenticationScheme = scheme,
  ) {
    this.id = options.id;
    this.#options = options;
    this.#scheme = scheme;
    this.#audience = audience;
    this.#replies = replies;
    this.#repliesNeeded = weakQuorumSize(options.cluster);
    this.#views = Array.from({ length: options.cluster.replicas }, () => 0);
  }

  invoke(operation: Uint8Array, now: number, effects: ClientEffects): number {
    assert(
      this.#outstanding === null && this.#refused === null,
      "a client has at most one operation outstanding",
    );
    // Derived from the host's monotonic clock so that a restarted client never reuses one
    // (protocols §4.1).
    const timestamp = Math.max(this.#lastTimestamp + 1, Math.floor(now * 1000));
    this.#lastTimestamp = timestamp;
    const because = refusalOf(operation);
    if (because !== null) {
      this.#refused = { timestamp, because };
      effects.setTimer(REFUSE, 0);
      return timestamp;
    }
    const { timers, operationTimeoutMs } = this.#options.cluster;
    const content = requestContent({ timestamp, operation });
    this.#outstanding = { timestamp, content, replies: new Map(), retryMs: timers.clientMs };
    if (this.#audience === "all") this.#tellAll(content, effects);
    else {
      const primary = primaryOf(this.#viewHint(), this.#options.cluster);
      effects.send(primary, this.#scheme.seal(content, primary));
    }
    effects.setTimer(RETRY, timers.clientMs);
    effects.setTimer(GIVE_UP, operationTimeoutMs);
    return timestamp;
  }

  frame(from: NodeId, bytes: Uint8Array, _now: number, effects: ClientEffects): void {
    // What is longer no good replica sends, and it would be kept as long as nobody else answers.
    if (bytes.length > REPLY_BYTES_MAX) return;
    const envelope = this.#replies.open(bytes);
    const reply = envelope && decodeReply(envelope);
    if (!envelope || reply?.client !== this.id) return;
    if (reply.replica >= this.#options.cluster.replicas) return;
    if (reply.replica !== from && !this.#replies.isPortable(envelope)) return;
    const answered = this.#answeredBy(reply);
    // Of a late reply only the view is news; most bring none and cost no verification.
    const isNewView = reply.view > (this.#views[reply.replica] ?? 0);
    if (answered === null && !isNewView) return;
    if (!this.#replies.verify(envelope)) return;
    if (isNewView) this.#views[reply.replica] = reply.view;
    if (answered !== null) this.#count(answered, reply, effects);
  }

  /** The outstanding operation, if this reply may say something new about it. */
  #answeredBy({ replica, timestamp, view }: Reply): Outstanding | null {
    const outstanding = this.#outstanding;
    if (outstanding === null || timestamp !== outstanding.timestamp) return null;
    const earlier = outstanding.replies.get(replica);
    return earlier && earlier.view >= view ? null : outstanding;
  }

  /** The newest view of a replica counts, its first result stays: a replica cannot vote twice. */
  #count(outstanding: Outstanding, reply: Reply, effects: ClientEffects): void {
    const earlier = outstanding.replies.get(reply.replica);
    const counted = earlier ? { ...earlier, view: reply.view } : reply;
    outstanding.replies.set(reply.replica, counted);
    this.#tryComplete(outstanding, counted, effects);
  }

  /**
   * At least one of any f+1 replicas is good, so its view was reached: the (f+1)-th largest of what
   * each replica last said (protocols §4.4). Not of the replies to one operation alone: a deposed
   * primary that always answers among the first would hold the hint at its own view.
   */
  #viewHint(): number {
    return largest(this.#views, this.#repliesNeeded);
  }

  timer(id: TimerId, _now: number, effects: ClientEffects): void {
    if (id === REFUSE) return this.#refuse(effects);
    const outstanding = this.#outstanding;
    if (!outstanding) return;
    if (id === GIVE_UP) {
      effects.cancelTimer(RETRY);
      this.#outstanding = null;
      // It may still execute: unknown, never failed (protocols §4.5).
      effects.completed({ outcome: "unknown", timestamp: outstanding.timestamp });
      return;
    }
    const { timers } = this.#options.cluster;
    this.#tellAll(outstanding.content, effects);
    outstanding.retryMs = Math.min(outstanding.retryMs * 2, timers.clientCapMs, TIMEOUT_MS_MAX);
    effects.setTimer(RETRY, outstanding.retryMs);
  }

  #tellAll(content: Content, effects: ClientEffects): void {
    for (let replica = 0; replica < this.#options.cluster.replicas; replica++) {
      effects.send(replica, this.#scheme.seal(content, replica));
    }
  }

  #refuse(effects: ClientEffects): void {
    const refused = this.#refused;
    if (refused === null) return;
    this.#refused = null;
    effects.completed({ outcome: "refused", ...refused });
  }

  #tryComplete(outstanding: Outstanding, { result }: Reply, effects: ClientEffects): void {
    const { replies } = outstanding;
    const needed = this.#repliesNeeded;
    if (replies.size < needed) return;
    const matching = [...replies.values()].filter((reply) => sameBytes(reply.result, result));
    if (matching.length < needed) return;
    const view = largest(
      matching.map((reply) => reply.view),
      needed,
    );
    this.#outstanding = null;
    effects.cancelTimer(RETRY);
    effects.cancelTimer(GIVE_UP);
    effects.completed({
      outcome: "ok",
      timestamp: outstanding.timestamp,
      result: result.slice(),
      view,
      repliers: matching.map((reply) => reply.replica),
    });
  }
}

/** @returns null for an operation that may be sent, else why every replica would refuse it */
function refusalOf(operation: Uint8Array): string | null {
  if (operation.length <= OPERATION_BYTES_MAX) return null;
  return `an operation of ${operation.length} bytes; allowed: ${OPERATION_BYTES_MAX} at most`;
}

/** The `rank`-th largest, from 1. */
function largest(views: readonly number[], rank: number): number {
  return views.toSorted((a, b) => b - a)[rank - 1] ?? 0;
}
