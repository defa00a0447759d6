import { statSync } from "node:fs";
import { join } from "node:path";
import { type JsonLines, readJsonLines } from "./json-lines.ts";
import type { HarnessState, RunInfo } from "./observations.ts";
import { FILES } from "./store.ts";

/** The files of lines of a run store, measured against what `run.json` says of them. */
export class StoredFiles {
  readonly #directory: string;
  readonly #run: RunInfo;
  readonly #damage = new Map<string, string>();

  constructor(directory: string, run: RunInfo) {
    this.#directory = directory;
    this.#run = run;
  }

  lines<Line>(file: string): readonly Line[] {
    return (this.read(file)?.values ?? []) as readonly Line[];
  }

  /** @param isTorn see `readJsonLines` */
  read(file: string, isTorn?: (before: unknown, after: unknown) => boolean): JsonLines | null {
    const read = readJsonLines(join(this.#directory, file), isTorn);
    const damage = this.#damageOf(file, read);
    if (damage !== null) this.damaged(file, damage);
    return read;
  }

  damaged(file: string, how: string): void {
    this.#damage.set(file, `${file} ${how}`);
  }

  /** Lines of it are gone that had been written. */
  hasLost(file: string): boolean {
    return this.#damage.has(file);
  }

  /** Nothing is missing from it: it is as the run left it, which got to its end. */
  isWhole(file: string): boolean {
    const { files, harness } = this.#run;
    return !this.hasLost(file) && (files !== undefined || harness.state === "ok");
  }

  /** A run whose files are damaged cannot be judged, whatever it was when it ended. */
  stateOf(harness: HarnessState): HarnessState {
    if (harness.state !== "ok" || this.#damage.size === 0) return harness;
    return { state: "failed", why: [...this.#damage.values()].join(", ") };
  }

  #damageOf(file: string, read: JsonLines | null): string | null {
    if (read !== null && read.broken !== null) return `is damaged (${read.broken})`;
    const written = this.#run.files?.[file] ?? 0;
    if (this.#run.files === undefined) return this.#damageSeen(file, read);
    if (read === null) return written === 0 ? null : "is missing";
    const { size } = statSync(join(this.#directory, file));
    return size === written ? null : `is cut short (${size} of ${written} bytes)`;
  }

  /** Where the harness died before it could measure its files, or was of an older version. */
  #damageSeen(file: string, read: JsonLines | null): string | null {
    // Whoever was killed may have been in the middle of a line; so may any replica have been.
    const orderly = file === FILES.history || file === FILES.ledger;
    if (this.#run.harness.state !== "ok" || !orderly) return null;
    if (read === null) return "is missing";
    return read.torn ? "is torn in its last line" : null;
  }
}
