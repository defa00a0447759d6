/**
 * State transfer (reference 1.8): a replica whose `lastExec` is below the stable checkpoint fetches
 * that checkpoint's snapshot in chunks from one replier at a time, checks the whole against the
 * certified digest, and installs it with the client table.
 */
import type { Envelope } from "../envelope.ts";
import { recordOwnCheckpoint } from "./checkpoint.ts";
import {
  decodeFetchState,
  decodeStateChunk,
  encodeFetchState,
  encodeStateChunk,
  FETCH_STATE,
  STATE_CHUNK,
  type StateChunk,
} from "./messages.ts";
import { compactLog } from "./records.ts";
import { type ReplicaState, TIMERS } from "./replica-state.ts";

const CHUNK_BYTES = 65_536;
/** A replier cannot make us collect more than this; larger states need a larger chunk. */
const CHUNKS_MAX = 4096;
/** A replier that is silent for so many status periods is replaced; each time they double. */
const PATIENCE_PERIODS = 4;
const DOUBLINGS_MAX = 8;

export interface StateTransfer {
  readonly sequence: number;
  readonly digest: string;
  readonly replier: number;
  /** Repliers given up on: on a slow wire patience must outgrow the round trip (seed 1723). */
  readonly attempt: number;
  readonly chunks: Uint8Array[];
}

/** On expiry of the transfer timer: begin, or give up on a silent replier and ask the next. */
export function continueTransfer(state: ReplicaState): void {
  state.transferTimerRuns = false;
  const { stable } = state.checkpoints;
  if (stable.sequence <= state.lastExec && !state.corrupt) {
    state.transfer = null;
    return;
  }
  const previous = state.transfer?.replier ?? state.id;
  let replier = (previous + 1) % state.cluster.replicas;
  if (replier === state.id) replier = (replier + 1) % state.cluster.replicas;
  startTransfer(state, { replier, attempt: (state.transfer?.attempt ?? -1) + 1 });
}

function startTransfer(
  state: ReplicaState,
  { replier, attempt }: Pick<StateTransfer, "replier" | "attempt">,
): void {
  const { sequence, digest } = state.checkpoints.stable;
  state.transfer = { sequence, digest, replier, attempt, chunks: [] };
  state.audit({ e: "statetransfer", n: sequence, d: digest, from: replier });
  requestChunk(state, state.transfer);
}

function requestChunk(state: ReplicaState, transfer: StateTransfer): void {
  const { sequence, digest, replier, attempt, chunks } = transfer;
  const payload = encodeFetchState({ sequence, digest, index: chunks.length });
  state.effects.send(replier, state.envelopes.seal(FETCH_STATE, payload));
  const periods = PATIENCE_PERIODS * 2 ** Math.min(attempt, DOUBLINGS_MAX);
  state.effects.setTimer(TIMERS.transfer, periods * state.cluster.timers.statusMs);
}

/** A stable checkpoint above the one being fetched: peers may have discarded the old one. */
export function retargetTransfer(state: ReplicaState): void {
  const { transfer } = state;
  if (transfer && transfer.sequence < state.low) startTransfer(state, transfer);
}

export function onFetchState(state: ReplicaState, envelope: Envelope): void {
  const { sender } = envelope;
  const fetch = decodeFetchState(envelope.payload);
  if (!fetch) return state.reject("FETCH-STATE", sender, "malformed");
  if (!state.limits.fetchState.take(sender, state.now)) {
    return state.reject("FETCH-STATE", sender, "rate");
  }
  if (!state.envelopes.verify(envelope)) return state.reject("FETCH-STATE", sender, "signature");
  const own = state.checkpoints.own.get(fetch.sequence);
  if (own?.digest !== fetch.digest) {
    // Gone here: the proof of the newer one lets the peer aim at that.
    for (const frame of state.checkpoints.stable.proof) state.effects.send(sender, frame);
    return;
  }
  const count = Math.max(1, Math.ceil(own.snapshot.length / CHUNK_BYTES));
  if (fetch.index >= count) return state.reject("FETCH-STATE", sender, "no such chunk");
  const start = fetch.index * CHUNK_BYTES;
  const bytes = own.snapshot.subarray(start, start + CHUNK_BYTES);
  const payload = encodeStateChunk({ ...fetch, count, bytes });
  state.effects.send(sender, state.envelopes.seal(STATE_CHUNK, payload));
}

export function onStateChunk(state: ReplicaState, envelope: Envelope): void {
  const { transfer } = state;
  const chunk = decodeStateChunk(envelope.payload);
  if (!chunk) return state.reject("STATE-CHUNK", envelope.sender, "malformed");
  if (!transfer || !isWanted(transfer, envelope.sender, chunk)) return;
  if (!state.envelopes.verify(envelope)) {
    return state.reject("STATE-CHUNK", envelope.sender, "signature");
  }
  transfer.chunks.push(chunk.bytes.slice());
  if (transfer.chunks.length < chunk.count) return requestChunk(state, transfer);
  const snapshot = concatenate(transfer.chunks);
  if (state.digest(snapshot) !== transfer.digest) {
    state.reject("STATE-CHUNK", envelope.sender, "digest");
    return continueTransfer(state);
  }
  install(state, transfer, snapshot);
}

function isWanted(transfer: StateTransfer, sender: number, chunk: StateChunk): boolean {
  return (
    sender === transfer.replier &&
    chunk.sequence === transfer.sequence &&
    chunk.digest === transfer.digest &&
    chunk.index === transfer.chunks.length &&
    chunk.count <= CHUNKS_MAX &&
    chunk.count > chunk.index
  );
}

function install(state: ReplicaState, transfer: StateTransfer, snapshot: Uint8Array): void {
  const { sequence, digest, replier } = transfer;
  state.transfer = null;
  state.effects.cancelTimer(TIMERS.transfer);
  if (sequence <= state.lastExec && !state.corrupt) return;
  state.restore(snapshot);
  state.corrupt = false;
  state.lastExec = sequence;
  state.counters.stateTransfers += 1;
  for (const own of state.checkpoints.own.keys()) {
    // Own checkpoints above it were computed from the state that was replaced.
    if (own >= sequence) state.checkpoints.own.delete(own);
  }
  state.audit({ e: "installed", n: sequence, d: digest, from: replier });
  recordOwnCheckpoint(state, { sequence, snapshot });
  state.log.discardUpTo(sequence);
  compactLog(state);
  const own = state.checkpoints.own.get(sequence);
  if (own) state.effects.broadcast(own.frame);
}

function concatenate(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((total, chunk) => total + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
