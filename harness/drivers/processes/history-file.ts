import { closeSync, openSync, writeSync } from "node:fs";
import type { HistoryEvent } from "../../observations/observations.ts";

/**
 * Writes history lines in batches. Events come with absolute monotonic times, and nothing is
 * written before the zero instant of the run is known.
 */
export class HistoryFile {
  readonly #file: number;
  #zeroNs: number | null = null;
  #waiting: HistoryEvent[] = [];

  constructor(path: string) {
    this.#file = openSync(path, "a");
  }

  add(event: HistoryEvent): void {
    this.#waiting.push(event);
  }

  begin(zeroNs: bigint): void {
    this.#zeroNs = Number(zeroNs);
  }

  /** @throws as the disk does; what could not be written is lost, and so is the run */
  flush(): void {
    const zeroNs = this.#zeroNs;
    if (zeroNs === null || this.#waiting.length === 0) return;
    const lines = this.#waiting.map((event) => `${JSON.stringify(since(zeroNs, event))}\n`);
    this.#waiting = [];
    const bytes = Buffer.from(lines.join(""));
    let written = 0;
    while (written < bytes.length) written += writeSync(this.#file, bytes, written);
  }

  close(): void {
    this.flush();
    closeSync(this.#file);
  }
}

function since(zeroNs: number, event: HistoryEvent): HistoryEvent {
  const time = event.time - zeroNs;
  return event.intended === undefined
    ? { ...event, time }
    : { ...event, time, intended: event.intended - zeroNs };
}
