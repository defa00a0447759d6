import type { Durability } from "../../../nodes/protocols/contract/durability.ts";
import type { DiskTiming } from "../../plan/simulation.ts";
import type { Random } from "./random.ts";

interface Write {
  readonly mode: "append" | "replace";
  readonly records: readonly Uint8Array[];
}

export interface DiskSpeed extends DiskTiming {
  /** How much longer an fsync takes for what was written. */
  readonly msPerKib: number;
}

/**
 * One replica's log as the operating system keeps it: what was written is in the page cache at once
 * and survives `kill -9`; what was synced survives a power cut too. A mark counts writes.
 */
export class Disk {
  readonly #durability: Durability;
  readonly #timing: DiskSpeed;
  readonly #random: Random;
  #synced: Uint8Array[] = [];
  #syncedMark = 0;
  /** Written, not known to be synced; oldest first. */
  #pending: Write[] = [];
  #syncing = false;
  #bytes = 0;

  constructor(durability: Durability, timing: DiskSpeed, random: Random) {
    this.#durability = durability;
    this.#timing = timing;
    this.#random = random;
  }

  /** Everything up to this mark is durable. */
  get syncedMark(): number {
    return this.#syncedMark;
  }

  get writtenMark(): number {
    return this.#syncedMark + this.#pending.length;
  }

  /** What its file takes, but for the headers of blocks. */
  get bytes(): number {
    return this.#bytes;
  }

  write(write: Write): void {
    if (this.#durability === "none") {
      // Nothing is written: what the core is told to be durable is lost with the process.
      this.#syncedMark += 1;
      return;
    }
    this.#pending.push(write);
    this.#bytes = bytesOf(write.records) + (write.mode === "append" ? this.#bytes : 0);
  }

  /**
   * Starts a sync if there is something to sync and none is under way.
   * @returns how long it takes and the mark it will reach
   */
  beginSync(): { readonly afterMs: number; readonly mark: number } | null {
    if (this.#syncing || this.#pending.length === 0) return null;
    this.#syncing = true;
    const writes = this.#durability === "fsync-each" ? 1 : this.#pending.length;
    const { fsyncMinMs, fsyncMaxMs } = this.#timing;
    const afterMs = this.#random.real(fsyncMinMs, fsyncMaxMs) + this.#writingMs(writes);
    return { afterMs, mark: this.#syncedMark + writes };
  }

  #writingMs(writes: number): number {
    const { msPerKib } = this.#timing;
    if (msPerKib === 0) return 0;
    const records = this.#pending.slice(0, writes).flatMap((write) => write.records);
    return (msPerKib * records.reduce((bytes, { length }) => bytes + length, 0)) / 1_024;
  }

  finishSync(mark: number): void {
    this.#syncing = false;
    this.#advance(mark);
  }

  /**
   * `kill -9`: the page cache outlives the process; the sync that it waited for is nobody's now.
   */
  kill(): void {
    this.#syncing = false;
  }

  /**
   * What a starting process reads, oldest first. It syncs before it acts on what it read: a record
   * that only the page cache holds must not become a promise to others.
   */
  open(): readonly Uint8Array[] {
    this.#advance(this.writtenMark);
    return [...this.#synced];
  }

  /** What a reader of the files finds now, oldest first; it changes nothing. */
  read(): readonly Uint8Array[] {
    return this.#pending.reduce<readonly Uint8Array[]>(
      (records, write) =>
        write.mode === "replace" ? write.records : [...records, ...write.records],
      this.#synced,
    );
  }

  /** What stands there becomes something else, synced or not; nobody has written it. */
  change(changed: (record: Uint8Array) => readonly Uint8Array[]): void {
    this.#synced = this.#synced.flatMap((record) => changed(record));
    this.#pending = this.#pending.map(({ mode, records }) => {
      return { mode, records: records.flatMap((record) => changed(record)) };
    });
    this.#bytes = bytesOf(this.read());
  }

  /**
   * A power cut. What was not synced is lost, except a drawn prefix that the system happened to
   * have written back; an append may be torn between its records, a replacement is atomic.
   */
  cutPower(): void {
    this.#syncing = false;
    const kept = this.#random.chance(0.5) ? 0 : this.#random.integer(0, this.#pending.length);
    const torn = this.#pending[kept];
    this.#advance(this.#syncedMark + kept);
    if (torn?.mode === "append" && this.#random.chance(0.3)) {
      const whole = this.#random.integer(0, torn.records.length - 1);
      this.#synced.push(...torn.records.slice(0, whole));
    }
    this.#syncedMark += this.#pending.length;
    this.#pending = [];
    this.#bytes = bytesOf(this.#synced);
  }

  #advance(mark: number): void {
    while (this.#syncedMark < mark) {
      const write = this.#pending.shift();
      if (write === undefined) return;
      if (write.mode === "replace") this.#synced = [...write.records];
      else this.#synced.push(...write.records);
      this.#syncedMark += 1;
    }
  }
}

function bytesOf(records: readonly Uint8Array[]): number {
  return records.reduce((sum, { length }) => sum + length, 0);
}
