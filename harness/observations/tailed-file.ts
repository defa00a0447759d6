import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { readJsonLines } from "./json-lines.ts";

/** A file of lines that somebody is writing, and how far it was read. */
export interface TailedFile {
  readonly path: string;
  offset: number;
}

/** So much at once; the rest comes next time. */
const BYTES_MAX = 8 * 1024 * 1024;
const NEWLINE = 0x0a;

/** The whole lines that were added since last time; none where there is no file yet. */
export function readAdded(file: TailedFile): readonly unknown[] {
  const added = bytesAfter(file.path, file.offset);
  const whole = added.subarray(0, added.lastIndexOf(NEWLINE) + 1);
  file.offset += whole.length;
  return readJsonLines(whole.toString("utf8")).values;
}

function bytesAfter(path: string, offset: number): Buffer {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
  try {
    const length = Math.min(BYTES_MAX, Math.max(0, fstatSync(file).size - offset));
    const bytes = Buffer.allocUnsafe(length);
    return bytes.subarray(0, readSync(file, bytes, 0, length, offset));
  } finally {
    closeSync(file);
  }
}
