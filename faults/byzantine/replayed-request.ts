/**
 * A primary that orders requests again which it ordered before: authentic, signed by their clients,
 * and done long ago. Only the client table inside the state makes them no-ops (reference 1.6).
 */
import { z } from "zod";
import {
  decodeVote,
  encodeVote,
  PRE_PREPARE,
  type Vote,
} from "../../nodes/protocols/pbft/messages.ts";
import { decodeBatch, makeBatch, type Request } from "../../nodes/protocols/wire/request.ts";
import { type Behaviour, type BehaviourContext, defineBehaviour, ownMessage } from "./behaviour.ts";

export const replayedRequest = defineBehaviour({
  name: "replayed-request",
  summary: "as primary, orders requests of clients a second time, after newer ones of theirs",
  schema: z.strictObject({}),
  create: (_parameters, context) => new Replay(context),
});

/** What it may still repeat; older requests are forgotten. */
const KEPT_MAX = 64;
/** Every so many numbers carry something old: in between the cluster must go on. */
const EVERY = 2;

class Replay implements Behaviour {
  readonly #context: BehaviourContext;
  #kept: readonly Request[] = [];
  /** What was told for `view/sequence`: the same to everybody, now and at retransmission. */
  readonly #told = new Map<string, Uint8Array>();

  constructor(context: BehaviourContext) {
    this.#context = context;
  }

  rewrite(_to: number, frame: Uint8Array): readonly Uint8Array[] {
    const { envelopes } = this.#context;
    const envelope = ownMessage(this.#context, frame);
    const vote = envelope?.type === PRE_PREPARE ? decodeVote(envelope.payload) : null;
    if (envelope === null || vote === null) return [frame];
    const name = `${vote.view}/${vote.sequence}`;
    const told = this.#told.get(name);
    if (told !== undefined) return [told];
    const requests = decodeBatch(envelopes, envelope.attachment)?.requests ?? [];
    const old = this.#oldOnes(requests);
    this.#keep(requests);
    const repeats = vote.sequence % EVERY === 0 && old.length > 0;
    // A batch of too many requests would be refused for that alone.
    const both = [...requests, ...old].slice(0, this.#context.cluster.batchMax);
    const sent = repeats ? this.#withOld(vote, both) : frame;
    this.#told.set(name, sent);
    return [sent];
  }

  #withOld(vote: Vote, requests: readonly Request[]): Uint8Array {
    const { envelopes } = this.#context;
    const batch = makeBatch(envelopes, requests);
    return envelopes.seal(
      { type: PRE_PREPARE, payload: encodeVote({ ...vote, digest: batch.digest }) },
      "all",
      batch.bytes,
    );
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
