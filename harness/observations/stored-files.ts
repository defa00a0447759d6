import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type JsonLines, readJsonLines } from "./json-lines.ts";
import { movedLine } from "./moved-line.ts";
import type { HarnessState, RunInfo } from "./observations.ts";
import { sealedBytes } from "./seal.ts";
import { FILES } from "./store.ts";

/** The files of a run store, measured against what `run.json` says of them. */
export class StoredFiles {
  readonly #directory: string;
  readonly #run: RunInfo;
  readonly #damage = new Map<string, string>();
  readonly #changed = new Set<string>();

  constructor(directory: string, run: RunInfo) {
    this.#directory = directory;
    this.#run = run;
  }

  lines<Line>(file: string): readonly Line[] {
    return (this.read(file)?.values ?? []) as readonly Line[];
  }

  /**
   * What the run has certainly written of it; null if that is nothing.
   * @param isTorn see `readJsonLines`
   */
  read(file: string, isTorn?: (before: unknown, after: unknown) => boolean): JsonLines | null {
    const content = this.#contentOf(file);
    const sealed = content === null ? 0 : this.#sealedBytes(file, content);
    if (sealed === null) {
      this.change(file, "is not as the run left it");
      return null;
    }
    const moved = content === null ? null : movedLine(content.subarray(0, sealed));
    if (moved !== null) {
      this.change(file, `has line ${moved} elsewhere than it was written: others are gone or new`);
      return null;
    }
    const text = content?.toString("utf8", 0, sealed);
    const read = text === undefined ? null : readJsonLines(text, isTorn);
    const damage = this.#damageOf(file, read, content?.length ?? 0);
    if (damage !== null) this.#damage.set(file, `${file} ${damage}`);
    return read;
  }

  /** For what is no file of lines: it is read whole, or not at all. */
  isAsWritten(file: string): boolean {
    const content = this.#contentOf(file);
    if (content === null) {
      this.#damage.set(file, `${file} is missing`);
      return false;
    }
    const asWritten = this.#sealedBytes(file, content) === content.length;
    if (!asWritten) this.change(file, "is not as the run left it");
    return asWritten;
  }

  /** Somebody else has written in it. */
  change(file: string, how: string): void {
    this.#damage.set(file, `${file} ${how}`);
    this.#changed.add(file);
  }

  get isChanged(): boolean {
    return this.#changed.size > 0;
  }

  /** Lines of it are gone that had been written. */
  hasLost(file: string): boolean {
    return this.#damage.has(file);
  }

  /** Nothing is missing from it: it is as the run left it, which measured it at its end. */
  isWhole(file: string): boolean {
    return !this.hasLost(file) && this.#run.files !== undefined;
  }

  /** A run whose files are damaged cannot be judged, whatever it was when it ended. */
  stateOf(harness: HarnessState): HarnessState {
    if (harness.state === "ok") {
      if (this.#damage.size === 0) return harness;
      return { state: "failed", why: [...this.#damage.values()].join(", ") };
    }
    // What a harness leaves that did not end well is cut short anyhow, but never changed.
    const changes = [...this.#changed].map((file) => this.#damage.get(file) ?? file);
    return { ...harness, why: [harness.why, ...changes].join(", ") };
  }

  #contentOf(file: string): Buffer | null {
    const path = join(this.#directory, file);
    return existsSync(path) ? readFileSync(path) : null;
  }

  /** Null if it was changed. */
  #sealedBytes(file: string, content: Buffer): number | null {
    const { files, seals } = this.#run;
    if (seals !== undefined) return sealedBytes(content, seals[file] ?? []);
    const isMeasured = files !== undefined && file.endsWith(".jsonl");
    const written = isMeasured ? (files[file] ?? 0) : content.length;
    if (content.length === written) return written;
    // Only its size is known: whether what is left is its beginning cannot be told.
    return content.length < written ? 0 : null;
  }

  #damageOf(file: string, read: JsonLines | null, size: number): string | null {
    if (read !== null && read.broken !== null) return `is damaged (${read.broken})`;
    const written = this.#run.files?.[file] ?? 0;
    if (this.#run.files === undefined) return this.#damageSeen(file, read);
    if (read === null) return written === 0 ? null : "is missing";
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
