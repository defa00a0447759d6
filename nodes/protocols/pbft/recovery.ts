/**
 * Starting from the log (protocols §13.3): nothing that contradicts it is ever sent again. A
 * replica resumes the stored view if its NEW-VIEW is stored (view 0 needs none), else it stays
 * inactive in that view and repeats its VIEW-CHANGE. A restart alone never raises the view.
 */

import { assert } from "../assert.ts";
import { decodeNode } from "../state/page.ts";
import { expectStored } from "../stored-record.ts";
import {
  checkpointLine,
  distrustOwnState,
  findCorrupt,
  recordOwnCheckpoint,
} from "./checkpoint.ts";
import type { WrongState } from "./checkpoint-store.ts";
import { adoptView, orderedRequests } from "./entering-a-view.ts";
import { executeReady } from "./execution.ts";
import { watchViewChangeQuorum } from "./leaving-a-view.ts";
import type { Slot } from "./log.ts";
import { keepLoggedBody } from "./logged-body.ts";
import { COMMIT, PREPARE } from "./messages.ts";
import { ownVote } from "./ordering.ts";
import { RECORD, readRecord, readWrongState } from "./records.ts";
import { type ReplicaState, TIMERS } from "./replica-state.ts";
import { numberQuestions } from "./state-transfer.ts";
import type { FoundVotes } from "./variant.ts";

interface Found {
  /** Digest of the root, by sequence. */
  readonly snapshots: Map<number, string>;
  /** Nodes of page trees, by digest. */
  readonly pages: Map<string, Uint8Array>;
  readonly votes: FoundVotes;
  /** The own state was known to be wrong. */
  wrong: WrongState | null;
}

export function recover(state: ReplicaState, records: readonly Uint8Array[]): void {
  assert(state.lastExec === 0 && state.log.size === 0, "recovery is the first input");
  state.replaying = true;
  numberQuestions(state);
  const found: Found = { snapshots: new Map(), pages: new Map(), votes: [], wrong: null };
  for (const bytes of records) readBack(state, bytes, found);
  const wrong = wrongSnapshot(state, found);
  restoreSnapshot(state, found, found.wrong === null && wrong === null);
  state.counts(records);
  restoreView(state, found);
  if (state.active) state.requests.enterView(orderedRequests(state));
  const { view: v, lastExec } = state;
  state.audit({ e: "boot", v, h: state.marks.stable, lastExec });
  if (found.wrong) distrustOwnState(state, found.wrong);
  else if (wrong !== null) findCorrupt(state, wrong);
  auditAgain(state);
  executeReady(state);
  state.replaying = false;
  state.variant.upkeep?.started();
  state.effects.setTimer(TIMERS.status, 0);
  const { own } = state.variant.views;
  if (state.active || !own) return;
  state.effects.broadcast(state.scheme.seal(own, "all"));
  watchViewChangeQuorum(state);
}

/**
 * Own votes of this view are repeated to whoever lacks them. Their audit lines are, too: the crash
 * may have come after the record was written and before the line was.
 */
function auditAgain(state: ReplicaState): void {
  if (!state.active) return;
  for (const { sequence: n, accepted, prepared } of state.log.ascending()) {
    if (!accepted) continue;
    const { view: v, digest: d } = accepted;
    state.audit({ e: "preprepared", v, n, d, as: state.isPrimary ? "primary" : "backup" });
    if (prepared?.view !== v) continue;
    state.audit({ e: "prepared", v, n, d: prepared.digest, by: prepared.by });
  }
}

function readBack(state: ReplicaState, bytes: Uint8Array, found: Found): void {
  const { kind, body } = readRecord(bytes);
  switch (kind) {
    case RECORD.snapshot: {
      const sequence = body.u64();
      found.snapshots.set(sequence, body.digest());
      break;
    }
    case RECORD.page: {
      const node = body.rest();
      expectStored(decodeNode(node) !== null, "its page is malformed");
      found.pages.set(state.digest(node), node);
      break;
    }
    case RECORD.body: {
      const slot = state.log.at(body.u64());
      body.digest();
      keepLoggedBody(state, slot, body.blob());
      break;
    }
    case RECORD.wrongState:
      found.wrong = readWrongState(body);
      break;
    default:
      expectStored(
        state.variant.views.readBack(kind, body, found.votes) ||
          state.variant.upkeep?.readBack(kind, body) === true,
        `it is of unknown kind ${kind}`,
      );
  }
  expectStored(body.complete, `its kind ${kind} has another length`);
}

/**
 * A snapshot whose pages fit together may still be of a wrong state (protocols §7.5). What the log
 * proves to be stable tells; of those above it nobody can, before they are stable as well.
 */
function wrongSnapshot({ checkpoints: { stable } }: ReplicaState, found: Found): string | null {
  const own = found.snapshots.get(stable.sequence) ?? stable.digest;
  return own === stable.digest ? null : own;
}

/** @param isGood whether they may be told of: else those above the stable mark are wrong as well */
function restoreSnapshot(state: ReplicaState, { snapshots, pages }: Found, isGood: boolean): void {
  const sequences = [...snapshots.keys()].sort((a, b) => a - b);
  const latest = sequences.at(-1);
  for (const sequence of sequences) {
    if (sequence < state.marks.stable && sequence !== latest) continue;
    const digest = snapshots.get(sequence) as string;
    const root = state.content.tree.read(digest, (name) => pages.get(name));
    expectStored(root !== null, "pages of its snapshot are missing");
    state.loggedPages.missing(root);
    if (isGood && sequence >= state.marks.stable) {
      recordOwnCheckpoint(state, { sequence, root });
      state.audit(checkpointLine({ sequence, digest }));
    }
    if (sequence !== latest) continue;
    expectStored(state.restore(root), "its snapshot is malformed");
    state.lastExec = latest;
  }
  state.log.discardUpTo(Math.min(state.marks.stable, state.lastExec));
}

function restoreView(state: ReplicaState, { votes }: Found): void {
  const { view, active, entered } = state.variant.views.restored();
  state.view = view;
  state.active = active;
  if (!active) return;
  if (entered) adoptView(state, entered);
  else state.sequence = state.marks.floor;
  for (const { sequence, vote } of votes) {
    if (vote.view !== state.view || !state.mayOrder(sequence)) continue;
    state.log.at(sequence).accepted = vote;
    state.sequence = Math.max(state.sequence, sequence);
  }
  for (const slot of state.log.values()) repeatOwnVotes(state, slot);
}

/** What was said before the crash, kept for STATUS. */
function repeatOwnVotes(state: ReplicaState, slot: Slot): void {
  const { accepted, sequence } = slot;
  if (!accepted) return;
  const { view, digest } = accepted;
  if (!state.isPrimary && slot.bodies.has(digest)) {
    slot.prepares.set(state.id, ownVote(PREPARE, { view, sequence, digest }));
  }
  if (slot.prepared?.view === view) {
    slot.commits.add(state.id, ownVote(COMMIT, { view, sequence, digest }));
  }
}
