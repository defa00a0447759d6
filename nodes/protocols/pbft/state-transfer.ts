/**
 * State transfer (protocols §8): a replica whose `lastExec` is below the stable checkpoint fetches
 * the pages that it lacks, from the root down, from all replicas that signed for it in parallel.
 * Each node is verified against its parent when it comes; the root is certified.
 */

import { assert } from "../assert.ts";
import type { NodeId } from "../contract/core.ts";
import type { PageNode } from "../state/page.ts";
import { checkpointLine, logFloor, recordOwnCheckpoint, tryStable } from "./checkpoint.ts";
import { compactLog } from "./log-compaction.ts";
import { FETCH_STATE } from "./messages.ts";
import { PartialState, type WantedNode } from "./partial-state.ts";
import { type ReplicaState, TIMERS } from "./replica-state.ts";
import { type Question, Replier } from "./replier.ts";
import type { Route } from "./route.ts";
import { decodeStatePages, encodeFetchState, type StatePages } from "./state-messages.ts";
import type { StateTransfer } from "./transfer-progress.ts";

export function isBehind(state: ReplicaState): boolean {
  return state.lastExec < state.variant.target.sequence || state.corrupt !== null;
}

/** They travel in 32 bits. */
const QUESTION_NUMBERS = 2 ** 32;

/**
 * From the clock on, at each start: an earlier life has asked less than once a millisecond, so a
 * late answer to it is none to what this one asks (protocols §8.3).
 */
export function numberQuestions(state: ReplicaState): void {
  state.stateQuestions = Math.floor(state.now) % QUESTION_NUMBERS;
}

/** On expiry of the transfer timer: begin, or see to questions that were not answered. */
export function continueTransfer(state: ReplicaState): void {
  state.transferTimerRuns = false;
  if (!isBehind(state)) {
    state.transfer = null;
    return;
  }
  state.transfer ??= begin(state);
  for (const replier of state.transfer.repliers) {
    const expired = replier.expire(state.now);
    if (!expired) continue;
    if ("repeat" in expired) state.effects.send(replier.id, expired.repeat.frame);
    else forgetAsked(state.transfer, expired.givenUp.nodes);
  }
  proceed(state, state.transfer);
}

/** The target stays while it is served and the log above it kept; then the newest is aimed at. */
export function retargetTransfer(state: ReplicaState): void {
  const { transfer } = state;
  if (!transfer) return;
  if (isBehind(state) && hasNewRepliers(state, transfer)) {
    aim(state, transfer);
    return proceed(state, transfer);
  }
  if (transfer.sequence >= logFloor(state)) return;
  if (!isBehind(state)) {
    state.transfer = null;
    state.effects.cancelTimer(TIMERS.transfer);
    return;
  }
  if (transfer.sequence === state.variant.target.sequence) return;
  aim(state, transfer);
  proceed(state, transfer);
}

/** More replicas have told that they have it, where the word of a few was enough to begin. */
function hasNewRepliers(
  state: ReplicaState,
  { sequence, digest, repliers }: StateTransfer,
): boolean {
  const { target } = state.variant;
  if (target.sequence !== sequence || target.digest !== digest) return false;
  const known = repliers.map(({ id }) => id);
  return target.by.some((id) => id !== state.id && !known.includes(id));
}

function begin(state: ReplicaState): StateTransfer {
  const transfer: StateTransfer = {
    sequence: 0,
    digest: "",
    partial: new PartialState(state.content.tree),
    repliers: [],
    askedAt: new Map(),
  };
  aim(state, transfer);
  return transfer;
}

/** What was fetched stays; unchanged pages are found again. */
function aim(state: ReplicaState, transfer: StateTransfer): void {
  const { sequence, digest, by } = state.variant.target;
  transfer.sequence = sequence;
  transfer.digest = digest;
  transfer.askedAt.clear();
  const claimants = by.filter((id) => id !== state.id);
  // Of fewer all may be bad, and be silent or slow: who else has it nobody has said here.
  const isEnough = claimants.length >= state.weakQuorum;
  transfer.repliers = repliersOf(state, transfer, isEnough ? claimants : others(state));
  const from = transfer.repliers.map(({ id }) => id);
  state.audit({ e: "statetransfer", n: sequence, d: digest, from });
  const root = transfer.partial.aim(digest, state.content.root);
  for (const replier of transfer.repliers) {
    replier.startAfresh(state.now);
    // All are asked for the root at once: from then on they keep this snapshot for us.
    replier.expectLate(sendQuestion(state, transfer, { to: replier.id, nodes: [root] }));
  }
}

/** In the order of their distance, so that not everybody asks the same one first. */
function repliersOf(
  { id: self, cluster }: ReplicaState,
  { repliers }: StateTransfer,
  ids: readonly NodeId[],
): readonly Replier[] {
  const known = new Map(repliers.map((replier) => [replier.id, replier]));
  const distance = (id: NodeId) => (id - self + cluster.replicas) % cluster.replicas;
  return ids
    .toSorted((a, b) => distance(a) - distance(b))
    .map((id) => known.get(id) ?? new Replier(id, cluster.timers.statusMs));
}

function others({ id: self, cluster }: ReplicaState): readonly NodeId[] {
  return Array.from({ length: cluster.replicas }, (_, id) => id).filter((id) => id !== self);
}

function proceed(state: ReplicaState, transfer: StateTransfer): void {
  if (transfer.partial.wanted.size === 0) {
    state.transfer = null;
    state.effects.cancelTimer(TIMERS.transfer);
    return install(state, transfer, transfer.partial.assemble());
  }
  const { repliers } = transfer;
  // One of f+1 is honest and up: the target is gone. One alone may just say so; but where f+1 are
  // all that there are, those who keep silent are never heard to say it.
  const lacking = repliers.filter((replier) => replier.lacks).length;
  const isSpent = repliers.every((replier) => replier.isSpent);
  const isGone = lacking >= state.weakQuorum || isSpent;
  if (isGone && transfer.sequence < state.variant.target.sequence) {
    aim(state, transfer);
    return proceed(state, transfer);
  }
  // Somebody else may have fetched it since.
  if (isSpent) transfer.repliers = repliersOf(state, transfer, others(state));
  if (transfer.repliers.every((replier) => replier.lied)) {
    for (const replier of transfer.repliers) replier.lied = false;
  }
  for (const replier of transfer.repliers) {
    if (replier.isIdle && replier.readyAt <= state.now) ask(state, transfer, replier);
  }
  armTimer(state, transfer);
}

function ask(state: ReplicaState, transfer: StateTransfer, replier: Replier): void {
  const nodes = replier.choose(toAskFor(state, transfer));
  if (nodes.length === 0) return;
  replier.asked(sendQuestion(state, transfer, { to: replier.id, nodes }), state.now);
}

function sendQuestion(
  state: ReplicaState,
  transfer: StateTransfer,
  { to, nodes }: { readonly to: number; readonly nodes: readonly WantedNode[] },
): Question {
  // Goes on from one transfer to the next: a late answer is told from the one that is awaited.
  state.stateQuestions = (state.stateQuestions + 1) % QUESTION_NUMBERS;
  const number = state.stateQuestions;
  for (const { path } of nodes) transfer.askedAt.set(path, state.now);
  const { sequence } = transfer;
  const payload = encodeFetchState({ number, sequence, nodes });
  const frame = state.scheme.seal({ type: FETCH_STATE, payload }, to);
  state.effects.send(to, frame);
  return { number, sequence, nodes, frame };
}

/** What nobody was asked for, or somebody who takes his time while the others have none to do. */
function* toAskFor(state: ReplicaState, { partial, askedAt }: StateTransfer): Iterable<WantedNode> {
  const before = state.now - state.cluster.timers.statusMs;
  for (const node of partial.wanted.values()) {
    const asked = askedAt.get(node.path);
    if (asked === undefined || asked <= before) yield node;
  }
}

function forgetAsked({ askedAt }: StateTransfer, nodes: readonly WantedNode[]): void {
  for (const { path } of nodes) askedAt.delete(path);
}

/** For the next answer that is due or question that may be put; at least once a period. */
function armTimer(state: ReplicaState, { repliers }: StateTransfer): void {
  const { statusMs } = state.cluster.timers;
  const times = repliers.map(({ dueAt }) => dueAt).filter((time) => time > state.now);
  const afterMs = Math.min(...times, state.now + statusMs) - state.now;
  state.effects.setTimer(TIMERS.transfer, afterMs);
}

export function statePagesRoute(state: ReplicaState): Route<StatePages> {
  const asked = ({ number }: StatePages, sender: NodeId) => {
    const { transfer } = state;
    const replier = transfer?.repliers.find(({ id }) => id === sender);
    return transfer && replier?.find(number) ? { transfer, replier } : null;
  };
  return {
    name: "STATE-PAGES",
    firstHand: true,
    decode: ({ payload, attachment }) => decodeStatePages(payload, attachment) ?? "malformed",
    // Nobody asked, or it is long settled: not worth a signature.
    check: (answer, { sender }) => (asked(answer, sender) ? "yes" : "no"),
    take(answer, { sender }) {
      const parts = asked(answer, sender);
      assert(parts !== null, "what is taken was asked for");
      takeAnswer(state, { ...parts, answer });
      proceed(state, parts.transfer);
      return "yes";
    },
  };
}

function takeAnswer(
  state: ReplicaState,
  parts: { transfer: StateTransfer; replier: Replier; answer: StatePages },
): void {
  const { transfer, replier, answer } = parts;
  const question = replier.settle(answer.number);
  const nodes = question?.nodes ?? [];
  forgetAsked(transfer, nodes);
  if (answer.nodes.length !== nodes.length) return blame(state, replier, "count");
  for (const [index, node] of nodes.entries()) {
    const bytes = answer.nodes[index] as Uint8Array;
    if (bytes.length === 0) {
      // Who has an older target no more has said nothing of this one (protocols §8.5).
      if (question?.sequence !== transfer.sequence) continue;
      replier.lacks = true;
      replier.rest(state.now);
    } else if (!transfer.partial.take(node, bytes)) {
      return blame(state, replier, "digest");
    }
  }
}

/** It is not asked again while there is anybody else. */
function blame(state: ReplicaState, replier: Replier, reason: string): void {
  state.reject("STATE-PAGES", replier.id, reason);
  replier.lied = true;
  replier.rest(state.now);
}

function install(state: ReplicaState, transfer: StateTransfer, root: PageNode): void {
  const { sequence, digest, partial } = transfer;
  if (sequence <= state.lastExec && !state.corrupt) return;
  if (!state.restore(root)) return state.reject("STATE-PAGES", state.id, "certified but malformed");
  const isNews = state.corrupt !== null || sequence > state.lastExec;
  assert(isNews, "an installed state is news");
  state.corrupt = null;
  state.lastExec = sequence;
  state.counters.stateTransfers += 1;
  state.counters.statePagesFetched += partial.fetched.nodes;
  state.counters.stateBytesFetched += partial.fetched.bytes;
  state.variant.evidence.installed({ sequence, digest });
  recordOwnCheckpoint(state, { sequence, root });
  state.log.discardUpTo(Math.min(sequence, state.marks.stable));
  compactLog(state);
  state.audit({ e: "installed", n: sequence, d: digest, fetched: partial.fetched });
  state.audit(checkpointLine({ sequence, digest }));
  const own = state.checkpoints.own.get(sequence);
  if (!own) return;
  state.effects.broadcast(state.scheme.seal(own.content, "all"));
  tryStable(state, own);
}
