/**
 * A primary that tells two stories (bft-testing A12): one batch for a number to some backups, and
 * another one to the victims. It keeps both stories up: the victims get PRE-PREPARE and COMMIT for
 * theirs, now and at every retransmission.
 */
import { z } from "zod";
import type { Vote } from "../../nodes/protocols/pbft/messages.ts";
import {
  COMMIT,
  decodeVote,
  encodeVote,
  PRE_PREPARE,
} from "../../nodes/protocols/pbft/messages.ts";
import type { Batch } from "../../nodes/protocols/request.ts";
import { decodeBatch, makeBatch, NULL_BATCH } from "../../nodes/protocols/request.ts";
import type { Behaviour, BehaviourContext } from "./behaviour.ts";
import { defineBehaviour } from "./behaviour.ts";

const schema = z.strictObject({
  /** How many backups hear the second story; by default half of them, rounded up. */
  victims: z.int().min(1).optional(),
  /** The second batch: the same requests in reverse (nothing, where there is only one), or nothing. */
  second: z.enum(["reversed", "null"]).default("reversed"),
});

type Parameters = z.output<typeof schema>;

export const equivocate = defineBehaviour({
  name: "equivocate",
  summary: "as primary, sends one batch for a number to some backups and another to the others",
  schema,
  create: (parameters, context) => new Equivocation(parameters, context),
});

/** Numbers far below what any replica still asks about are forgotten. */
const STORIES_MAX = 4_096;

class Equivocation implements Behaviour {
  readonly #context: BehaviourContext;
  readonly #second: Parameters["second"];
  readonly #victims: ReadonlySet<number>;
  /** The second digest by `view/sequence`. */
  readonly #stories = new Map<string, string>();

  constructor({ victims, second }: Parameters, context: BehaviourContext) {
    this.#context = context;
    this.#second = second;
    const { id, cluster } = context;
    const backups = Array.from({ length: cluster.replicas }, (_, replica) => replica).filter(
      (replica) => replica !== id,
    );
    const count = victims ?? Math.ceil(backups.length / 2);
    this.#victims = new Set(backups.slice(-count));
  }

  rewrite(to: number, frame: Uint8Array): readonly Uint8Array[] {
    const { envelopes, id } = this.#context;
    const envelope = envelopes.open(frame);
    if (envelope === null || envelope.sender !== id) return [frame];
    if (envelope.type === PRE_PREPARE) {
      const vote = decodeVote(envelope.payload);
      const batch = decodeBatch(envelopes, envelope.attachment);
      return vote === null || batch === null ? [frame] : this.#tell(to, frame, { vote, batch });
    }
    if (envelope.type === COMMIT && this.#victims.has(to)) {
      const vote = decodeVote(envelope.payload);
      const digest = vote === null ? undefined : this.#stories.get(nameOf(vote));
      if (vote !== null && digest !== undefined) return [this.#commit({ ...vote, digest })];
    }
    return [frame];
  }

  /** COMMITs go along: the honest core will commit at most one of the two, and late. */
  #tell(
    to: number,
    frame: Uint8Array,
    { vote, batch }: { vote: Vote; batch: Batch },
  ): readonly Uint8Array[] {
    const other = this.#otherThan(batch);
    if (other === null) return [frame];
    this.#remember(vote, other.digest);
    if (!this.#victims.has(to)) return [frame, this.#commit(vote)];
    const told = { ...vote, digest: other.digest };
    const prePrepare = this.#context.envelopes.seal(PRE_PREPARE, encodeVote(told), other.bytes);
    return [prePrepare, this.#commit(told)];
  }

  /** Only bodies that an honest backup accepts: authentic requests, and a digest that fits them. */
  #otherThan(batch: Batch): Batch | null {
    if (batch.requests.length === 0) return null;
    if (this.#second === "null" || batch.requests.length === 1) return NULL_BATCH;
    return makeBatch(this.#context.envelopes, batch.requests.toReversed());
  }

  #remember(vote: Vote, digest: string): void {
    this.#stories.set(nameOf(vote), digest);
    if (this.#stories.size <= STORIES_MAX) return;
    const [oldest] = this.#stories.keys();
    if (oldest !== undefined) this.#stories.delete(oldest);
  }

  #commit(vote: Vote): Uint8Array {
    return this.#context.envelopes.seal(COMMIT, encodeVote(vote));
  }
}

function nameOf({ view, sequence }: Vote): string {
  return `${view}/${sequence}`;
}
