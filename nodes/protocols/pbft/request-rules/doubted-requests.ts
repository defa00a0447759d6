/**
 * Requests that other replicas brought and nothing shows here to be their clients': kept until
 * enough vouch for them, by the peer whose channel brought them, so that a liar can only push out
 * its own.
 */
import type { NodeId } from "../../contract/core.ts";
import { REQUEST_BYTES_MAX } from "../../contract/limits.ts";
import type { Request } from "../../wire/request.ts";

const REQUESTS_PER_PEER_MAX = 64;
/** The largest one fits, and some of ordinary size beside it. */
const BYTES_PER_PEER_MAX = 2 * REQUEST_BYTES_MAX;

interface Kept {
  /** Oldest first. */
  readonly requests: Map<string, Request>;
  bytes: number;
}

export class DoubtedRequests {
  readonly #byPeer = new Map<NodeId, Kept>();

  get size(): number {
    let size = 0;
    for (const { requests } of this.#byPeer.values()) size += requests.size;
    return size;
  }

  /** @param request owned by whoever keeps it */
  keep(from: NodeId, request: Request): void {
    const kept = this.#byPeer.get(from) ?? { requests: new Map<string, Request>(), bytes: 0 };
    this.#byPeer.set(from, kept);
    if (kept.requests.has(request.digest)) return;
    kept.requests.set(request.digest, request);
    kept.bytes += request.envelope.frame.length;
    for (const [digest, { envelope }] of kept.requests) {
      const isFull = kept.requests.size > REQUESTS_PER_PEER_MAX || kept.bytes > BYTES_PER_PEER_MAX;
      if (!isFull) break;
      kept.requests.delete(digest);
      kept.bytes -= envelope.frame.length;
    }
  }

  named(digest: string): Request | undefined {
    for (const { requests } of this.#byPeer.values()) {
      const request = requests.get(digest);
      if (request) return request;
    }
    return undefined;
  }

  /** Forgets those that are of no use any more. */
  keepOnly(isOfUse: (request: Request) => boolean): void {
    for (const [from, kept] of this.#byPeer) {
      for (const [digest, request] of kept.requests) {
        if (isOfUse(request)) continue;
        kept.requests.delete(digest);
        kept.bytes -= request.envelope.frame.length;
      }
      if (kept.requests.size === 0) this.#byPeer.delete(from);
    }
  }
}
