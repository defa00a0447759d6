/** What one operation takes, alone in its batch, when nothing fails (protocols §6.7). */
import type { BlankSchemes } from "../contract/message-sizes.ts";
import { normalCaseSizes } from "./message-sizes.ts";

/**
 * How many of each type, each receiver counted.
 * @param requests to how many replicas the client sends its own
 */
function normalCase(replicas: number, requests: number) {
  const backups = replicas - 1;
  return {
    REQUEST: requests,
    "PRE-PREPARE": backups,
    PREPARE: backups ** 2,
    COMMIT: replicas * backups,
    REPLY: replicas,
  };
}

export function normalCaseMessages(replicas: number, requests = 1): number {
  return Object.values(normalCase(replicas, requests)).reduce((sum, count) => sum + count, 0);
}

export interface Sealing {
  readonly messages: BlankSchemes;
  readonly replies: BlankSchemes;
}

/** Bytes of these messages, argument and result empty. */
export function normalCaseBytes(
  replicas: number,
  { messages, replies }: Sealing,
  requests = 1,
): number {
  const cluster = { replicas, faultsMax: (replicas - 1) / 3, window: 1 };
  const parameters = { ...cluster, batchRequests: 1, operationBytes: 0, resultBytes: 0 };
  const { REPLY } = normalCaseSizes(parameters, replies);
  const sizes = { ...normalCaseSizes(parameters, messages), REPLY };
  const counts = normalCase(replicas, requests);
  const types = Object.keys(counts) as (keyof typeof counts)[];
  return types.reduce((sum, type) => sum + counts[type] * sizes[type], 0);
}
