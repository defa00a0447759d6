/** Requests that clients made, as a liar remembers them to order them again: the largest ones. */
import { BATCH_BYTES_MAX } from "../../../nodes/protocols/contract/limits.ts";
import { bytesInBatch, type Request } from "../../../nodes/protocols/wire/request.ts";
import type { PbftMessages, Proposal } from "./pbft.ts";

/** One of each client. */
const CLIENTS_MAX = 16;
/** How many there are, in front. */
const COUNT_BYTES = 4;

export class LargestRequests {
  readonly #messages: PbftMessages;
  /** By client. */
  readonly #kept = new Map<number, Request>();

  constructor(messages: PbftMessages) {
    this.#messages = messages;
  }

  hear({ batch }: Proposal): void {
    for (const request of batch?.requests ?? []) {
      const known = this.#kept.get(request.client);
      const isLarger = bytesInBatch(request) > (known ? bytesInBatch(known) : 0);
      if (isLarger && (known || this.#kept.size < CLIENTS_MAX)) {
        this.#kept.set(request.client, request);
      }
    }
  }

  /** As much as a batch may hold; with another turn they stand in another order. */
  batch(turn: number) {
    const { batchMax } = this.#messages.cluster;
    const all = [...this.#kept.values()];
    const first = all.length === 0 ? 0 : turn % all.length;
    const chosen: Request[] = [];
    let left = BATCH_BYTES_MAX - COUNT_BYTES;
    for (const request of [...all.slice(first), ...all.slice(0, first)]) {
      if (chosen.length === batchMax || bytesInBatch(request) > left) continue;
      chosen.push(request);
      left -= bytesInBatch(request);
    }
    return this.#messages.batch(chosen);
  }
}
