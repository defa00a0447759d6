/** What a crash, or a disk, may leave behind the last block of a log. */
import { z } from "zod";
import type { Random } from "../simulation/random.ts";
import type { MemoryHost } from "./memory-host.ts";

export const TAILS = ["noise", "headers"] as const;

export const tornTail = z.object({
  kind: z.literal("torn-tail"),
  host: z.int().min(0),
  of: z.enum(TAILS),
  bytes: z
    .int()
    .min(1)
    .max(1024 * 1024),
});

export type TornTail = Readonly<z.infer<typeof tornTail>>;

/** Of a block: where it says that it stands, its length, and checksums of both (log.md). */
const BLOCK_HEADER_BYTES = 44;
/** In front of the first block: a word of eight bytes, a length, what is so long, a checksum. */
const LENGTH_AT = 8;

export function drawTornTail(random: Random, host: number): TornTail {
  const bytes = random.pick([4, 16, 48] as const) * 1024;
  return { kind: "torn-tail", host, of: random.pick(TAILS), bytes };
}

/** It does not run; all else that it wrote is on the disk. */
export function leaveTail(host: MemoryHost, { of, bytes }: TornTail): void {
  const { disk, dataFolder, world } = host;
  const segments = [...disk.copyOf(dataFolder).keys()].filter((path) => path.endsWith(".wal"));
  const newest = segments.toSorted().at(-1);
  if (newest === undefined) return;
  disk.find(newest)?.spoil((log) => {
    const start = log.length < LENGTH_AT + 4 ? 0 : LENGTH_AT + 8 + log.readUInt32BE(LENGTH_AT);
    const header = log.subarray(start, start + BLOCK_HEADER_BYTES);
    const isThere = of === "headers" && header.length === BLOCK_HEADER_BYTES;
    const tail = isThere ? Buffer.alloc(bytes, header) : noise(world.random, bytes);
    return Buffer.concat([log, tail]);
  });
}

/** With many small numbers in it: each might be a length. */
function noise(random: Random, bytes: number): Buffer {
  const tail = Buffer.alloc(bytes);
  for (let at = 0; at < bytes; at += 1) tail[at] = at % 4 < 2 ? 0 : random.integer(0, 255);
  return tail;
}
