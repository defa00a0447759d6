/**
 * Starting from the log (reference 7.2): nothing that contradicts it is ever sent again. A replica
 * resumes the stored view if its NEW-VIEW is stored (view 0 needs none), else it stays inactive in
 * that view and repeats the exact VIEW-CHANGE bytes. A restart alone never raises the view.
 */

import type { ProofFrame } from "../authentication/scheme.ts";
import { decodeNode } from "../state/page.ts";
import { expectStored } from "../stored-record.ts";
import { Reader } from "../wire/codec.ts";
import { type Batch, loggedBatch } from "../wire/request.ts";
import { recordOwnCheckpoint } from "./checkpoint.ts";
import { adoptView, loggedNewView } from "./entering-a-view.ts";
import { executeReady } from "./execution.ts";
import { rememberOwnViewChange, watchViewChangeQuorum } from "./leaving-a-view.ts";
import type { Slot } from "./log.ts";
import { COMMIT, decodeVote, PREPARE, type Vote } from "./messages.ts";
import { ownVote } from "./ordering.ts";
import { RECORD, readRecord } from "./records.ts";
import { type ReplicaState, TIMERS } from "./replica-state.ts";

interface Found {
  /** Digest of the root, by sequence. */
  readonly snapshots: Map<number, string>;
  /** Nodes of page trees, by digest. */
  readonly pages: Map<string, Uint8Array>;
  /** Accepted pre-prepares of all views, in order. */
  readonly accepted: { readonly vote: Vote; readonly frame: ProofFrame }[];
  viewChange: { readonly view: number; readonly frame: ProofFrame } | null;
  newView: { readonly view: number; readonly frame: ProofFrame } | null;
}

export function recover(state: ReplicaState, records: readonly Uint8Array[]): void {
  state.replaying = true;
  const found: Found = {
    snapshots: new Map(),
    pages: new Map(),
    accepted: [],
    viewChange: null,
    newView: null,
  };
  for (const bytes of records) readBack(state, bytes, found);
  restoreSnapshot(state, found);
  restoreView(state, found);
  const { view: v, low: h, lastExec } = state;
  state.audit({ e: "boot", v, h, lastExec });
  auditAgain(state);
  executeReady(state);
  state.replaying = false;
  state.effects.setTimer(TIMERS.status, 0);
  const ownViewChange = state.viewChanges.get(state.id);
  if (!state.active && ownViewChange) {
    state.effects.broadcast(ownViewChange.frame);
    watchViewChangeQuorum(state);
  }
}

/**
 * Own votes of this view are repeated to whoever lacks them. Their audit lines are, too: the crash
 * may have come after the record was written and before the line was.
 */
function auditAgain(state: ReplicaState): void {
  if (!state.active) return;
  for (const { sequence: n, accepted, certificate } of state.log.ascending()) {
    if (!accepted) continue;
    const { view: v, digest: d } = accepted;
    state.audit({ e: "preprepared", v, n, d, as: state.isPrimary ? "primary" : "backup" });
    if (certificate?.view !== v) continue;
    const by = [state.primary(), ...certificate.prepares.map(([replica]) => replica)];
    state.audit({ e: "prepared", v, n, d: certificate.digest, by });
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
    case RECORD.stable: {
      const stable = { sequence: body.u64(), digest: body.digest(), proof: proofsIn(state, body) };
      if (stable.sequence > state.low) state.checkpoints.advance(stable);
      break;
    }
    case RECORD.prePrepared: {
      const frame = proofIn(state, body);
      const vote = voteIn(state, frame);
      keepBody(state, state.log.at(vote.sequence), body.blob());
      found.accepted.push({ vote, frame });
      break;
    }
    case RECORD.prepared:
      readCertificate(state, body);
      break;
    case RECORD.decided:
      readDecided(state, body);
      break;
    case RECORD.viewChange: {
      const frame = proofIn(state, body);
      found.viewChange = { frame, view: viewOf(state, frame) };
      break;
    }
    case RECORD.newView: {
      const frame = proofIn(state, body);
      found.newView = { frame, view: viewOf(state, frame) };
      break;
    }
    case RECORD.body: {
      const slot = state.log.at(body.u64());
      body.digest();
      keepBody(state, slot, body.blob());
      break;
    }
    default:
      expectStored(false, `it is of unknown kind ${kind}`);
  }
  expectStored(body.complete, `its kind ${kind} has another length`);
}

function proofIn(state: ReplicaState, body: Reader): ProofFrame {
  return state.signatures.written(body.blob());
}

function proofsIn(state: ReplicaState, body: Reader): readonly ProofFrame[] {
  return body.blobs(1024).map((frame) => state.signatures.written(frame));
}

function keepBody(state: ReplicaState, slot: Slot, bytes: Uint8Array): Batch {
  const batch = loggedBatch(state.scheme, bytes);
  expectStored(batch !== null, "its batch is malformed");
  slot.bodies.set(batch.digest, batch);
  return batch;
}

function voteIn(
  state: ReplicaState,
  frame: Uint8Array | undefined,
): Vote & { readonly sender: number } {
  const envelope = frame ? state.scheme.open(frame) : null;
  const vote = envelope && decodeVote(envelope.payload);
  expectStored(envelope !== null && vote !== null, "its vote is malformed");
  return { ...vote, sender: envelope.sender };
}

/** VIEW-CHANGE and NEW-VIEW payloads both start with their view. */
function viewOf(state: ReplicaState, frame: Uint8Array): number {
  const envelope = state.scheme.open(frame);
  expectStored(envelope !== null, "its view message is malformed");
  return new Reader(envelope.payload).u64();
}

function readCertificate(state: ReplicaState, body: Reader): void {
  const prePrepare = proofIn(state, body);
  const prepares = proofsIn(state, body).map(
    (frame) => [voteIn(state, frame).sender, frame] as const,
  );
  const { view, sequence, digest } = voteIn(state, prePrepare);
  const slot = state.log.at(sequence);
  if (slot.certificate && slot.certificate.view >= view) return;
  slot.certificate = { view, digest, prePrepare, prepares };
}

function readDecided(state: ReplicaState, body: Reader): void {
  const frames = proofsIn(state, body);
  const commits = frames.map((frame) => [voteIn(state, frame).sender, frame] as const);
  const { view, sequence, digest } = voteIn(state, frames[0]);
  const slot = state.log.at(sequence);
  keepBody(state, slot, body.blob());
  slot.decided = { view, digest, commits };
}

function restoreSnapshot(state: ReplicaState, { snapshots, pages }: Found): void {
  const sequences = [...snapshots.keys()].sort((a, b) => a - b);
  const latest = sequences.at(-1);
  for (const sequence of sequences) {
    if (sequence < state.low && sequence !== latest) continue;
    const digest = snapshots.get(sequence) as string;
    const root = state.content.tree.read(digest, (name) => pages.get(name));
    expectStored(root !== null, "pages of its snapshot are missing");
    state.loggedPages.missing(root);
    if (sequence >= state.low) recordOwnCheckpoint(state, { sequence, root });
    if (sequence !== latest) continue;
    expectStored(state.restore(root), "its snapshot is malformed");
    state.lastExec = latest;
  }
  state.log.discardUpTo(Math.min(state.low, state.lastExec));
}

function restoreView(state: ReplicaState, { viewChange, newView, accepted }: Found): void {
  state.view = Math.max(viewChange?.view ?? 0, newView?.view ?? 0);
  state.active = state.view === (newView?.view ?? 0);
  if (viewChange && !state.active) {
    rememberOwnViewChange(state, viewChange.frame);
    // A NEW-VIEW that is not stored is never built again for the same view (7.1).
    state.leadsNot = state.view;
  }
  if (!state.active) return;
  if (newView) adoptView(state, loggedNewView(state, newView.frame));
  else state.sequence = state.low;
  for (const { vote, frame } of accepted) {
    if (vote.view !== state.view || !state.inWindow(vote.sequence)) continue;
    const { view, digest } = vote;
    state.log.at(vote.sequence).accepted = { view, digest, frame };
    state.sequence = Math.max(state.sequence, vote.sequence);
  }
  for (const slot of state.log.values()) repeatOwnVotes(state, slot);
}

/**
 * Ed25519 is deterministic: these are the bytes that were sent before the crash, kept for STATUS.
 */
function repeatOwnVotes(state: ReplicaState, slot: Slot): void {
  const { accepted, sequence } = slot;
  if (!accepted) return;
  const { view, digest } = accepted;
  if (!state.isPrimary && slot.bodies.has(digest)) {
    const frame = ownVote(state, PREPARE, { view, sequence, digest });
    slot.prepares.set(state.id, { view, digest, frame });
  }
  if (slot.certificate?.view === view) {
    const frame = ownVote(state, COMMIT, { view, sequence, digest });
    slot.commits.add(state.id, { view, digest, frame });
  }
}
