/**
 * The part of a replica's audit log that a run must be judged by. The log tells all that the
 * replica ever did; the run begins at a checkpoint that it took.
 */
import { closeSync, fstatSync, openSync, readFileSync, readSync, writeFileSync } from "node:fs";
import { DriverError } from "../driver.ts";

/** It came to the checkpoint a moment ago: the line is not further back than this. */
const TAIL_BYTES = 4 * 1024 * 1024;
const STANDS_AT = /^\{"offset":(\d+),.*"e":"(?:checkpoint|installed)","n":(\d+)[,}]/;
const OFFSET = /^\{"offset":(\d+),/;

/**
 * Where the line begins that says it took checkpoint `number`, or was given it. The replica writes
 * its lines once a tick, so the line may come a moment later than the state that it tells of.
 * @returns null if it is not there
 */
export function checkpointOffset(file: string, number: number): number | null {
  for (const line of tailOf(file).split("\n").toReversed()) {
    const [, offset, found] = STANDS_AT.exec(line) ?? [];
    if (Number(found) === number) return Number(offset);
  }
  return null;
}

/**
 * Copies what was written from `offset` on. Each line says where it stands; it is told anew where
 * that is, after it has proved to be where it said.
 * @throws {DriverError} NO_AUDIT, if a line is not where it was written
 */
export function copySlice(from: string, offset: number, to: string): void {
  const text = readFileSync(from).subarray(offset).toString("utf8");
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  let [position, written] = [offset, 0];
  const lines: string[] = [];
  for (const line of whole.split("\n").slice(0, -1)) {
    if (Number(OFFSET.exec(line)?.[1]) !== position) {
      throw new DriverError(
        "NO_AUDIT",
        `${from} has another line at byte ${position} than was written`,
      );
    }
    position += Buffer.byteLength(line) + 1;
    const copied = line.replace(OFFSET, `{"offset":${written},`);
    written += Buffer.byteLength(copied) + 1;
    lines.push(`${copied}\n`);
  }
  writeFileSync(to, lines.join(""));
}

function tailOf(path: string): string {
  const descriptor = openSync(path, "r");
  try {
    const { size } = fstatSync(descriptor);
    const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
    const bytes = readSync(descriptor, tail, 0, tail.length, size - tail.length);
    return tail.toString("utf8", 0, bytes);
  } finally {
    closeSync(descriptor);
  }
}
