/** Counts the starts of a replica, from 1: in its data directory, or by what its audit log says. */

import { join } from "node:path";
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  writeSync,
} from "./files.ts";

const TAIL_BYTES = 1024 * 1024;

export interface BootOptions {
  readonly dataDirectory: string;
  /** False for `durability: none`, which writes nothing into the data directory. */
  readonly isDurable: boolean;
  readonly auditFile: string;
}

export function bootPath(dataDirectory: string): string {
  return join(dataDirectory, "boot");
}

/** The number of this start; remembered if the replica is durable. */
export function countBoot({ dataDirectory, isDurable, auditFile }: BootOptions): number {
  const path = bootPath(dataDirectory);
  // The larger of the two: a wiped or restored data directory must not repeat a number.
  const boot = 1 + Math.max(bootInFile(path), lastBootInAudit(auditFile));
  if (isDurable) {
    mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
    const unfinished = `${path}.unfinished`;
    const descriptor = openSync(unfinished, "w", 0o600);
    writeSync(descriptor, `${boot}\n`);
    fsyncSync(descriptor);
    closeSync(descriptor);
    renameSync(unfinished, path);
    // A log that is lost later is missed by this file: so it must not be lost with it.
    const folder = openSync(dataDirectory, "r");
    fsyncSync(folder);
    closeSync(folder);
  }
  return boot;
}

function bootInFile(path: string): number {
  if (!existsSync(path)) return 0;
  const boot = Number.parseInt(readFileSync(path, "utf8"), 10);
  return Number.isSafeInteger(boot) ? boot : 0;
}

function lastBootInAudit(path: string): number {
  if (!existsSync(path)) return 0;
  const descriptor = openSync(path, "r");
  const { size } = fstatSync(descriptor);
  const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
  const bytes = readSync(descriptor, tail, 0, tail.length, size - tail.length);
  closeSync(descriptor);
  // The writer puts `boot` before the event's own keys, so the first one in a line is it.
  const boots = tail
    .toString("latin1", 0, bytes)
    .matchAll(/^\{"offset":\d+,"time":\d+,"replica":\d+,"boot":(\d+),/gm);
  return Math.max(0, ...Array.from(boots, (match) => Number(match[1])));
}
