/**
 * What the replicas and the client hosts said about themselves, newest last: the evidence of
 * attestation, of symbolic targets, of convergence and of the progress line.
 */
import { z } from "zod";

const counters = z.object({
  sent: z.number(),
  received: z.number(),
  sentBytes: z.number(),
  receivedBytes: z.number(),
  dropped: z.number(),
  beatSent: z.number(),
  beatReceived: z.number(),
  beatsReceived: z.number(),
  oneWayMs: z.number().nullable(),
  connected: z.boolean(),
  connects: z.number(),
});

/** The answer of `/status`; checked, because the process that gives it may be a lying one. */
export const statusAnswer = z.object({
  replica: z.number(),
  boot: z.number(),
  status: z.object({
    view: z.number(),
    active: z.boolean(),
    lastExec: z.number(),
    stable: z.number(),
    rejected: z.record(z.string(), z.number()),
    counters: z.record(z.string(), z.number()),
  }),
  stateDigest: z.string().optional(),
  peers: z.record(z.string(), counters),
  process: z.object({ rssBytes: z.number(), cpuSeconds: z.number() }),
  logBytes: z.number().optional(),
});
export type StatusAnswer = z.output<typeof statusAnswer>;

export const peerCounters = z.record(z.string(), counters);
export type Peers = z.output<typeof peerCounters>;

/** One look at one endpoint. `answer` and `peers` are absent if it did not answer. */
export interface Sighting {
  readonly endpoint: string;
  /** Monotonic clock, when the question left and when the answer was there. */
  readonly askedNs: bigint;
  readonly atNs: bigint;
  readonly peers?: Peers;
  readonly answer?: StatusAnswer;
  /** What the bad client of a host counts of itself. */
  readonly acts?: Readonly<Record<string, number>>;
}

/** Enough for the longest proof: 15 s of polls. */
const KEPT = 100;

export class Sightings {
  readonly #byEndpoint = new Map<string, Sighting[]>();
  readonly #listeners = new Set<(sighting: Sighting) => void>();

  add(sighting: Sighting): void {
    const kept = this.#byEndpoint.get(sighting.endpoint) ?? [];
    this.#byEndpoint.set(sighting.endpoint, kept);
    kept.push(sighting);
    if (kept.length > KEPT) kept.shift();
    for (const listener of this.#listeners) listener(sighting);
  }

  last(endpoint: string): Sighting | undefined {
    return this.#byEndpoint.get(endpoint)?.at(-1);
  }

  /** What those of them say of themselves that answer. */
  statuses(endpoints: readonly string[]): readonly StatusAnswer["status"][] {
    return endpoints.flatMap((endpoint) => this.last(endpoint)?.answer?.status ?? []);
  }

  /** Answered sightings of which the question left at or after `sinceNs`, oldest first. */
  since(endpoint: string, sinceNs: bigint): readonly Sighting[] {
    const kept = this.#byEndpoint.get(endpoint) ?? [];
    return kept.filter((sighting) => sighting.askedNs >= sinceNs && sighting.peers !== undefined);
  }

  /** @returns the function that ends the subscription */
  onSighting(listener: (sighting: Sighting) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
