/**
 * The whole contract between a deterministic core and whatever runs it: the simulator's kernel
 * (virtual time) or `nodes/runtime` (sockets, timers, disk). A core has no clock, no randomness, no
 * sockets and no `await`; everything it learns comes in through `step`, everything it wants goes
 * out through `Effects`, in order.
 */
import type { AuditEvent } from "./audit.ts";

/**
 * Replicas are `0 .. n-1`. Clients are `65536 * (1 + host) + index`, index from 1; index 0 names
 * the client host itself (its connection), never a logical client.
 */
export type NodeId = number;

export const CLIENT_BASE = 65_536;

export function isReplica(node: NodeId): boolean {
  return node < CLIENT_BASE;
}

/**
 * The node id of the client host (the process `c0`, `c1`, ...) that logical client `client` lives
 * in.
 */
export function hostOf(client: NodeId): NodeId {
  return client - (client % CLIENT_BASE);
}

/** The node id of logical client `index` (from 1) on client host number `host` (from 0). */
export function clientId({ host, index }: { host: number; index: number }): NodeId {
  return CLIENT_BASE * (1 + host) + index;
}

/** `r0`, `c0` for a client host, `c0.3` for a logical client. */
export function nodeName(node: NodeId): string {
  if (isReplica(node)) return `r${node}`;
  const host = Math.floor(node / CLIENT_BASE) - 1;
  const index = node % CLIENT_BASE;
  return index === 0 ? `c${host}` : `c${host}.${index}`;
}

export type TimerId = string;

export type Input =
  /** First input, once: what the log held, oldest first; empty on a first start. */
  | { readonly kind: "recovered"; readonly records: readonly Uint8Array[] }
  /** `from` is the channel's proven peer: a replica, or the client *host* for client traffic. */
  | { readonly kind: "frame"; readonly from: NodeId; readonly bytes: Uint8Array }
  | { readonly kind: "timer"; readonly id: TimerId };

/**
 * What a core may ask for. Order matters: a `send` after a `persist` leaves only once everything
 * persisted before it is durable; the runtime holds it back, the core never waits.
 */
export interface Effects {
  /** To a replica, or to a logical client (routed to its host). Never to oneself. */
  send(to: NodeId, frame: Uint8Array): void;
  /** To every other replica. */
  broadcast(frame: Uint8Array): void;
  /**
   * `append`: add to the log. `replace`: atomically put these records in place of the whole log
   * (a stable checkpoint garbage-collects); either the old or the new log survives a crash.
   */
  persist(mode: "append" | "replace", records: readonly Uint8Array[]): void;
  /**
   * (Re)arms the timer; one pending expiry per id. One of 0 ms is due at the end of the tick: when
   * all input that is there has been taken, and before anything that the tick sends leaves.
   */
  setTimer(id: TimerId, afterMs: number): void;
  cancelTimer(id: TimerId): void;
  audit(event: AuditEvent): void;
}

/** What `/status` shows and the harness polls. */
export interface CoreStatus {
  readonly view: number;
  /** False while changing view. */
  readonly active: boolean;
  readonly lastExec: number;
  /** The low watermark `h`: the last stable checkpoint. */
  readonly stable: number;
  /** Rejected inputs by reason, since start. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Protocol counters worth a metric (batches, requests, stateTransfers ...), since start. */
  readonly counters: Readonly<Record<string, number>>;
}

export interface ReplicaCore {
  /** @param now milliseconds on a monotonic clock */
  step(input: Input, now: number, effects: Effects): void;
  status(): CoreStatus;
  /** How much waits for what, by the name of the queue. */
  queues(): Readonly<Record<string, number>>;
  /**
   * Digest over service state and client table; costs what changed since the last question or
   * checkpoint, so on demand only.
   */
  stateDigest(): string;
}

/**
 * How one operation ended at the client. `unknown` = no answer in time: it may still execute.
 * `refused` = the client did not send it: it never executes.
 */
export type Completion =
  | {
      readonly outcome: "ok";
      readonly timestamp: number;
      readonly result: Uint8Array;
      readonly view: number;
      readonly repliers: readonly NodeId[];
    }
  | { readonly outcome: "unknown"; readonly timestamp: number }
  | { readonly outcome: "refused"; readonly timestamp: number; readonly because: string };

export interface ClientEffects {
  send(to: NodeId, frame: Uint8Array): void;
  setTimer(id: TimerId, afterMs: number): void;
  cancelTimer(id: TimerId): void;
  completed(completion: Completion): void;
}

/** One logical client; at most one operation outstanding. */
export interface ClientCore {
  readonly id: NodeId;
  /** @returns the request's timestamp `t`, strictly increasing */
  invoke(operation: Uint8Array, now: number, effects: ClientEffects): number;
  /** `from` is the replica whose channel delivered the frame. */
  frame(from: NodeId, bytes: Uint8Array, now: number, effects: ClientEffects): void;
  timer(id: TimerId, now: number, effects: ClientEffects): void;
}
