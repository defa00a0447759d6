/**
 * Messages whose time has not come: of a view that was not entered yet, or without enough vouchers.
 * Kept as bytes, by the peer whose channel brought them, so that a liar can only push out its own.
 */
import { assert } from "../assert.ts";
import type { NodeId } from "../contract/core.ts";
import type { Awaited } from "./route.ts";

/** Enough for what is in flight while a NEW-VIEW travels; STATUS repeats the rest. */
const FRAMES_PER_PEER_MAX = 64;
const BYTES_PER_PEER_MAX = 1_048_576;

interface Kept {
  readonly frame: Uint8Array;
  readonly awaited: Awaited;
}

export class Shelf {
  readonly #byPeer = new Map<NodeId, { kept: Kept[]; bytes: number }>();

  get size(): number {
    let frames = 0;
    for (const { kept } of this.#byPeer.values()) frames += kept.length;
    return frames;
  }

  keep(from: NodeId, frame: Uint8Array, awaited: Awaited): void {
    if (frame.length > BYTES_PER_PEER_MAX) return;
    const peer = this.#byPeer.get(from) ?? { kept: [], bytes: 0 };
    this.#byPeer.set(from, peer);
    peer.kept.push({ frame: frame.slice(), awaited });
    peer.bytes += frame.length;
    while (peer.kept.length > FRAMES_PER_PEER_MAX || peer.bytes > BYTES_PER_PEER_MAX) {
      peer.bytes -= peer.kept.shift()?.frame.length ?? 0;
    }
    assert(peer.bytes >= 0 && peer.bytes <= BYTES_PER_PEER_MAX, "a shelf keeps within its bound");
  }

  /** Hands out what waits for what is due, oldest first for each peer, and forgets it. */
  take(isDue: (awaited: Awaited) => boolean): (readonly [from: NodeId, frame: Uint8Array])[] {
    const taken: (readonly [NodeId, Uint8Array])[] = [];
    for (const [from, peer] of this.#byPeer) {
      const kept: Kept[] = [];
      for (const each of peer.kept) {
        if (isDue(each.awaited)) taken.push([from, each.frame]);
        else kept.push(each);
      }
      const bytes = kept.reduce((sum, { frame }) => sum + frame.length, 0);
      if (kept.length === 0) this.#byPeer.delete(from);
      else this.#byPeer.set(from, { kept, bytes });
    }
    return taken;
  }
}
