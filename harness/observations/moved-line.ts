/** A line that tells at which byte it begins starts with that. */
const OFFSET = /^\{"offset":(\d+),/;
const OFFSET_BYTES_MAX = 32;
const NEWLINE = 0x0a;

/**
 * The number of the first line that does not stand where it was written: one before it was taken
 * out or put in. Null where each stands in its place or tells of none (older versions).
 */
export function movedLine(content: Buffer): number | null {
  let line = 1;
  for (let from = 0; from < content.length; line++) {
    const start = content.toString("latin1", from, from + OFFSET_BYTES_MAX);
    const offset = OFFSET.exec(start)?.[1];
    if (offset !== undefined && Number(offset) !== from) return line;
    const newline = content.indexOf(NEWLINE, from);
    if (newline === -1) return null;
    from = newline + 1;
  }
  return null;
}
