/** A replica that asks for one view after the other, though nothing is wrong (protocols §10.4). */
import { z } from "zod";
import type { Input } from "../../nodes/protocols/contract/core.ts";
import { type Behaviour, defineBehaviour } from "./behaviour.ts";
import { everyPbft } from "./forgeries/every-pbft.ts";
import type { PbftMessages } from "./forgeries/pbft.ts";

const schema = z.strictObject({
  /** So far above the highest known. */
  views: z
    .int()
    .min(1)
    .max(2 ** 40)
    .default(1),
});

type Parameters = z.output<typeof schema>;

export const viewClimber = defineBehaviour({
  name: "view-climber",
  summary: "with every STATUS also sends a valid VIEW-CHANGE for a view above the highest known",
  eager: true,
  schema,
  fits: everyPbft(({ views }: Parameters, messages) => new Climber(messages, views)),
});

class Climber implements Behaviour {
  readonly #messages: PbftMessages;
  readonly #views: number;
  /** The highest view that any replica said it is in. */
  #highest = 0;

  constructor(messages: PbftMessages, views: number) {
    this.#messages = messages;
    this.#views = views;
  }

  /** Only from its author: a view that nobody is in would lead nowhere. */
  observe(input: Input): void {
    this.#learn(this.#messages.statusHeard(input)?.view);
  }

  rewrite(_to: number, frame: Uint8Array): readonly Uint8Array[] {
    const status = this.#messages.statusIn(frame);
    if (status === null) return [frame];
    this.#learn(status.view);
    return [frame, this.#messages.understatement(this.#highest + this.#views)];
  }

  #learn(view = 0): void {
    this.#highest = Math.max(this.#highest, view);
  }
}
