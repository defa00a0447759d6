/** Backups as files in the run store: real copies, which can really be overwritten. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Endpoint } from "../../../faults/fault.ts";
import { markPath } from "../../../nodes/runtime/log-mark.ts";
import type { NamedBytes, Tapes } from "../backups.ts";

export class FolderTapes implements Tapes {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  read(replica: Endpoint): readonly NamedBytes[] {
    const folder = join(this.#folder, replica);
    return existsSync(folder) ? readdirSync(folder).map((name) => readNamed(folder, name)) : [];
  }

  write(replica: Endpoint, files: readonly NamedBytes[]): void {
    const folder = join(this.#folder, replica);
    mkdirSync(folder, { recursive: true });
    for (const { name, bytes } of files) writeFileSync(join(folder, name), bytes, { flush: true });
  }
}

const TRIES = 5;

/**
 * The disk of a replica that goes on writing. The mark comes first: what is read after it holds at
 * least what the mark says. A file that is gone meanwhile belonged to a log that was compacted, so
 * all is read again.
 */
export function readDisk(dataDirectory: string): readonly NamedBytes[] {
  const mark = markPath(dataDirectory).slice(dataDirectory.length + 1);
  for (let left = TRIES; ; left -= 1) {
    try {
      const names = readdirSync(dataDirectory).filter((name) => !name.includes("unfinished"));
      const ordered = names.toSorted((a, b) => Number(b === mark) - Number(a === mark));
      return ordered.map((name) => readNamed(dataDirectory, name));
    } catch (error) {
      const gone = (error as NodeJS.ErrnoException).code === "ENOENT";
      if (!gone || left === 0) throw error;
    }
  }
}

function readNamed(folder: string, name: string): NamedBytes {
  return { name, bytes: readFileSync(join(folder, name)) };
}
