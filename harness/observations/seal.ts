/**
 * What `run.json` keeps of a file, to tell later whether it is still the one that the run wrote,
 * the beginning of it (a disk that filled up, a copy broken off), or something else.
 */
import { createHash } from "node:crypto";

/** A beginning of the file: so many bytes of it have this SHA-256. */
export interface SealedPart {
  readonly bytes: number;
  readonly sha256: string;
}

/** Growing beginnings, each of whole lines; the last is the whole file. */
export type Seal = readonly SealedPart[];

/** Of a file that was cut short no more than one part is lost beside what is missing. */
const PARTS = 16;
const NEWLINE = 0x0a;

export function sealOf(content: Buffer): Seal {
  const hash = createHash("sha256");
  const seal: SealedPart[] = [];
  const least = Math.ceil(content.length / PARTS);
  let from = 0;
  do {
    const newline = content.indexOf(NEWLINE, Math.max(from, from + least - 1));
    const to = newline === -1 ? content.length : newline + 1;
    hash.update(content.subarray(from, to));
    seal.push({ bytes: to, sha256: hash.copy().digest("hex") });
    from = to;
  } while (from < content.length);
  return seal;
}

/** How many bytes of the content the run has certainly written; null if it was changed since. */
export function sealedBytes(content: Buffer, seal: Seal): number | null {
  const whole = seal.at(-1)?.bytes ?? 0;
  const part = seal.findLast(({ bytes }) => bytes <= content.length);
  if (content.length > whole) return null;
  if (part === undefined) return 0;
  const sha256 = createHash("sha256").update(content.subarray(0, part.bytes)).digest("hex");
  return sha256 === part.sha256 ? part.bytes : null;
}
