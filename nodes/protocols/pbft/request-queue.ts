/**
 * Requests that wait to be executed: first come, first served, one per client (reference 1.6,
 * 1.10). The head is what the request timer is tied to, so that a bad primary cannot starve one
 * client while it serves others.
 */
import type { NodeId } from "../core.ts";
import { BATCH_BYTES_MAX } from "../limits.ts";
import { bytesInBatch, NULL_BATCH, type Request } from "../request.ts";

export class RequestQueue {
  /** Insertion order is arrival order. */
  readonly #waiting = new Map<NodeId, Request>();
  /** The primary's share: not proposed in this view yet. */
  #unproposed: Request[] = [];
  /** Timestamps proposed in this view, by client. */
  readonly #proposed = new Map<NodeId, number>();

  get size(): number {
    return this.#waiting.size;
  }

  head(): Request | null {
    for (const request of this.#waiting.values()) return request;
    return null;
  }

  waiting(client: NodeId): Request | undefined {
    return this.#waiting.get(client);
  }

  all(): Iterable<Request> {
    return this.#waiting.values();
  }

  add(request: Request): void {
    // A newer request of a client goes to the tail: keeping the place would let a bad client hold
    // it.
    this.#waiting.delete(request.client);
    this.#waiting.set(request.client, request);
    this.#unproposed.push(request);
  }

  /** Removes every waiting request of the client up to and including `timestamp`. */
  settle(client: NodeId, timestamp: number): void {
    const request = this.#waiting.get(client);
    if (request && request.timestamp <= timestamp) this.#waiting.delete(client);
  }

  markProposed(request: Request): void {
    this.#proposed.set(request.client, request.timestamp);
  }

  /**
   * Takes the requests of one batch, of those still waiting and in no live pre-prepare: up to
   * `requestsMax`, and as many bytes as a batch may have. The largest request fits alone.
   */
  takeUnproposed(requestsMax: number): Request[] {
    const taken: Request[] = [];
    let bytes = NULL_BATCH.bytes.length;
    let read = 0;
    while (read < this.#unproposed.length && taken.length < requestsMax) {
      const request = this.#unproposed[read] as Request;
      if (this.#isUnproposed(request)) {
        bytes += bytesInBatch(request);
        if (bytes > BATCH_BYTES_MAX) break;
        this.markProposed(request);
        taken.push(request);
      }
      read += 1;
    }
    this.#unproposed = this.#unproposed.slice(read);
    return taken;
  }

  #isUnproposed(request: Request): boolean {
    if (this.#waiting.get(request.client) !== request) return false;
    return (this.#proposed.get(request.client) ?? 0) < request.timestamp;
  }

  /** A new view: what waits may be proposed again, except what its NEW-VIEW already orders. */
  enterView(ordered: Iterable<Request>): void {
    this.#proposed.clear();
    for (const request of ordered) this.markProposed(request);
    this.#unproposed = [...this.#waiting.values()];
  }
}
