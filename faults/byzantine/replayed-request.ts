/**
 * A primary that orders requests again which it ordered before: authentic, signed by their clients,
 * and done long ago. Only the client table inside the state makes them no-ops (protocols §6.5).
 */
import { z } from "zod";
import type { Vote } from "../../nodes/protocols/pbft/messages.ts";
import type { Request } from "../../nodes/protocols/wire/request.ts";
import { type Behaviour, defineBehaviour } from "./behaviour.ts";
import { everyPbft } from "./forgeries/every-pbft.ts";
import type { PbftMessages } from "./forgeries/pbft.ts";

export const replayedRequest = defineBehaviour({
  name: "replayed-request",
  summary: "as primary, orders requests of clients a second time, after newer ones of theirs",
  as: "primary",
  schema: z.strictObject({}),
  fits: everyPbft((_parameters, messages) => new Replay(messages)),
});

/** What it may still repeat; older requests are forgotten. */
const KEPT_MAX = 64;
/** Every so many numbers carry something old: in between the cluster must go on. */
const EVERY = 2;

class Replay implements Behaviour {
  readonly #messages: PbftMessages;
  #kept: readonly Request[] = [];
  /** What was told for `view/sequence`: the same to everybody, now and at retransmission. */
  readonly #told = new Map<string, Uint8Array>();

  constructor(messages: PbftMessages) {
    this.#messages = messages;
  }

  rewrite(_to: number, frame: Uint8Array): readonly Uint8Array[] {
    const proposal = this.#messages.proposalIn(frame);
    if (proposal === null) return [frame];
    const { vote, batch } = proposal;
    const name = `${vote.view}/${vote.sequence}`;
    const told = this.#told.get(name);
    if (told !== undefined) return [told];
    const requests = batch?.requests ?? [];
    const old = this.#oldOnes(requests);
    this.#keep(requests);
    const repeats = vote.sequence % EVERY === 0 && old.length > 0;
    // A batch of too many requests would be refused for that alone.
    const both = [...requests, ...old].slice(0, this.#messages.cluster.batchMax);
    const sent = repeats ? this.#withOld(vote, both) : frame;
    this.#told.set(name, sent);
    return [sent];
  }

  #withOld(vote: Vote, requests: readonly Request[]): Uint8Array {
    return this.#messages.proposal(vote, this.#messages.batch(requests));
  }

  /** At most one per client, and of clients that are not in the batch: else it is malformed. */
  #oldOnes(requests: readonly Request[]): readonly Request[] {
    const clients = new Set(requests.map(({ client }) => client));
    const chosen: Request[] = [];
    for (const request of this.#kept) {
      if (clients.has(request.client)) continue;
      clients.add(request.client);
      chosen.push(request);
    }
    return chosen;
  }

  #keep(requests: readonly Request[]): void {
    this.#kept = [...this.#kept, ...requests].slice(-KEPT_MAX);
    for (const name of [...this.#told.keys()].slice(0, -KEPT_MAX)) this.#told.delete(name);
  }
}
