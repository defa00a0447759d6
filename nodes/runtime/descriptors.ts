/**
 * File descriptors are few and everybody wants some: sockets are bounded far below the limit, and
 * some are kept in reserve for the log, without which a replica cannot go on.
 */
import { closeSync, openSync, readFileSync } from "node:fs";

/** What POSIX promises at least, where the system does not say. */
const LIMIT_UNKNOWN = 256;

/** As many as taking a checkpoint opens. */
const RESERVED = 4;

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
    silent: share(8, { least: 16, most: 128 }),
    greeted: share(4, { least: 16, most: 512 }),
    pages: share(16, { least: 8, most: 64 }),
  };
}

/** Descriptors that nobody else can take. */
export class DescriptorReserve {
  readonly #held: number[] = [];

  constructor() {
    this.#refill();
  }

  /**
   * Runs `open`, which opens a file synchronously; if the process is out of descriptors, one of the
   * reserve is given up for it.
   * @throws whatever `open` throws otherwise
   */
  use<Opened>(open: () => Opened): Opened {
    for (;;) {
      try {
        const opened = open();
        this.#refill();
        return opened;
      } catch (error) {
        const descriptor = isOutOfDescriptors(error) ? this.#held.pop() : undefined;
        if (descriptor === undefined) throw error;
        closeSync(descriptor);
      }
    }
  }

  /** As far as there are any: what was given up comes back when others have closed theirs. */
  #refill(): void {
    while (this.#held.length < RESERVED) {
      try {
        this.#held.push(openSync("/dev/null", "r"));
      } catch (error) {
        if (isOutOfDescriptors(error)) return;
        throw error;
      }
    }
  }
}

function isOutOfDescriptors(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    (error.code === "EMFILE" || error.code === "ENFILE")
  );
}

/** The reserve of this process. */
export const descriptorReserve = new DescriptorReserve();
