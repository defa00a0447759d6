/**
 * Votes of a view that was not entered yet: its NEW-VIEW may be on the way. Kept as bytes, by the
 * peer whose channel brought them, so that a liar can only push out its own.
 */
import type { NodeId } from "../contract/core.ts";

/** Enough for what is in flight while a NEW-VIEW travels; STATUS repeats the rest. */
const FRAMES_PER_PEER_MAX = 64;
const BYTES_PER_PEER_MAX = 1_048_576;

export class EarlyFrames {
  readonly #kept = new Map<NodeId, { frames: Uint8Array[]; bytes: number }>();

  keep(from: NodeId, frame: Uint8Array): void {
    if (frame.length > BYTES_PER_PEER_MAX) return;
    const kept = this.#kept.get(from) ?? { frames: [], bytes: 0 };
    this.#kept.set(from, kept);
    kept.frames.push(frame.slice());
    kept.bytes += frame.length;
    while (kept.frames.length > FRAMES_PER_PEER_MAX || kept.bytes > BYTES_PER_PEER_MAX) {
      kept.bytes -= kept.frames.shift()?.length ?? 0;
    }
  }

  /** Hands them out, oldest first for each peer, and forgets them. */
  takeAll(): (readonly [from: NodeId, frame: Uint8Array])[] {
    const taken = [...this.#kept].flatMap(([from, { frames }]) =>
      frames.map((frame) => [from, frame] as const),
    );
    this.#kept.clear();
    return taken;
  }
}
