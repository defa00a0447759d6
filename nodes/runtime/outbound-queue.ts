import type { NodeId } from "../protocols/contract/core.ts";
import { codeBytes, type OutboundFrame, wireBytes, writeFrame } from "./frame.ts";
import type { FrameCodes } from "./frame-codes.ts";

export interface QueueBounds {
  readonly framesMax: number;
  readonly bytesMax: number;
}

export type DropReason = "queue-full" | "superseded";

/**
 * Frames waiting for one peer, connected or not. Full means: the oldest goes. What waits behind the
 * oldest is bounded, so every frame of legal size is the oldest one day and can be delivered. A
 * logical client has one reply or request here at most: a newer one takes the place of the older.
 * Where they take too many bytes, the oldest of those goes that are no shorter than the average:
 * large ones of some clients of a host push out each other, not the short ones of the others.
 */
export class OutboundQueue<Frame extends OutboundFrame = OutboundFrame> {
  readonly #bounds: QueueBounds;
  readonly #onDropped: (reason: DropReason) => void;
  #frames: (Frame | undefined)[] = [];
  #head = 0;
  /** Places behind the head whose frame was dropped. */
  #gaps = 0;
  #bytes = 0;
  /** How many frames came before the first of `#frames`, ever. */
  #before = 0;
  /** By logical client, the number of its reply or request, counted as above. */
  readonly #ofClients = new Map<NodeId, number>();

  constructor(bounds: QueueBounds, onDropped: (reason: DropReason) => void) {
    this.#bounds = bounds;
    this.#onDropped = onDropped;
  }

  get frames(): number {
    return this.#frames.length - this.#head - this.#gaps;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** What it takes to keep them: of places whose frame is gone there are no more than of others. */
  get places(): number {
    return this.#frames.length;
  }

  push(frame: Frame): void {
    this.#bytes += wireBytes(frame);
    if (!this.#replaces(frame)) {
      if (frame.client !== undefined) {
        this.#ofClients.set(frame.client, this.#before + this.#frames.length);
      }
      this.#frames.push(frame);
    }
    while (this.#isOverfull()) {
      this.#drop(this.frames > this.#bounds.framesMax ? this.#head : this.#largest());
      this.#onDropped("queue-full");
    }
  }

  #replaces(frame: Frame): boolean {
    const number = frame.client === undefined ? undefined : this.#ofClients.get(frame.client);
    if (number === undefined) return false;
    const older = this.#frames[number - this.#before];
    if (older === undefined) return false;
    this.#frames[number - this.#before] = frame;
    this.#bytes -= wireBytes(older);
    this.#onDropped("superseded");
    return true;
  }

  #isOverfull(): boolean {
    const oldest = this.#frames[this.#head];
    if (oldest === undefined) return false;
    const behind = this.#bytes - wireBytes(oldest);
    return this.frames > this.#bounds.framesMax || behind > this.#bounds.bytesMax;
  }

  /** The place of the oldest; of a host's frames, of the oldest no shorter than the average. */
  #largest(): number {
    if (this.#frames[this.#head]?.client === undefined) return this.#head;
    const average = this.#bytes / this.frames;
    const isLarge = (frame: OutboundFrame | undefined) =>
      frame !== undefined && wireBytes(frame) >= average;
    return this.#frames.findIndex((frame, index) => index >= this.#head && isLarge(frame));
  }

  #drop(place: number): void {
    const frame = this.#frames[place];
    if (place === this.#head || frame === undefined) {
      this.shift();
      return;
    }
    this.#frames[place] = undefined;
    this.#gaps += 1;
    this.#forget(frame);
    if (this.#gaps > this.frames) this.#closeGaps();
  }

  /** The head may wait for ever, and each gap behind it with it: every search goes through them. */
  #closeGaps(): void {
    this.#frames = this.#frames.filter((frame) => frame !== undefined);
    this.#head = 0;
    this.#gaps = 0;
    for (const [place, frame] of this.#frames.entries()) {
      if (frame?.client !== undefined) this.#ofClients.set(frame.client, this.#before + place);
    }
  }

  /**
   * Joins the oldest frames into one buffer for one write: the first in any case, further ones
   * while they fit into `bytesMax`.
   * @param codes of the connection that the write is for
   */
  take(
    bytesMax: number,
    codes: FrameCodes | null = null,
  ): { readonly bytes: Buffer; readonly frames: number } | null {
    let count = 0;
    let size = 0;
    for (let index = this.#head; index < this.#frames.length; index++) {
      const frame = this.#frames[index];
      if (frame === undefined) continue;
      const next = wireBytes(frame) + codeBytes(codes);
      if (count > 0 && size + next > bytesMax) break;
      size += next;
      count += 1;
    }
    if (count === 0) return null;
    const bytes = Buffer.allocUnsafe(size);
    for (let index = 0, start = 0; index < count; index++) {
      const frame = this.shift();
      if (frame !== undefined) start = writeFrame(bytes, start, frame, codes);
    }
    return { bytes, frames: count };
  }

  /** @returns the oldest, which does not wait any more */
  shift(): Frame | undefined {
    const frame = this.#frames[this.#head];
    if (frame === undefined) return undefined;
    this.#frames[this.#head] = undefined;
    this.#head += 1;
    this.#forget(frame);
    while (this.#gaps > 0 && this.#frames[this.#head] === undefined) {
      this.#head += 1;
      this.#gaps -= 1;
    }
    // Shifting an array moves all of it; a head index that is reset now and then does not.
    if (this.#head === this.#frames.length) {
      this.#before += this.#head;
      this.#frames.length = 0;
      this.#head = 0;
    } else if (this.#head > 1024 && 2 * this.#head > this.#frames.length) {
      this.#before += this.#head;
      this.#frames = this.#frames.slice(this.#head);
      this.#head = 0;
    }
    return frame;
  }

  #forget(frame: OutboundFrame): void {
    this.#bytes -= wireBytes(frame);
    if (frame.client !== undefined) this.#ofClients.delete(frame.client);
  }
}
