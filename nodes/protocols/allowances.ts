/**
 * What one peer may cost (reference 1.14). Counted per period and charged to whoever is proven to
 * have caused it: the peer of the channel, never the author that an unverified frame claims.
 */
import { hostOf, isReplica, type NodeId } from "./core.ts";
import type { Envelope } from "./envelope.ts";
import type { ClusterParameters } from "./protocol.ts";
import { RateLimit } from "./rate-limit.ts";

/**
 * One verification takes about 0.1 ms, so f liars together spend a fifth of a replica's time on
 * each kind of useless verification. Honest peers send nothing that is rejected.
 */
const USELESS_VERIFICATIONS_PER_MS = 2;
const USELESS_VERIFICATIONS_MIN = 8;

/** A client repeats after `clientMs` at the earliest: one reply, one on its way. */
const REPEATS_PER_CLIENT = 2;
/** Of requests that others sent, over the channel of one replica. */
const REPEATS_PER_REPLICA = 16;

export function uselessVerificationsPerPeriod({ timers, faultsMax }: ClusterParameters): number {
  const share = (USELESS_VERIFICATIONS_PER_MS * timers.statusMs) / Math.max(faultsMax, 1);
  return Math.max(USELESS_VERIFICATIONS_MIN, Math.floor(share));
}

/**
 * Whom a frame is charged to: the peer of its channel. A client host speaks for its own clients, so
 * that a bad one among them costs the others nothing.
 */
export function payerOf(envelope: Envelope, from: NodeId): NodeId {
  return !isReplica(from) && hostOf(envelope.sender) === from ? envelope.sender : from;
}

export class Allowances {
  /** Verifications spent on frames that were then rejected. */
  readonly rejected: RateLimit;
  /** Verifications of COMMITs that only the learning rule can use. */
  readonly learning: RateLimit;
  /** Verifications of CHECKPOINTs. */
  readonly checkpoints: RateLimit;
  readonly #repeatsOfClient: RateLimit;
  readonly #repeatsOverReplica: RateLimit;

  constructor(cluster: ClusterParameters) {
    const periodMs = cluster.timers.statusMs;
    const perPeriod = uselessVerificationsPerPeriod(cluster);
    this.rejected = new RateLimit({ perPeriod, periodMs });
    this.learning = new RateLimit({ perPeriod, periodMs });
    this.checkpoints = new RateLimit({ perPeriod, periodMs });
    this.#repeatsOfClient = new RateLimit({ perPeriod: REPEATS_PER_CLIENT, periodMs });
    this.#repeatsOverReplica = new RateLimit({ perPeriod: REPEATS_PER_REPLICA, periodMs });
  }

  /** A request again that was executed or waits: may it be answered or forwarded once more? */
  takeRepeat({ client, from, now }: { client: NodeId; from: NodeId; now: number }): boolean {
    if (isReplica(from)) return this.#repeatsOverReplica.take(from, now);
    return this.#repeatsOfClient.take(client, now);
  }
}
