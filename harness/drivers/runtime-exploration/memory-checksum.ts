/** What `nodes/runtime/checksum.ts` offers, counted for the process that asks. */
import { crc32 as realCrc32 } from "node:zlib";
import type * as realChecksum from "../../../nodes/runtime/checksum.ts";
import { runningProcess } from "./memory-process.ts";

function crc32(data: Uint8Array | string, value?: number): number {
  runningProcess().summedBytes += data.length;
  return realCrc32(data, value);
}

export const memoryChecksum = { crc32 } satisfies Record<keyof typeof realChecksum, unknown>;
