/**
 * Keys for a while: whoever is spoken to chooses them for those who speak to it (protocols §2.9).
 * What is cryptography is here; which key counts when is `authentication/session-tags.ts`.
 */
import type { NodeId } from "./core.ts";

export const SESSION_KEY_BYTES = 16;

export interface SessionKey {
  /** Larger than that of any key that the same node chose before, whatever became of it since. */
  readonly counter: number;
  readonly key: Uint8Array;
}

/** What one sender says is believed under the current key, and for a while under the one before. */
export interface ReceivingKeys {
  readonly current: SessionKey;
  previous: { readonly key: SessionKey; readonly until: number } | null;
  /** Was the last tag of that sender one under the current key? */
  isUsed: boolean;
}

/** The keys of one node since it started. */
export interface KeyRing {
  /** Chosen by the peer for what this node says to it. */
  readonly sending: Map<NodeId, SessionKey>;
  /** Chosen by this node for what the peer says to it. */
  readonly receiving: Map<NodeId, ReceivingKeys>;
}

export interface ChosenKeys {
  /** In the order of those whom they are for. */
  readonly keys: readonly Uint8Array[];
  /** What lets each of them read its own. */
  readonly sealed: Uint8Array;
}

/** Which of the sealed keys, and what they were sealed with. */
export interface SealedPlace {
  readonly at: number;
  readonly about: Uint8Array;
}

/** It signs nothing but NEW-KEYs: the signatures that it makes and knows are under a label. */
export interface KeyExchange {
  /** Whoever may speak for this node speaks under the same keys. */
  readonly ring: KeyRing;
  /** @returns a MAC of 128 bits */
  codeOf(key: Uint8Array, bytes: Uint8Array): Uint8Array;
  /** Fresh keys. @param about what a sealed key must not be taken out of */
  choose(senders: readonly NodeId[], about: Uint8Array): ChosenKeys;
  /** How long the keys of so many senders are when they are sealed. */
  sealedBytes(senders: number): number;
  /** @returns the key for this node, or null if it was not sealed like this */
  open(author: NodeId, sealed: Uint8Array, place: SealedPlace): Uint8Array | null;
  sign(newKey: Uint8Array): Uint8Array;
  /** False for an unknown author, a wrong length or a bad signature; never throws. */
  verify(author: NodeId, newKey: Uint8Array, signature: Uint8Array): boolean;
}

export function emptyRing(): KeyRing {
  return { sending: new Map(), receiving: new Map() };
}
