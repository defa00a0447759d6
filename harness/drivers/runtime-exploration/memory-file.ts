/** One file: what the page cache shows of it, and what would be left if the power failed now. */
import type { Random } from "../simulation/random.ts";
import { GrowingBytes } from "./growing-bytes.ts";

const SECTOR_BYTES = 512;

type Change =
  | { readonly kind: "write"; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: "truncate"; readonly size: number };

export class MemoryFile {
  readonly #cached = new GrowingBytes();
  readonly #durable = new GrowingBytes();
  /** Seen by whoever reads, not yet on the disk. */
  #pending: Change[] = [];

  get size(): number {
    return this.#cached.size;
  }

  /** A copy. */
  get content(): Buffer {
    return Buffer.from(this.#cached.view);
  }

  write(at: number, bytes: Uint8Array): void {
    this.#change({ kind: "write", at, bytes: Buffer.from(bytes) });
  }

  truncate(size: number): void {
    this.#change({ kind: "truncate", size });
  }

  #change(change: Change): void {
    apply(this.#cached, change);
    this.#pending.push(change);
  }

  /** How many changes an fsync that begins now makes durable. */
  get unsynced(): number {
    return this.#pending.length;
  }

  sync(changes: number): void {
    for (const change of this.#pending.splice(0, changes)) apply(this.#durable, change);
  }

  /**
   * An fsync that failed: these pages count as clean from now on, so that no later one writes them,
   * and whoever reads them still sees what was written.
   */
  syncFailed(changes: number): void {
    this.#pending.splice(0, changes);
  }

  /** Directly, as what is broken or was copied there by hand. */
  spoil(change: (bytes: Buffer) => Buffer): void {
    const content = change(this.content);
    this.#pending = [];
    for (const bytes of [this.#cached, this.#durable]) {
      bytes.truncate(0);
      bytes.write(0, content);
    }
  }

  /** What a power cut leaves: of what was not synced all, nothing, or anything in between. */
  cut(random: Random): void {
    const left = this.#durable;
    const pending = this.#pending;
    this.#pending = [];
    const way = pending.length === 0 ? "nothing" : random.pick(WAYS);
    if (way === "everything") for (const change of pending) apply(left, change);
    if (way === "torn") leaveTorn(left, pending, random);
    if (way === "sectors") leaveSectors(left, pending, random);
    this.#cached.truncate(0);
    this.#cached.write(0, left.view);
  }
}

const WAYS = ["nothing", "everything", "torn", "torn", "sectors"] as const;

function apply(bytes: GrowingBytes, change: Change): void {
  if (change.kind === "truncate") bytes.truncate(change.size);
  else bytes.write(change.at, change.bytes);
}

/** Some changes whole, and a part of the next: a page may go to the disk while it is written to. */
function leaveTorn(left: GrowingBytes, pending: readonly Change[], random: Random): void {
  const whole = random.integer(0, pending.length - 1);
  for (const change of pending.slice(0, whole)) apply(left, change);
  const next = pending[whole];
  if (next?.kind !== "write" || next.bytes.length === 0) return;
  const bytes = next.bytes.subarray(0, random.integer(0, next.bytes.length - 1));
  left.write(next.at, bytes);
}

/**
 * Each sector for itself, as it was in the cache at some moment: a disk writes it whole or not at
 * all. The file may have grown all the same.
 */
function leaveSectors(left: GrowingBytes, pending: readonly Change[], random: Random): void {
  const isGrown = random.chance(0.5);
  const changesIn = new Map<number, number>();
  for (const [index, change] of pending.entries()) {
    if (change.kind === "truncate") {
      apply(left, change);
      continue;
    }
    const end = change.at + change.bytes.length;
    if (isGrown && end > left.size) left.truncate(end);
    for (let at = change.at; at < end; ) {
      const next = Math.min(end, at - (at % SECTOR_BYTES) + SECTOR_BYTES);
      const piece = change.bytes.subarray(at - change.at, next - change.at);
      const sector = Math.floor(at / SECTOR_BYTES);
      const changes = changesIn.get(sector) ?? random.integer(0, pending.length);
      changesIn.set(sector, changes);
      if (index < changes) left.write(at, piece);
      at = next;
    }
  }
}
