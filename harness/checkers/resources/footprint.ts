/** What a replica has to keep, from the configuration and from what its clients have written. */
import type { HistoryEvent } from "../../observations/observations.ts";
import { badClientOf } from "../../plan/hosted-clients.ts";
import type { CheckerInput } from "../checker.ts";
import { paddingOf } from "../padding.ts";

/** Of an entry of the state beside what it holds: a digest, lengths, numbers. */
const ENTRY_BYTES = 128;
/** The nodes of a state's tree beside its entries. */
const TREE_BYTES = 1_024;
/** Of a request in a batch beside what it is. */
const REQUEST_BYTES = 16;
/** A `cas` says what it expects and what it writes. */
const VALUES_MAX = 2;

export interface Footprint {
  /** One state: the longest value of each key, all that was appended, a reply for each client. */
  readonly stateBytes: number;
  /** So many of them: one for each checkpoint of a window, the present one, and a new one. */
  readonly states: number;
  /** All that is said of one number: its bodies, and what each replica votes. */
  readonly numberBytes: number;
  /** The same of a number with so many requests. */
  bytesOf(requests: number): number;
  /** A change of view: what each replica says of it, and what begins the next one. */
  readonly viewChangeBytes: number;
}

/** Null where nobody can say: bad clients write what no history has, old plans lack the sizes. */
export function footprintOf({
  observations: { run, plan, history },
}: Pick<CheckerInput, "observations">): Footprint | null {
  const { parameters, messages } = plan.cluster;
  if (messages === undefined || badClientOf(plan) !== null) return null;
  const { replicas, window, checkpointInterval, batchMax } = parameters;
  const padding = paddingOf({ run, plan });
  const sizeOf = (type: string): number => messages.sizes[type] ?? 0;
  // A VIEW-CHANGE has a certificate of each number; where those are made of proofs they are long.
  const certificate = Math.ceil(sizeOf("VIEW-CHANGE") / window);
  const prepares = Math.max(replicas * sizeOf("PREPARE"), certificate);
  const votes = prepares + replicas * sizeOf("COMMIT");
  const request = sizeOf("REQUEST") + REQUEST_BYTES + VALUES_MAX * padding;
  const replies = (plan.workload.clients + 1) * (ENTRY_BYTES + sizeOf("REPLY"));
  return {
    stateBytes: TREE_BYTES + replies + bytesWritten(history, padding),
    states: 2 + Math.ceil(window / checkpointInterval),
    // A body may be written twice: with the PRE-PREPARE, and under its digest.
    numberBytes: 2 * (sizeOf("PRE-PREPARE") + batchMax * VALUES_MAX * padding) + votes,
    bytesOf: (requests) => 2 * (sizeOf("PREPARE") + requests * request) + votes,
    viewChangeBytes: replicas * sizeOf("VIEW-CHANGE") + sizeOf("NEW-VIEW"),
  };
}

function bytesWritten(history: readonly HistoryEvent[], padding: number): number {
  const longest = new Map<string, number>();
  let appended = 0;
  for (const { type, f, key, value } of history) {
    if (type !== "invoke" || key === null) continue;
    const written = typeof value === "string" ? value : (value?.[1] ?? "");
    const bytes = Buffer.byteLength(written) + (value === null ? 0 : padding);
    if (f === "append") appended += bytes;
    longest.set(key, Math.max(longest.get(key) ?? 0, ENTRY_BYTES + Buffer.byteLength(key) + bytes));
  }
  return [...longest.values()].reduce((sum, bytes) => sum + bytes, appended);
}
