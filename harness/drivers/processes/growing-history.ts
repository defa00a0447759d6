import { existsSync, openSync, readSync } from "node:fs";
import type { HistoryEvent } from "../../observations/observations.ts";

const CHUNK_BYTES = 256 * 1_024;
const NEW_LINE = 0x0a;

/**
 * A history that another program writes, read while it grows. Its writer has one system call for
 * each line, before the request leaves, so what is missing at its death was never sent.
 */
export class GrowingHistory {
  readonly #path: string;
  readonly #chunk = Buffer.alloc(CHUNK_BYTES);
  #file: number | null = null;
  /** The beginning of a line whose end was not there yet. */
  #begun: Buffer = Buffer.alloc(0);

  constructor(path: string) {
    this.#path = path;
  }

  /** The lines since the last call. @throws for one that is no JSON */
  read(): readonly HistoryEvent[] {
    if (this.#file === null && existsSync(this.#path)) this.#file = openSync(this.#path, "r");
    if (this.#file === null) return [];
    const lines: HistoryEvent[] = [];
    for (;;) {
      const bytes = readSync(this.#file, this.#chunk);
      if (bytes === 0) return lines;
      const all = Buffer.concat([this.#begun, this.#chunk.subarray(0, bytes)]);
      const whole = all.lastIndexOf(NEW_LINE) + 1;
      this.#begun = all.subarray(whole);
      for (const line of all.subarray(0, whole).toString("utf8").split("\n")) {
        if (line !== "") lines.push(JSON.parse(line) as HistoryEvent);
      }
    }
  }
}
