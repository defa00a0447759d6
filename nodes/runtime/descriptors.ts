/**
 * File descriptors are few and everybody wants some: sockets are bounded far below the limit, so
 * that there are always some for the log, without which a replica cannot go on.
 */
import { readFileSync } from "./files.ts";

/** What POSIX promises at least, where the system does not say. */
const LIMIT_UNKNOWN = 256;

/** How many this process may have open. */
export function descriptorLimit(): number {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
    return soft === undefined ? LIMIT_UNKNOWN : Number(soft);
  } catch {
    // Only Linux has this file.
    return LIMIT_UNKNOWN;
  }
}

/** Sockets of those who have proven nothing: handshakes, and whoever asks for a page. */
export function strangersMax(limit = descriptorLimit()) {
  const share = (part: number, { least, most }: { least: number; most: number }) =>
    Math.max(least, Math.min(most, Math.floor(limit / part)));
  return {
    silent: share(8, { least: 4, most: 128 }),
    greeted: share(4, { least: 4, most: 512 }),
    // Each may bring 64 KiB of questions in one turn of the loop, which take milliseconds.
    pages: share(16, { least: 2, most: 16 }),
  };
}
