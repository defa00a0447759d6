import type { Envelope } from "../wire/envelope.ts";

/** Reading so many bytes of what others prepared is as much work as a VIEW-CHANGE without any. */
const BYTES_READ_AT_ONCE = 32 * 1024;

/** What a VIEW-CHANGE or NEW-VIEW counts for, before anything of it is looked at. */
export function readingCost({ frame }: Pick<Envelope, "frame">): number {
  return 1 + Math.floor(frame.length / BYTES_READ_AT_ONCE);
}
