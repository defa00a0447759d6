/**
 * Retransmission (reference 1.14). Links get cut, so TCP is not enough: every replica tells
 * periodically what it has, and peers resend own messages that fill the gaps, and transferable
 * ones (stable proofs, NEW-VIEW, commit certificates). Answers are bounded per peer and period.
 */

import { PAGES_ANSWER_BYTES } from "../contract/limits.ts";
import type { Envelope } from "../wire/envelope.ts";
import { awaitMissingState } from "./checkpoint.ts";
import { executeReady, requestBody } from "./execution.ts";
import type { Slot } from "./log.ts";
import {
  BODY,
  decodeCheckpoint,
  decodeStatus,
  encodeCheckpoint,
  encodeStatus,
  HAS_COMMITTED,
  HAS_PRE_PREPARE,
  HAS_PREPARED,
  STATUS,
  STATUS_SLOTS_MAX,
  type Status,
} from "./messages.ts";
import { type ReplicaState, TIMERS } from "./replica-state.ts";

/** Bodies asked for in one STATUS period at most; peers refuse more than twice as many. */
const BODIES_PER_PERIOD = 32;
/** Slots filled for one STATUS at most: a peer that lacks more asks again. */
const SLOTS_PER_ANSWER = 32;

export function onStatusTimer(state: ReplicaState): void {
  const { statusMs } = state.cluster.timers;
  state.effects.setTimer(TIMERS.status, statusMs);
  state.effects.broadcast(
    state.scheme.seal({ type: STATUS, payload: encodeStatus(ownStatus(state)) }, "all"),
  );
  askForBodies(state);
  // State that is missing although nothing is being fetched (a restart below `h`).
  if (state.lastExec < state.low || state.corrupt) awaitMissingState(state);
  state.served.expire(state.now);
  executeReady(state);
}

/**
 * The first ones only: peers answer so many questions a period, and execution needs them in order.
 * What a fetched state will cover needs none.
 */
function askForBodies(state: ReplicaState): void {
  let asked = 0;
  for (const slot of state.log.ascending()) {
    const wanted = slot.decided?.digest ?? slot.accepted?.digest;
    if (wanted === undefined || slot.bodies.has(wanted)) continue;
    if (slot.sequence <= Math.max(state.lastExec, state.low)) continue;
    requestBody(state, slot, wanted);
    asked += 1;
    if (asked >= BODIES_PER_PERIOD) return;
  }
}

function ownStatus(state: ReplicaState): Status {
  const viewChanges: number[] = [];
  for (let replica = 0; replica < state.cluster.replicas; replica++) {
    viewChanges.push(state.viewChanges.get(replica)?.view ?? 0);
  }
  const { view, active, low: stable, lastExec } = state;
  const slots: number[] = [];
  const last = Math.min(state.high, lastExec + STATUS_SLOTS_MAX);
  for (let sequence = lastExec + 1; sequence <= last; sequence++) {
    slots.push(slotFlags(state.log.get(sequence), view));
  }
  return { view, active, stable, lastExec, viewChanges, slots: Uint8Array.from(slots) };
}

function slotFlags(slot: Slot | undefined, view: number): number {
  if (!slot) return 0;
  let flags = slot.decided ? HAS_COMMITTED : 0;
  if (slot.accepted) flags |= HAS_PRE_PREPARE;
  if (slot.certificate?.view === view) flags |= HAS_PREPARED;
  return flags;
}

export function onStatus(state: ReplicaState, envelope: Envelope): void {
  const { sender } = envelope;
  const status = decodeStatus(envelope.payload, state.cluster);
  if (!status) return state.reject("STATUS", sender, "malformed");
  if (!state.limits.status.take(sender, state.now)) return state.reject("STATUS", sender, "rate");
  if (!state.scheme.verify(envelope)) return state.reject("STATUS", sender, "signature");
  resendCheckpoints(state, sender, status);
  resendViewChange(state, sender, status);
  resendSlots(state, sender, status);
}

function resend(state: ReplicaState, peer: number, frame: Uint8Array): void {
  state.counters.retransmissions += 1;
  state.effects.send(peer, frame);
}

/** Of what may be long: a question is short, so its answer is charged by its length. */
function takeAnswer(state: ReplicaState, peer: number, bytes: number): boolean {
  return state.limits.answers.take(peer, state.now, 1 + Math.floor(bytes / PAGES_ANSWER_BYTES));
}

function resendCheckpoints(state: ReplicaState, peer: number, status: Status): void {
  const { stable, own } = state.checkpoints;
  if (status.stable < stable.sequence) {
    for (const frame of stable.proof) resend(state, peer, frame);
  }
  for (const checkpoint of own.values()) {
    if (checkpoint.sequence > Math.max(status.stable, stable.sequence)) {
      resend(state, peer, checkpoint.frame);
    }
  }
}

function resendViewChange(state: ReplicaState, peer: number, status: Status): void {
  const behind = status.view < state.view || (status.view === state.view && !status.active);
  if (state.active) {
    if (!behind || !state.newView) return;
    if (takeAnswer(state, peer, state.newView.length)) resend(state, peer, state.newView);
    return;
  }
  const own = state.viewChanges.get(state.id);
  const known = status.viewChanges[state.id] ?? 0;
  // `Tresend` of 1.10: needed also towards peers of lower views, whose f+1 rule waits for it.
  if (!own || !behind || known >= own.view) return;
  if (takeAnswer(state, peer, own.frame.length)) resend(state, peer, own.frame);
}

function resendSlots(state: ReplicaState, peer: number, status: Status): void {
  const sameView = state.active && status.active && status.view === state.view;
  const settledBefore = state.now - state.cluster.timers.statusMs / 2;
  let answered = 0;
  for (const [offset, flags] of status.slots.entries()) {
    const slot = state.log.get(status.lastExec + 1 + offset);
    // What was sent a moment ago is still on its way.
    if (!slot || slot.touchedAt > settledBefore) continue;
    if (fillSlot(state, slot, { peer, flags, sameView })) answered += 1;
    if (answered >= SLOTS_PER_ANSWER) return;
  }
}

function fillSlot(
  state: ReplicaState,
  slot: Slot,
  { peer, flags, sameView }: { peer: number; flags: number; sameView: boolean },
): boolean {
  if (flags & HAS_COMMITTED) return false;
  const { decided, accepted } = slot;
  if (decided) {
    // A commit certificate convinces in any view (1.6, learning rule); the body is asked for.
    for (const [, frame] of decided.commits) resend(state, peer, frame);
    return true;
  }
  if (!sameView || !accepted) return false;
  const { view } = accepted;
  const body = slot.bodies.get(accepted.digest);
  const isWanted = !(flags & HAS_PRE_PREPARE) && state.isPrimary;
  if (isWanted && body && takeAnswer(state, peer, body.bytes.length)) {
    const whole = new Uint8Array(accepted.frame.length + body.bytes.length);
    whole.set(accepted.frame);
    whole.set(body.bytes, accepted.frame.length);
    resend(state, peer, whole);
  }
  const prepare = slot.prepares.get(state.id);
  if (!(flags & HAS_PREPARED) && prepare) resend(state, peer, prepare.frame);
  const commit = slot.commits.of(state.id, view, accepted.digest);
  if (commit) resend(state, peer, commit.frame);
  return true;
}

export function onFetchBody(state: ReplicaState, envelope: Envelope): void {
  const { sender } = envelope;
  const name = decodeCheckpoint(envelope.payload);
  if (!name) return state.reject("FETCH-BODY", sender, "malformed");
  const body = state.log.get(name.sequence)?.bodies.get(name.digest);
  // What is refused now is asked for again: the lowest numbers come first in every period.
  if (!takeAnswer(state, sender, body?.bytes.length ?? 0)) {
    return state.reject("FETCH-BODY", sender, "rate");
  }
  if (!state.scheme.verify(envelope)) return state.reject("FETCH-BODY", sender, "signature");
  if (!body) return;
  state.effects.send(
    sender,
    state.scheme.seal({ type: BODY, payload: encodeCheckpoint(name) }, "all", body.bytes),
  );
}
