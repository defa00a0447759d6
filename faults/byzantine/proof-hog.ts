/**
 * A replica that would have the others busy with it alone (protocols §22.2, §12.4). It tells each
 * of them CHECKPOINTs that convince that one, more than are asked about in a period, and nobody
 * else will ever vouch for them: whoever asks about the first ones first asks about nothing else.
 * It asks as well, for words that it has, more often than it is granted; and it gives none, so that
 * none of the others' may stay lost.
 */
import { z } from "zod";
import type { Input, NodeId } from "../../nodes/protocols/contract/core.ts";
import { type Acts, type Behaviour, defineBehaviour } from "./behaviour.ts";
import { ProvingPbft } from "./forgeries/pbft-mac-proof.ts";

const schema = z.strictObject({
  /** That it has each of the others ask about; 32 are asked about in a period. */
  checkpoints: z.int().min(1).max(64).default(40),
  /** That it asks each of the others with each STATUS; 64 are granted. */
  questions: z.int().min(0).max(96).default(0),
  /** Its own word for what others say. */
  vouches: z.boolean().default(false),
});

type Parameters = z.output<typeof schema>;

export const proofHog = defineBehaviour({
  name: "proof-hog",
  summary: "has others ask for more vouches than can be had, asks without end itself, gives none",
  eager: true,
  schema,
  fits: {
    "pbft-mac-proof": (parameters, context) => new Hog(new ProvingPbft(context), parameters),
  },
  unfit: {
    "pbft-sig": "nobody has to vouch for what is signed",
    "pbft-mac": "a CHECKPOINT is shown to nobody",
    "pbft-relay": "a CHECKPOINT is shown to nobody",
  },
});

const EARLY_MS = 3;
const EARLY_TIMES = 5;

class Hog implements Behaviour {
  readonly #messages: ProvingPbft;
  readonly #parameters: Parameters;
  /** The highest stable mark that anybody told of: at or below it nothing is asked for. */
  #stable = 0;
  #early = EARLY_TIMES;
  /** What each of the others said last that may have to be shown. */
  readonly #said = new Map<NodeId, Uint8Array>();

  constructor(messages: ProvingPbft, parameters: Parameters) {
    this.#messages = messages;
    this.#parameters = parameters;
  }

  begin(acts: Acts): void {
    acts.wakeAfter(EARLY_MS);
  }

  /** Before anybody has anything else to be vouched for, as soon as there are connections. */
  wake(acts: Acts): void {
    for (const to of this.#messages.others) {
      for (const each of this.#claims(to)) acts.send(to, each);
    }
    this.#early -= 1;
    if (this.#early > 0) acts.wakeAfter(EARLY_MS);
  }

  observe(input: Input): void {
    this.#stable = Math.max(this.#stable, this.#messages.statusHeard(input)?.stable ?? 0);
    const heard = this.#messages.provableHeard(input);
    if (heard) this.#said.set(heard.saying.author, heard.frame);
  }

  rewrite(to: NodeId, frame: Uint8Array): readonly Uint8Array[] {
    const messages = this.#messages;
    if (messages.isVouch(frame)) return this.#parameters.vouches ? [frame] : [];
    if (messages.statusIn(frame) === null) return [frame];
    const said = messages.others.flatMap((each) =>
      each === to ? [] : (this.#said.get(each) ?? []),
    );
    const asked = said.map((each) => messages.question(each, to));
    const questions = Array.from({ length: this.#parameters.questions }, (_, index) => index);
    return [
      frame,
      ...this.#claims(to),
      ...questions.flatMap((index) => asked[index % asked.length] ?? []),
    ];
  }

  /** States that nobody has, others for each reader. */
  #claims(to: NodeId): readonly Uint8Array[] {
    const messages = this.#messages;
    const { checkpointInterval } = messages.cluster;
    return Array.from({ length: this.#parameters.checkpoints }, (_, index) => {
      const sequence = this.#stable + (index + 1) * checkpointInterval;
      const digest = messages.digest(new Uint8Array([to, sequence % 251]));
      return messages.forOneReader(messages.checkpoint({ sequence, digest }), to) ?? [];
    }).flat();
  }
}
