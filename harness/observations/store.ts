/**
 * The folder of one run: everything observed ends up here as it happens, and everything judged is
 * judged from here. Writes are synchronous and unbuffered, so a `kill -9` of the harness loses
 * nothing that was appended before it; only `sync` lines also survive a power cut.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { AuditRecord } from "../../nodes/protocols/contract/audit.ts";
import { makeFolder } from "./make-folder.ts";
import { type Seal, sealOf } from "./seal.ts";

/** Names inside the run store, so that who writes and who reads agree. */
export const FILES = {
  run: "run.json",
  plan: "plan.json",
  ledger: "ledger.jsonl",
  history: "history.jsonl",
  workload: "workload.json",
  samples: "metrics/status.jsonl",
  metrics: "metrics/replicas.jsonl",
  openMetrics: "metrics/run.om.txt",
  results: "results.json",
  audit: (replica: number): string => `audit/r${replica}.jsonl`,
} as const;

/** The disk does not take what a run has to say: full, read-only, or the folder was removed. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: string;

  constructor(folder: string, cause: unknown) {
    const { code = "STORE", message } = cause as NodeJS.ErrnoException;
    super(`the run store ${folder} cannot be written: ${message}`, { cause });
    this.code = code;
  }
}

/** What the replicas and their helpers write into is there from the beginning. */
const FOLDERS = ["audit", "metrics", "logs"];
/** More than a file system keeps inside an inode, so that a full disk shows. */
const PROBE_BYTES = 16_384;

/** Where a run is recorded: its folder, or nothing but memory. */
export interface RunFiles {
  /** One line. */
  append(name: string, value: unknown, options?: { readonly sync?: boolean }): void;
  writeJson(name: string, value: unknown): void;
  /** A whole log at once, of a replica that is no process of its own. */
  writeAudit(replica: number, records: readonly AuditRecord[]): void;
}

export interface RunStoreOptions {
  /** The folder of all runs, usually `runs`. */
  readonly root: string;
  readonly scenario: string;
  readonly id: string;
  /** Goes into the folder's name; now, unless given. */
  readonly startedAt?: Date;
}

export class RunStore implements RunFiles {
  /** Absolute: the working directory may change or go away while a run lasts. */
  readonly directory: string;
  readonly #open = new Map<string, number>();
  readonly #identity: string | null;

  /** Takes an existing run folder, to write a report or results into it. */
  constructor(directory: string) {
    this.directory = resolve(directory);
    this.#identity = identityOf(this.directory);
  }

  /** Makes `<root>/<scenario>/<time>-<id>/` and points `<root>/<scenario>/latest` at it. */
  static create(options: RunStoreOptions): RunStore {
    const store = RunStore.createEmpty(options);
    written(store.directory, () => {
      for (const folder of FOLDERS) mkdirSync(store.path(folder));
    });
    return store;
  }

  /** The same for what is put together from several runs: nothing is observed in it. */
  static createEmpty({ root, scenario, id, startedAt = new Date() }: RunStoreOptions): RunStore {
    const time = startedAt.toISOString().replace(/[-:]|\.\d+/g, "");
    const directory = resolve(root, scenario, `${time}-${id}`);
    return written(directory, () => {
      makeFolder(dirname(directory));
      // Not `makeFolder`: two runs must never share a folder.
      mkdirSync(directory);
      pointLatestAt(directory, id);
      return new RunStore(directory);
    });
  }

  /**
   * Finds out before anything starts whether run stores can be made below `root`.
   * @throws {StoreError} where they cannot
   */
  static tryOut(root: string): void {
    const folder = resolve(root);
    written(folder, () => {
      makeFolder(folder);
      const probe = mkdtempSync(join(folder, ".writable-"));
      try {
        writeFileSync(join(probe, "probe"), Buffer.alloc(PROBE_BYTES), { flush: true });
      } finally {
        rmSync(probe, { recursive: true, force: true });
      }
    });
  }

  path(...parts: readonly string[]): string {
    return join(this.directory, ...parts);
  }

  /** Readers see the old file or the whole new one. */
  writeJson(name: string, value: unknown): void {
    const target = this.path(name);
    const temporary = `${target}.${process.pid}.tmp`;
    this.#write(() => {
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
    });
  }

  /** Appends one JSON line; with `sync` it is on the disk before this returns. */
  append(name: string, value: unknown, { sync = false }: { readonly sync?: boolean } = {}): void {
    this.#write(() => {
      const file = this.#fileOf(name);
      writeWhole(file, Buffer.from(`${JSON.stringify(value)}\n`));
      if (sync) fsyncSync(file);
    });
  }

  writeAudit(replica: number, records: readonly AuditRecord[]): void {
    let [text, offset] = ["", 0];
    for (const record of records) {
      const line = `${JSON.stringify({ offset, ...record })}\n`;
      text += line;
      offset += Buffer.byteLength(line);
    }
    this.#write(() => writeFileSync(this.path(FILES.audit(replica)), text));
  }

  /** Bytes of every file of lines that there is: what is missing later was lost later. */
  sizes(replicas: number): Readonly<Record<string, number>> {
    return Object.fromEntries(
      filesOfLines(replicas).flatMap((file) => {
        const found = statSync(this.path(file), { throwIfNoEntry: false });
        return found === undefined ? [] : [[file, found.size]];
      }),
    );
  }

  /** Of all that is judged: what is there later and does not fit is not what this run wrote. */
  seals(replicas: number): Readonly<Record<string, Seal>> {
    const files = [FILES.plan, FILES.workload, ...filesOfLines(replicas)];
    const there = files.filter((file) => existsSync(this.path(file)));
    return Object.fromEntries(there.map((file) => [file, sealOf(readFileSync(this.path(file)))]));
  }

  close(): void {
    for (const file of this.#open.values()) closeSync(file);
    this.#open.clear();
  }

  #fileOf(name: string): number {
    const known = this.#open.get(name);
    if (known !== undefined) return known;
    const file = openSync(this.path(name), "a");
    this.#open.set(name, file);
    return file;
  }

  /** A removed file takes bytes as long as it is open: only a look at the folder tells. */
  #write(work: () => void): void {
    if (this.#identity !== identityOf(this.directory)) {
      throw new StoreError(this.directory, new Error("the folder was removed or replaced"));
    }
    written(this.directory, work);
  }
}

function filesOfLines(replicas: number): readonly string[] {
  const audits = Array.from({ length: replicas }, (_, replica) => FILES.audit(replica));
  return [FILES.ledger, FILES.history, FILES.samples, FILES.metrics, ...audits];
}

function identityOf(folder: string): string | null {
  const found = statSync(folder, { throwIfNoEntry: false });
  return found === undefined ? null : `${found.dev}:${found.ino}`;
}

function written<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new StoreError(folder, error);
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
