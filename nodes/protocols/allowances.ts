/**
 * What one peer may cost (protocols §12). Counted per period and charged to whoever is proven to
 * have caused it: the peer of the channel, never the author that an unverified frame claims.
 */
import { hostOf, isReplica, type NodeId } from "./contract/core.ts";
import type { ClusterParameters } from "./contract/protocol.ts";
import { RateLimit } from "./rate-limit.ts";

/**
 * One verification takes about 0.1 ms, so f liars together spend a fifth of a replica's time on
 * each kind of useless verification. Honest peers send nothing that is rejected.
 */
const USELESS_VERIFICATIONS_PER_MS = 2;
const USELESS_VERIFICATIONS_MIN = 8;

/** A client repeats after `clientMs` at the earliest: one reply, one on its way. */
const REPEATS_PER_CLIENT = 2;
/** Of requests that others sent, over one channel: a replica's, or a host's that is not theirs. */
const REPEATS_PER_CHANNEL = 16;

/**
 * What a client host may cost, in shares of one client: names are free, so the ids that it speaks
 * for must not multiply its share. Honest clients, however many, use none of it.
 */
const SHARES_PER_HOST = 2;

export function uselessVerificationsPerPeriod({ timers, faultsMax }: ClusterParameters): number {
  const share = (USELESS_VERIFICATIONS_PER_MS * timers.statusMs) / Math.max(faultsMax, 1);
  return Math.max(USELESS_VERIFICATIONS_MIN, Math.floor(share));
}

/**
 * Whom a frame is charged to: the peer of its channel. A client host speaks for its own clients, so
 * that a bad one among them costs the others nothing.
 */
export function payerOf(author: NodeId, from: NodeId): NodeId {
  return !isReplica(from) && hostOf(author) === from ? author : from;
}

/** The author that a frame names, over which channel and when it came. */
interface Arrival {
  readonly author: NodeId;
  readonly from: NodeId;
  readonly now: number;
}

export class Allowances {
  /** Verifications of COMMITs that only the learning rule can use. */
  readonly learning: RateLimit;
  /** Verifications of CHECKPOINTs. */
  readonly checkpoints: RateLimit;
  /** Verifications spent on frames that were then rejected. */
  readonly #rejected: RateLimit;
  readonly #rejectedOfHost: RateLimit;
  readonly #repeatsOfClient: RateLimit;
  readonly #repeatsOverChannel: RateLimit;

  constructor(cluster: ClusterParameters) {
    const periodMs = cluster.timers.statusMs;
    const perPeriod = uselessVerificationsPerPeriod(cluster);
    this.#rejected = new RateLimit({ perPeriod, periodMs });
    this.#rejectedOfHost = new RateLimit({ perPeriod: SHARES_PER_HOST * perPeriod, periodMs });
    this.learning = new RateLimit({ perPeriod, periodMs });
    this.checkpoints = new RateLimit({ perPeriod, periodMs });
    this.#repeatsOfClient = new RateLimit({ perPeriod: REPEATS_PER_CLIENT, periodMs });
    this.#repeatsOverChannel = new RateLimit({ perPeriod: REPEATS_PER_CHANNEL, periodMs });
  }

  /** So much that came from there was rejected that no more of it is read in this period. */
  owesTooMuch({ author, from, now }: Arrival): boolean {
    if (this.#rejected.isExhausted(payerOf(author, from), now)) return true;
    return !isReplica(from) && this.#rejectedOfHost.isExhausted(from, now);
  }

  chargeRejected({ author, from, now }: Arrival, verifications: number): void {
    this.#rejected.charge(payerOf(author, from), now, verifications);
    if (!isReplica(from)) this.#rejectedOfHost.charge(from, now, verifications);
  }

  /**
   * A request again that was executed or waits: may it be answered or forwarded once more? Asked
   * before its signature is verified: only over its own host's channel is the client the payer.
   */
  takeRepeat({ author, from, now }: Arrival): boolean {
    if (payerOf(author, from) === author) return this.#repeatsOfClient.take(author, now);
    return this.#repeatsOverChannel.take(from, now);
  }
}
