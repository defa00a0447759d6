/**
 * The folder of one run: everything observed ends up here as it happens, and everything judged is
 * judged from here. Writes are synchronous and unbuffered, so a `kill -9` of the harness loses
 * nothing that was appended before it; only `sync` lines also survive a power cut.
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

/** Names inside the run store, so that who writes and who reads agree. */
export const FILES = {
  run: "run.json",
  plan: "plan.json",
  ledger: "ledger.jsonl",
  history: "history.jsonl",
  workload: "workload.json",
  samples: "metrics/status.jsonl",
  results: "results.json",
  audit: (replica: number): string => `audit/r${replica}.jsonl`,
} as const;

export interface RunStoreOptions {
  /** The folder of all runs, usually `runs`. */
  readonly root: string;
  readonly scenario: string;
  readonly id: string;
  /** Goes into the folder's name; now, unless given. */
  readonly startedAt?: Date;
}

export class RunStore {
  readonly directory: string;
  readonly #open = new Map<string, number>();

  /** Takes an existing run folder, to write a report or results into it. */
  constructor(directory: string) {
    this.directory = directory;
  }

  /** Makes `<root>/<scenario>/<time>-<id>/` and points `<root>/<scenario>/latest` at it. */
  static create({ root, scenario, id, startedAt = new Date() }: RunStoreOptions): RunStore {
    const time = startedAt.toISOString().replace(/[-:]|\.\d+/g, "");
    const directory = join(root, scenario, `${time}-${id}`);
    mkdirSync(dirname(directory), { recursive: true });
    // Not recursive: two runs must never share a folder.
    mkdirSync(directory);
    mkdirSync(join(directory, "audit"));
    mkdirSync(join(directory, "metrics"));
    pointLatestAt(directory, id);
    return new RunStore(directory);
  }

  path(...parts: readonly string[]): string {
    return join(this.directory, ...parts);
  }

  /** Readers see the old file or the whole new one. */
  writeJson(name: string, value: unknown): void {
    const target = this.path(name);
    const temporary = `${target}.${process.pid}.tmp`;
    mkdirSync(dirname(target), { recursive: true });
    const file = openSync(temporary, "w");
    try {
      writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
      fsyncSync(file);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    } finally {
      closeSync(file);
    }
    renameSync(temporary, target);
  }

  /** Appends one JSON line; with `sync` it is on the disk before this returns. */
  append(name: string, value: unknown, { sync = false }: { readonly sync?: boolean } = {}): void {
    const file = this.#fileOf(name);
    writeWhole(file, Buffer.from(`${JSON.stringify(value)}\n`));
    if (sync) fsyncSync(file);
  }

  close(): void {
    for (const file of this.#open.values()) closeSync(file);
    this.#open.clear();
  }

  #fileOf(name: string): number {
    const known = this.#open.get(name);
    if (known !== undefined) return known;
    const path = this.path(name);
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(path, "a");
    this.#open.set(name, file);
    return file;
  }
}

/** A short write (a disk filling up) must not leave half a line without an error. */
function writeWhole(file: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(file, bytes, written);
}

function pointLatestAt(directory: string, id: string): void {
  const latest = join(dirname(directory), "latest");
  const temporary = `${latest}.${id}`;
  rmSync(temporary, { force: true });
  symlinkSync(basename(directory), temporary);
  // Renaming over the old link is atomic: a reader never finds no `latest`.
  renameSync(temporary, latest);
}
