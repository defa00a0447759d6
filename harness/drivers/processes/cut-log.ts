import type { Endpoint } from "../../../faults/fault.ts";
import { cutToSyncedMark } from "../../../nodes/runtime/log-cut.ts";

/** Fewer than any record holds, so what follows the mark after a power cut is torn, not whole. */
const TORN_BYTES = 7;

/**
 * What a power cut does to the log of a replica that is down.
 * @returns what was done, in words
 */
export function cutLog(replica: Endpoint, dataDirectory: string): string {
  const { mark, lostBytes, tornBytes } = cutToSyncedMark(dataDirectory, { tornBytes: TORN_BYTES });
  const where = mark ? `segment ${mark.segment}, offset ${mark.offset}` : "nothing";
  return `${replica}: log cut back to ${where}: ${lostBytes} bytes lost, ${tornBytes} left of a torn record`;
}
