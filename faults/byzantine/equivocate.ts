/**
 * A primary that tells two stories (protocols §6.2): one batch for a number to some backups, and
 * another one to the victims. It keeps both stories up: the victims get PRE-PREPARE and COMMIT for
 * theirs, now and at every retransmission. Only a victim that asks for the PRE-PREPARE again, since
 * it never came or was forgotten, hears the first story then.
 */
import { z } from "zod";
import type { Vote } from "../../nodes/protocols/pbft/messages.ts";
import type { Batch } from "../../nodes/protocols/wire/request.ts";
import type { Behaviour } from "./behaviour.ts";
import { defineBehaviour, victimsOf } from "./behaviour.ts";
import { everyPbft } from "./forgeries/every-pbft.ts";
import type { PbftMessages } from "./forgeries/pbft.ts";

const schema = z.strictObject({
  /** How many backups hear the second story; by default half of them, rounded up. */
  victims: z.int().min(1).optional(),
  /**
   * The second batch: the same requests in reverse (nothing, where there is only one), or nothing.
   */
  second: z.enum(["reversed", "null"]).default("reversed"),
  /**
   * The victims hear the first story too, after theirs: whoever lets it replace theirs is caught.
   */
  both: z.boolean().default(true),
  /** So often: whoever says that it caught the primary has said so once. */
  times: z.int().min(1).max(4).default(1),
});

type Parameters = z.output<typeof schema>;

export const equivocate = defineBehaviour({
  name: "equivocate",
  summary: "as primary, sends one batch for a number to some backups and another to the others",
  as: "primary",
  schema,
  fits: everyPbft(
    (parameters: Parameters, messages, context) =>
      new Equivocation(messages, {
        ...parameters,
        victims: victimsOf(context, parameters.victims),
      }),
  ),
});

/** Numbers far below what any replica still asks about are forgotten. */
const STORIES_MAX = 4_096;

interface Lie extends Omit<Parameters, "victims"> {
  readonly victims: ReadonlySet<number>;
}

class Equivocation implements Behaviour {
  readonly #messages: PbftMessages;
  readonly #lie: Lie;
  /** The second digest by `view/sequence`. */
  readonly #stories = new Map<string, string>();
  /** COMMITs that wait for the next frame to that node. */
  readonly #late = new Map<number, Uint8Array[]>();
  /** Victims that were told already, as `node/view/sequence`. */
  readonly #told = new Set<string>();

  constructor(messages: PbftMessages, lie: Lie) {
    this.#messages = messages;
    this.#lie = lie;
  }

  rewrite(to: number, frame: Uint8Array): readonly Uint8Array[] {
    const late = this.#late.get(to) ?? [];
    this.#late.delete(to);
    return [...late, ...this.#instead(to, frame)];
  }

  #instead(to: number, frame: Uint8Array): readonly Uint8Array[] {
    const proposal = this.#messages.proposalIn(frame);
    if (proposal !== null) {
      const { vote, batch } = proposal;
      return batch === null ? [frame] : this.#tell(to, frame, { vote, batch });
    }
    const vote = this.#messages.voteIn("commit", frame);
    const digest = vote === null ? undefined : this.#stories.get(nameOf(vote));
    if (vote === null || digest === undefined || !this.#lie.victims.has(to)) return [frame];
    return [this.#messages.vote("commit", { ...vote, digest })];
  }

  #tell(
    to: number,
    frame: Uint8Array,
    { vote, batch }: { vote: Vote; batch: Batch },
  ): readonly Uint8Array[] {
    const other = this.#otherThan(batch);
    if (other === null) return [frame];
    this.#remember(vote, other.digest);
    if (!this.#lie.victims.has(to) || !this.#isFirst(to, vote)) {
      return [frame, ...this.#supported(to, vote)];
    }
    const told = { ...vote, digest: other.digest };
    const prePrepare = this.#messages.proposal(vote, other);
    const lies = [prePrepare, ...this.#supported(to, told)];
    const { both, times } = this.#lie;
    return both ? [...lies, ...Array.from({ length: times }, () => frame)] : lies;
  }

  /**
   * The honest core commits to at most one of two stories, and late, so each gets its COMMIT here:
   * of every other number at once, of the rest after those of the others, since who counts votes
   * wrongly may do so in one order only. A PREPARE of a primary counts for nothing
   * (protocols §6.3).
   */
  #supported(to: number, vote: Vote): readonly Uint8Array[] {
    const prepare = this.#messages.vote("prepare", vote);
    const commit = this.#messages.vote("commit", vote);
    if (vote.sequence % 2 === 0) return [prepare, commit];
    this.#late.set(to, [...(this.#late.get(to) ?? []), commit]);
    return [prepare];
  }

  /** Only bodies that an honest backup accepts: authentic requests, and a digest that fits them. */
  #otherThan(batch: Batch): Batch | null {
    if (batch.requests.length === 0) return null;
    const isNothing = this.#lie.second === "null" || batch.requests.length === 1;
    return this.#messages.batch(isNothing ? [] : batch.requests.toReversed());
  }

  /** Who asks again forgot what it was told, or never heard it: then it hears the first story. */
  #isFirst(to: number, vote: Vote): boolean {
    const name = `${to}/${nameOf(vote)}`;
    if (this.#told.has(name)) return false;
    this.#told.add(name);
    const [oldest] = this.#told;
    if (this.#told.size > STORIES_MAX && oldest !== undefined) this.#told.delete(oldest);
    return true;
  }

  #remember(vote: Vote, digest: string): void {
    this.#stories.set(nameOf(vote), digest);
    if (this.#stories.size <= STORIES_MAX) return;
    const [oldest] = this.#stories.keys();
    if (oldest !== undefined) this.#stories.delete(oldest);
  }
}

function nameOf({ view, sequence }: Vote): string {
  return `${view}/${sequence}`;
}
