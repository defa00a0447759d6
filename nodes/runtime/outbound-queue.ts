import { type OutboundFrame, wireBytes, writeFrame } from "./frame.ts";

export interface QueueBounds {
  readonly framesMax: number;
  readonly bytesMax: number;
}

/** Frames waiting for one peer, connected or not. Full means: the oldest goes, counted. */
export class OutboundQueue {
  readonly #bounds: QueueBounds;
  #frames: (OutboundFrame | undefined)[] = [];
  #head = 0;
  #bytes = 0;
  dropped = 0;

  constructor(bounds: QueueBounds) {
    this.#bounds = bounds;
  }

  get frames(): number {
    return this.#frames.length - this.#head;
  }

  push(frame: OutboundFrame): void {
    this.#frames.push(frame);
    this.#bytes += wireBytes(frame);
    while (this.#isOverfull()) {
      this.#shift();
      this.dropped += 1;
    }
  }

  /** A single frame larger than `bytesMax` still goes: it could never be sent otherwise. */
  #isOverfull(): boolean {
    if (this.frames <= 1) return false;
    return this.frames > this.#bounds.framesMax || this.#bytes > this.#bounds.bytesMax;
  }

  /**
   * Joins the oldest frames into one buffer for one write: the first in any case, further ones
   * while they fit into `bytesMax`.
   */
  take(bytesMax: number): { readonly bytes: Buffer; readonly frames: number } | null {
    let count = 0;
    let size = 0;
    for (let index = this.#head; index < this.#frames.length; index++) {
      const frame = this.#frames[index];
      const next = frame === undefined ? 0 : wireBytes(frame);
      if (count > 0 && size + next > bytesMax) break;
      size += next;
      count += 1;
    }
    if (count === 0) return null;
    const bytes = Buffer.allocUnsafe(size);
    for (let index = 0, offset = 0; index < count; index++) {
      const frame = this.#shift();
      if (frame !== undefined) offset = writeFrame(bytes, offset, frame);
    }
    return { bytes, frames: count };
  }

  #shift(): OutboundFrame | undefined {
    const frame = this.#frames[this.#head];
    if (frame === undefined) return undefined;
    this.#frames[this.#head] = undefined;
    this.#head += 1;
    this.#bytes -= wireBytes(frame);
    // Shifting an array moves all of it; a head index that is reset now and then does not.
    if (this.#head === this.#frames.length) {
      this.#frames.length = 0;
      this.#head = 0;
    } else if (this.#head > 1024 && 2 * this.#head > this.#frames.length) {
      this.#frames = this.#frames.slice(this.#head);
      this.#head = 0;
    }
    return frame;
  }
}
