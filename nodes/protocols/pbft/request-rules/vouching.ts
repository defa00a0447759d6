/**
 * Requests where a client's word convinces those alone whom it was made for (protocols §19.5). A
 * bad client gives each replica a request that is valid there and nowhere else. So replicas tell
 * each other what they heard from clients themselves, and the timer runs for what everybody will
 * be certain of.
 */
import { hostOf, isReplica, type NodeId } from "../../contract/core.ts";
import type { Audience } from "../../quorum-client.ts";
import { RateLimit } from "../../rate-limit.ts";
import { decodeRequest, type Request } from "../../wire/request.ts";
import type { Vote } from "../messages.ts";
import type { RelaySets } from "../relays/relay-sets.ts";
import { Relays } from "../relays/relays.ts";
import type { HearOf, Statement } from "../relays/sayings.ts";
import { Told } from "../relays/told.ts";
import type { ReplicaState } from "../replica-state.ts";
import type { Answer, Arrival } from "../route.ts";
import type { MayBeOrdered, OrderedRequests, RequestRules } from "../variant.ts";
import { DoubtedRequests } from "./doubted-requests.ts";
import { FetchingRequests } from "./fetching-requests.ts";

/** Clients that one relayer may speak of at once. */
const CLIENTS_MAX = 4_096;
/**
 * Requests of one client that one relayer may speak of at once: what one replica is certain of the
 * others have to hear of before its relayers' later words push it out. With the word that was given
 * at the end of a period, and one in each after it, these last for two periods.
 */
const REQUESTS_MAX = 4;
/** Requests of others that are looked at in vain, for each peer and ms of a STATUS period. */
const DOUBTED_PER_MS = 2;

export class VouchedRequests implements RequestRules, OrderedRequests {
  readonly #state: ReplicaState;
  readonly #relays: Relays;
  readonly #told: Told;
  readonly #doubted = new DoubtedRequests();
  readonly #fetching: FetchingRequests;
  readonly #sets: RelaySets;
  readonly #audience: Audience;
  readonly #looksInVain: RateLimit;
  /** Is a client heard no faster than the primary can follow? (protocols §21.3) */
  readonly #isPaced: boolean;
  /** Clients of which was told in this period, and up to which timestamp, until it is served. */
  readonly #heardNow = new Map<NodeId, number>();
  /** Clients whose newest request is not heard yet. */
  readonly #held = new Set<NodeId>();

  /** @param audience whom clients tell first */
  constructor(state: ReplicaState, sets: RelaySets, audience: Audience) {
    const { statusMs: periodMs } = state.cluster.timers;
    this.#state = state;
    const limits = { authorsMax: CLIENTS_MAX, slotsMax: REQUESTS_MAX };
    this.#relays = new Relays(state.id, state.cluster, limits);
    this.#told = new Told({
      matters: (each) => this.#relays.isRelayed(each) && this.#isNew(each),
      say: (each) => sets.say(each),
    });
    this.#fetching = new FetchingRequests(state, this.#relays);
    this.#sets = sets;
    this.#audience = audience;
    this.#isPaced = state.cluster.requestAt === "K2";
    this.#looksInVain = new RateLimit({ perPeriod: DOUBTED_PER_MS * periodMs, periodMs });
  }

  get isToldToAll(): boolean {
    return this.#audience === "all";
  }

  get #isToldAtOnce(): boolean {
    if (this.#state.cluster.requestAt === "K2") return true;
    return !this.isToldToAll && !this.#state.isPrimary;
  }

  arrived(request: Request, { from }: Arrival): void {
    const isOwnWord = hostOf(request.client) === from;
    if (isOwnWord && this.#mayHear(request)) {
      this.#hear(request);
      // A backup hears of it where the client tells everybody because nobody answers. The primary
      // orders it meanwhile, and tells later what it could not: without trouble there is nothing to
      // tell.
      if (this.#isToldAtOnce) this.#told.now(statementOf(request));
    } else if (isOwnWord) this.#saySure(request);
    this.#admit(request);
  }

  /** The first time it may have met cut links, or have come through a replica. */
  repeated(request: Request): void {
    if (!this.#mayHear(request)) return this.#saySure(request);
    this.#hear(request);
    this.#told.now(statementOf(request));
    this.#admit(request);
  }

  /** Of its next one may be told now, unless it was served with less than it was told of. */
  served(client: NodeId): void {
    const heard = this.#heardNow.get(client) ?? 0;
    if (heard <= this.#state.clients.lastTimestamp(client)) this.#heardNow.delete(client);
    if (this.#held.has(client)) this.#hearHeld(client);
  }

  doubted(request: Request, { from, envelope }: Arrival): Answer {
    const { scheme, clients, now } = this.#state;
    // Over the client's own channel there is nobody else to vouch for it.
    if (!isReplica(from)) return { refused: scheme.lacks(envelope) };
    if (request.timestamp <= clients.lastTimestamp(request.client)) return "no";
    if (this.#isCertain(request)) {
      this.#admit(request);
      return { settles: ({ digest }) => digest === request.digest };
    }
    // Not the fault of who brings it: it convinced that one. So it has no part in the bill for what
    // is rejected, or a bad client would silence good replicas.
    if (this.#looksInVain.take(from, now)) this.#doubted.keep(from, this.#owned(request));
    return "no";
  }

  supersedes(request: Request): boolean {
    const { requests } = this.#state;
    const waiting = requests.waiting(request.client);
    const isRival = waiting?.timestamp === request.timestamp && !requests.isSure(waiting);
    if (!isRival && requests.hasSure(request.client)) return false;
    return this.#relays.spread(statementOf(request)) !== null;
  }

  period(): void {
    this.#heardNow.clear();
    for (const client of this.#held) this.#hearHeld(client);
    this.#told.period();
    this.#fetching.period();
    this.#doubted.keepOnly((request) => this.#isNew(statementOf(request)));
  }

  flush(): void {
    this.#sets.flush();
  }

  /**
   * What is in a batch: it waits here, or shows that its client made it, or others vouch for it. Or
   * the primary and f backups order it: a good one among them was convinced (protocols §20.1).
   */
  mayBeOrdered(request: Request, { sequence, digest }: Vote): MayBeOrdered {
    const { scheme, requests, log, cluster } = this.#state;
    // Of a client that was served with a newer one it changes nothing, whoever made it.
    if (!this.#isNew(statementOf(request)) || requests.isKnown(request)) return "yes";
    if (scheme.verify(request.envelope)) return "yes";
    if (this.#isCertain(request)) return { believed: "relays" };
    const prepares = log.get(sequence)?.prepares.values() ?? [];
    const backups = [...prepares].filter((vote) => vote.digest === digest).length;
    if (backups >= cluster.faultsMax) return { believed: "prepares" };
    const { client, timestamp } = request;
    return { notYet: { client, timestamp, digest: request.digest, sequence } };
  }

  /** Did its client make it, whatever this copy shows? */
  #isCertain(request: Request): boolean {
    return this.#relays.certain(statementOf(request)) !== null;
  }

  readonly hearOf: HearOf = (by, statement) => {
    if (!this.#isNew(statement)) return false;
    const isNews = this.#relays.hearOf(by, statement);
    if (isNews) {
      this.#told.add(statement);
      this.#told.now(statement);
    }
    const { requests } = this.#state;
    const waiting = requests.waiting(statement.author);
    const held =
      waiting?.digest === statement.digest ? waiting : this.#doubted.named(statement.digest);
    if (held && this.#isCertain(held)) this.#admit(held);
    return isNews;
  };

  #hear(request: Request): void {
    const statement = statementOf(request);
    if (this.#relays.hear(statement)) this.#told.add(statement);
  }

  /** Its client made it. It waits for sure once everybody is certain of that. */
  #admit(request: Request): void {
    const { requests } = this.#state;
    const waiting = requests.waiting(request.client);
    const isNewer = !waiting || waiting.timestamp < request.timestamp;
    const isOther = waiting?.timestamp === request.timestamp && !requests.isSure(waiting);
    // A newer one that nobody else need ever be certain of keeps none out that everybody is.
    const isFirst = !requests.hasSure(request.client);
    const isSpread = this.#relays.spread(statementOf(request)) !== null;
    if (isSpread && (isNewer || isOther || isFirst)) {
      if (this.#isPaced) requests.follow(request);
      else requests.add(request);
    } else if (isNewer) requests.addDoubtful(request);
  }

  /**
   * Where a primary is to be held to what everybody is certain of, a client is heard no faster than
   * the primary can come by it: not while one of its requests waits for sure, and else once a
   * period. The newest that came is heard then.
   */
  #mayHear({ client, timestamp }: Request): boolean {
    if (!this.#isPaced) return true;
    const mayHear = !this.#heardNow.has(client) && !this.#state.requests.hasSure(client);
    if (mayHear) this.#heardNow.set(client, timestamp);
    else this.#held.add(client);
    return mayHear;
  }

  /**
   * Its client waits for it, so the primary may have been away: once a period it hears again
   * of what it is held to.
   */
  #saySure({ client }: Request): void {
    if (this.#heardNow.has(client)) return;
    const { requests } = this.#state;
    const sure = this.#told.of(client).filter(({ digest }) => requests.isSure({ client, digest }));
    for (const each of sure) this.#told.now(each);
    if (sure.length > 0) this.#heardNow.set(client, Math.max(...sure.map(({ slot }) => slot)));
  }

  #hearHeld(client: NodeId): void {
    const newest = this.#state.requests.waiting(client);
    if (!newest || this.#state.requests.isSure(newest)) this.#held.delete(client);
    else if (this.#mayHear(newest)) {
      this.#held.delete(client);
      this.#hear(newest);
      this.#told.now(statementOf(newest));
      this.#admit(newest);
    }
  }

  #isNew({ author, slot }: Statement): boolean {
    return slot > this.#state.clients.lastTimestamp(author);
  }

  /** Not a part of the bytes that came with it. */
  #owned(request: Request): Request {
    const { scheme } = this.#state;
    const envelope = scheme.open(request.envelope.frame.slice());
    return (envelope && decodeRequest(scheme, envelope)) ?? request;
  }
}

function statementOf({ client, timestamp, digest }: Request): Statement {
  return { author: client, slot: timestamp, digest };
}
