/**
 * Requests that wait to be executed: first come, first served, one per client
 * (protocols §10.2). The client at the head is what the request timer is tied to, so that a bad
 * primary cannot starve one client while it serves others. All of it is bounded by the clients that
 * wait.
 *
 * Beside them those that are authentic here and perhaps nowhere else: no timer runs for them, and a
 * primary proposes them only once it has served those who waited when its view began
 * (protocols §19.6).
 */
import { assert } from "../assert.ts";
import type { NodeId } from "../contract/core.ts";
import { BATCH_BYTES_MAX } from "../contract/limits.ts";
import type { ClusterParameters } from "../contract/protocol.ts";
import { bytesInBatch, NULL_BATCH, type Request } from "../wire/request.ts";

export class RequestQueue {
  /** The newest request of each client; insertion order is the order of the clients' arrival. */
  readonly #waiting = new Map<NodeId, Request>();
  /** Clients whose waiting request is in no live pre-prepare, in the order of arrival. */
  readonly #unproposed = new Set<NodeId>();
  /** The newest one of each client behind a sure one that keeps its place (protocols §21.3). */
  readonly #next = new Map<NodeId, Request>();
  /** The newest one of each client that others may not be able to check. */
  readonly #doubtful = new Map<NodeId, Request>();
  readonly #doubtfulUnproposed = new Set<NodeId>();
  /** Whom this view has to serve before it proposes what is doubtful: up to which timestamp. */
  readonly #owed = new Map<NodeId, number>();
  /** Timestamps proposed in this view and not executed yet, by client. */
  readonly #proposed = new Map<NodeId, number>();
  /** Is what others may not be able to check proposed at all? (protocols §21.3) */
  readonly #isDoubtfulProposed: boolean;
  #turn = 0;

  constructor({ requestAt }: Pick<ClusterParameters, "requestAt">) {
    this.#isDoubtfulProposed = requestAt === "K1";
  }

  get size(): number {
    return this.#waiting.size + this.#next.size + this.#doubtful.size;
  }

  /** Those for which `Treq` runs. */
  get timed(): number {
    return this.#waiting.size;
  }

  /**
   * Changes whenever the client at the head is served: `Treq` starts again then, and only then
   * (protocols §10.2).
   */
  get turn(): number {
    return this.#turn;
  }

  /** Proposed in this view and not executed yet. */
  get inFlight(): number {
    return this.#proposed.size;
  }

  /** Are there so many that may go into a batch now? */
  hasUnproposed(count: number): boolean {
    if (this.#unproposed.size + this.#doubtfulUnproposed.size < count) return false;
    let found = 0;
    for (const _ of this.#unproposedInOrder()) {
      found += 1;
      if (found >= count) return true;
    }
    return false;
  }

  /** The newest one of the client. */
  waiting(client: NodeId): Request | undefined {
    const newest = this.#next.get(client) ?? this.#waiting.get(client);
    const doubtful = this.#doubtful.get(client);
    // Where it was not told that an older one is sure, that one came later.
    return doubtful && doubtful.timestamp >= (newest?.timestamp ?? 0) ? doubtful : newest;
  }

  /** This very one, if it waits, surely or not. */
  held(client: NodeId, digest: string): Request | undefined {
    const all = [this.#doubtful.get(client), this.#next.get(client), this.#waiting.get(client)];
    return all.find((each) => each?.digest === digest);
  }

  isKnown({ client, digest }: Pick<Request, "client" | "digest">): boolean {
    return this.held(client, digest) !== undefined;
  }

  /** Whatever becomes of the view. */
  isSure({ client, digest }: Pick<Request, "client" | "digest">): boolean {
    const all = [this.#next.get(client), this.#waiting.get(client)];
    return all.some((each) => each?.digest === digest);
  }

  /** Does one of its requests wait whatever becomes of the view? */
  hasSure(client: NodeId): boolean {
    return this.#waiting.has(client);
  }

  *all(): Iterable<Request> {
    yield* this.#waiting.values();
    yield* this.#next.values();
    yield* this.#doubtful.values();
  }

  /**
   * A newer request takes the place and the age of the older one: clients that give up before the
   * request timer expires would otherwise start it anew for ever (protocols §16.15).
   */
  add(request: Request): void {
    this.#waiting.set(request.client, request);
    if (this.#isProposed(request)) this.#unproposed.delete(request.client);
    else this.#unproposed.add(request.client);
    this.#forgetDoubtful(request.client, request.timestamp);
  }

  /**
   * As `add`, but what waits for sure stays, body and all, until its client is served: who lacks it
   * asks for that very one, and would never come by it if a bad client had it replaced as fast as
   * it is asked for (protocols §21.3).
   */
  follow(request: Request): void {
    const { client, timestamp } = request;
    const first = this.hasSure(client) ? this.#waiting.get(client) : undefined;
    if (!first || first.timestamp >= timestamp) return this.add(request);
    this.#next.set(client, request);
    this.#forgetDoubtful(client, timestamp);
  }

  /** Newer than what waits of its client: what waits stays until this one is added, too. */
  addDoubtful(request: Request): void {
    const { client } = request;
    this.#doubtful.set(client, request);
    if (this.#isProposed(request)) this.#doubtfulUnproposed.delete(client);
    else this.#doubtfulUnproposed.add(client);
  }

  /**
   * The client was served: its last executed timestamp rose to `timestamp`. What waits up to that
   * goes. A newer request goes to the tail as if it came now: with its old place a bad primary
   * could serve this client alone, with its old age it would depose every correct one
   * (protocols §10.2).
   */
  served(client: NodeId, timestamp: number): void {
    if ((this.#proposed.get(client) ?? 0) <= timestamp) this.#proposed.delete(client);
    if ((this.#owed.get(client) ?? 0) <= timestamp) this.#owed.delete(client);
    this.#forgetDoubtful(client, timestamp);
    const request = this.#waiting.get(client);
    if (!request) return;
    if (this.#isHead(client)) this.#turn += 1;
    this.#waiting.delete(client);
    const unproposed = this.#unproposed.delete(client);
    if (request.timestamp <= timestamp) {
      this.#moveUp(client, timestamp);
      return;
    }
    this.#waiting.set(client, request);
    if (unproposed) this.#unproposed.add(client);
  }

  /** What waited behind the one that was served goes to the tail. */
  #moveUp(client: NodeId, served: number): void {
    const next = this.#next.get(client);
    this.#next.delete(client);
    if (next && next.timestamp > served) this.add(next);
  }

  #forgetDoubtful(client: NodeId, timestamp: number): void {
    const request = this.#doubtful.get(client);
    if (!request || request.timestamp > timestamp) return;
    this.#doubtful.delete(client);
    this.#doubtfulUnproposed.delete(client);
  }

  #isHead(client: NodeId): boolean {
    for (const first of this.#waiting.keys()) return first === client;
    return false;
  }

  #isProposed({ client, timestamp }: Request): boolean {
    return (this.#proposed.get(client) ?? 0) >= timestamp;
  }

  /**
   * Takes the requests of one batch, of those still waiting and in no live pre-prepare: up to
   * `requestsMax`, and as many bytes as a batch may have. The largest request fits alone.
   */
  takeUnproposed(requestsMax: number): Request[] {
    const taken: Request[] = [];
    let bytes = NULL_BATCH.bytes.length;
    for (const request of this.#unproposedInOrder()) {
      if (taken.length >= requestsMax) break;
      bytes += bytesInBatch(request);
      if (bytes > BATCH_BYTES_MAX) break;
      taken.push(request);
    }
    for (const { client, timestamp } of taken) {
      if (!this.#unproposed.delete(client)) this.#doubtfulUnproposed.delete(client);
      this.#proposed.set(client, timestamp);
    }
    return taken;
  }

  /** One of each client: of who waits with two of them the older one. */
  *#unproposedInOrder(): Iterable<Request> {
    for (const client of this.#unproposed) {
      const request = this.#waiting.get(client);
      assert(request !== undefined, `client ${client} is unproposed, so it waits`);
      yield request;
    }
    if (this.#owed.size > 0) return;
    if (!this.#isDoubtfulProposed) return;
    for (const client of this.#doubtfulUnproposed) {
      const request = this.#doubtful.get(client);
      assert(request !== undefined, `client ${client} is unproposed, so it waits`);
      if (!this.#waiting.has(client)) yield request;
    }
  }

  /**
   * A new view: what waits may be proposed again, except what its NEW-VIEW already orders. Not what
   * is doubtful now: what a bad client has left here would depose every primary for ever
   * (protocols §19.6).
   */
  enterView(ordered: Iterable<Request>): void {
    this.#proposed.clear();
    for (const { client, timestamp } of ordered) {
      const highest = Math.max(timestamp, this.#proposed.get(client) ?? 0);
      this.#proposed.set(client, highest);
    }
    this.#unproposed.clear();
    this.#doubtfulUnproposed.clear();
    this.#owed.clear();
    for (const request of this.#waiting.values()) {
      if (!this.#isProposed(request)) this.#unproposed.add(request.client);
      this.#owed.set(request.client, request.timestamp);
    }
    assert(this.#unproposed.size <= this.#waiting.size, "what is unproposed waits");
  }
}
