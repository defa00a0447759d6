/**
 * One PBFT replica. This file routes each input to the paper section that handles it; after every
 * input the replica executes what became decided, builds a NEW-VIEW if it can, proposes, and sets
 * its timers.
 */

import type { CoreStatus, Effects, Input, NodeId, ReplicaCore } from "../contract/core.ts";
import { isReplica } from "../contract/core.ts";
import type { ReplicaOptions } from "../contract/protocol.ts";
import type { Envelope } from "../wire/envelope.ts";
import { REQUEST } from "../wire/request.ts";
import { onCheckpoint } from "./checkpoint.ts";
import { onNewView, tryNewView } from "./entering-a-view.ts";
import { executeReady } from "./execution.ts";
import {
  onRequestTimeout,
  onViewChange,
  onViewChangeTimeout,
  updateTimers,
} from "./leaving-a-view.ts";
import {
  BODY,
  CHECKPOINT,
  COMMIT,
  decodeVote,
  FETCH_BODY,
  FETCH_STATE,
  NEW_VIEW,
  PRE_PREPARE,
  PREPARE,
  STATE_PAGES,
  STATUS,
  VIEW_CHANGE,
} from "./messages.ts";
import { onBody, onCommit, onPrePrepare, onPrepare, propose } from "./ordering.ts";
import { recover } from "./recovery.ts";
import { ReplicaState, TIMERS } from "./replica-state.ts";
import { onRequest } from "./requests.ts";
import { onFetchState } from "./state-serving.ts";
import { continueTransfer, onStatePages, retargetTransfer } from "./state-transfer.ts";
import { onFetchBody, onStatus, onStatusTimer } from "./status.ts";

/** @param from the channel's proven peer: not the author, for what may come second hand */
type Handler = (state: ReplicaState, envelope: Envelope, from: NodeId) => void;

/** Messages between replicas; the signature names the author, whoever passed them on. */
const HANDLERS: ReadonlyMap<number, Handler> = new Map<number, Handler>([
  [PRE_PREPARE, onPrePrepare],
  [PREPARE, onPrepare],
  [COMMIT, onCommit],
  [CHECKPOINT, onCheckpoint],
  [VIEW_CHANGE, onViewChange],
  [NEW_VIEW, onNewView],
  [STATUS, onStatus],
  [FETCH_STATE, onFetchState],
  [STATE_PAGES, onStatePages],
  [FETCH_BODY, onFetchBody],
  [BODY, onBody],
]);

/** Answers go to the author, so a replay by somebody else must not trigger them. */
const FIRST_HAND: ReadonlySet<number> = new Set([
  STATUS,
  FETCH_STATE,
  STATE_PAGES,
  FETCH_BODY,
  BODY,
]);

const ORDERING: ReadonlySet<number> = new Set([PRE_PREPARE, PREPARE]);

export class PbftReplica implements ReplicaCore {
  readonly #state: ReplicaState;

  constructor(options: ReplicaOptions) {
    this.#state = new ReplicaState(options);
  }

  step(input: Input, now: number, effects: Effects): void {
    const state = this.#state;
    state.begin(now, effects);
    const viewBefore = state.active ? state.view : -1;
    if (input.kind === "frame") this.#onFrame(input.from, input.bytes);
    else if (input.kind === "timer") this.#onTimer(input.id);
    else recover(state, input.records);
    this.#settle();
    if (state.active && state.view !== viewBefore) this.#replayEarly();
  }

  status(): CoreStatus {
    const { view, active, lastExec, low, rejections, counters, meter } = this.#state;
    const { verifications } = meter;
    return {
      view,
      active,
      lastExec,
      stable: low,
      rejected: rejections.byReason,
      counters: { ...counters, verifications },
    };
  }

  stateDigest(): string {
    return this.#state.content.digest();
  }

  #settle(): void {
    const state = this.#state;
    retargetTransfer(state);
    executeReady(state);
    tryNewView(state);
    propose(state);
    updateTimers(state);
  }

  /** What a rejected frame cost is charged to whoever sent it; who owes too much is not read. */
  #onFrame(from: NodeId, bytes: Uint8Array): void {
    const state = this.#state;
    const { meter, rejections, allowances, now } = state;
    const envelope = state.scheme.open(bytes);
    if (!envelope) return state.reject("frame", from, "malformed");
    const arrival = { author: envelope.sender, from, now };
    if (allowances.owesTooMuch(arrival)) return state.reject("frame", from, "rate");
    const before = { verifications: meter.verifications, rejections: rejections.total };
    this.#route(from, envelope, bytes);
    if (rejections.total === before.rejections) return;
    allowances.chargeRejected(arrival, meter.verifications - before.verifications);
  }

  #route(from: NodeId, envelope: Envelope, bytes: Uint8Array): void {
    const state = this.#state;
    if (envelope.type === REQUEST) return onRequest(state, envelope, from);
    const handler = HANDLERS.get(envelope.type);
    if (!handler) return state.reject("frame", from, "unknown type");
    if (!isReplica(from) || envelope.sender >= state.cluster.replicas) {
      return state.reject("frame", from, "not from a replica");
    }
    // Own COMMITs come back in the certificates of others: after a restart they are news (seed
    // 348).
    if (envelope.sender === state.id && envelope.type !== COMMIT) return;
    if (FIRST_HAND.has(envelope.type) && envelope.sender !== from) {
      return state.reject("frame", from, "second hand");
    }
    if (ORDERING.has(envelope.type) && this.#isEarly(envelope)) {
      return state.early.keep(from, bytes);
    }
    handler(state, envelope, from);
  }

  /** Of a view that was not entered yet: its NEW-VIEW may be on the way. */
  #isEarly({ payload }: Envelope): boolean {
    const vote = decodeVote(payload);
    if (!vote) return false;
    const { view, active } = this.#state;
    return vote.view > view || (vote.view === view && !active);
  }

  /** A view was entered: what came early is looked at as if it came now. */
  #replayEarly(): void {
    for (const [from, bytes] of this.#state.early.takeAll()) this.#onFrame(from, bytes);
    this.#settle();
  }

  #onTimer(id: string): void {
    const state = this.#state;
    if (id === TIMERS.status) onStatusTimer(state);
    else if (id === TIMERS.request) onRequestTimeout(state);
    else if (id === TIMERS.viewChange) onViewChangeTimeout(state);
    else if (id === TIMERS.transfer) continueTransfer(state);
  }
}
