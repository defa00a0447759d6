/**
 * A replica that tells of what it votes for that it is decided (protocols §20.7): mostly it will
 * be, but nobody has decided it yet; or it says so long afterwards, of what another view ordered in
 * its place. Where a decision is proved by signed COMMITs it says its own before its time.
 */
import { z } from "zod";
import type { NodeId } from "../../nodes/protocols/contract/core.ts";
import type { Vote } from "../../nodes/protocols/pbft/messages.ts";
import { type Behaviour, defineBehaviour } from "./behaviour.ts";
import { everyPbft } from "./forgeries/every-pbft.ts";
import type { PbftMessages } from "./forgeries/pbft.ts";

const schema = z.strictObject({
  /** With its first vote; or with every STATUS, of all that it ever voted for first. */
  when: z.enum(["early", "late"]).default("early"),
});

type Parameters = z.output<typeof schema>;

/** Numbers that it remembers. */
const WORDS_MAX = 16;

export const hastyDecision = defineBehaviour({
  name: "hasty-decision",
  summary: "tells that what it votes for is decided, before it is, or when something else was",
  eager: true,
  schema,
  fits: everyPbft(({ when }: Parameters, messages) => new Hasty(messages, when)),
});

class Hasty implements Behaviour {
  readonly #messages: PbftMessages;
  readonly #when: Parameters["when"];
  /** By number what it says of what it stood for first. */
  readonly #words = new Map<number, readonly Uint8Array[]>();

  constructor(messages: PbftMessages, when: Parameters["when"]) {
    this.#messages = messages;
    this.#when = when;
  }

  rewrite(_to: NodeId, frame: Uint8Array): readonly Uint8Array[] {
    const messages = this.#messages;
    const vote = messages.proposalIn(frame)?.vote ?? messages.voteIn("prepare", frame);
    if (vote !== null) {
      const word = this.#word(vote);
      return this.#when === "early" ? [frame, ...word] : [frame];
    }
    if (this.#when === "early" || messages.statusIn(frame) === null) return [frame];
    return [frame, ...[...this.#words.values()].flat()];
  }

  /** Its own: what is made up in the names of others `false-decision` tells. */
  #word(vote: Vote): readonly Uint8Array[] {
    const known = this.#words.get(vote.sequence);
    if (known !== undefined) return known;
    const word = this.#messages.decision(vote).slice(0, 1);
    this.#words.set(vote.sequence, word);
    const [oldest] = this.#words.keys();
    if (this.#words.size > WORDS_MAX && oldest !== undefined) this.#words.delete(oldest);
    return word;
  }
}
