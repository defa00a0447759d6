/** A replica that asks for one view after the other, though nothing is wrong (protocols §10.4). */
import { z } from "zod";
import type { Input } from "../../nodes/protocols/contract/core.ts";
import { type Behaviour, defineBehaviour } from "./behaviour.ts";
import { everyPbft } from "./forgeries/every-pbft.ts";
import type { PbftMessages } from "./forgeries/pbft.ts";

export const viewClimber = defineBehaviour({
  name: "view-climber",
  summary: "with every STATUS also sends a valid VIEW-CHANGE for the view after the highest known",
  eager: true,
  schema: z.strictObject({}),
  fits: everyPbft((_parameters, messages) => new Climber(messages)),
});

class Climber implements Behaviour {
  readonly #messages: PbftMessages;
  /** The highest view that any replica said it is in. */
  #highest = 0;

  constructor(messages: PbftMessages) {
    this.#messages = messages;
  }

  /** Only from its author: a view that nobody is in would lead nowhere. */
  observe(input: Input): void {
    this.#learn(this.#messages.statusHeard(input)?.view);
  }

  rewrite(_to: number, frame: Uint8Array): readonly Uint8Array[] {
    const status = this.#messages.statusIn(frame);
    if (status === null) return [frame];
    this.#learn(status.view);
    return [frame, this.#messages.understatement(this.#highest + 1)];
  }

  #learn(view = 0): void {
    this.#highest = Math.max(this.#highest, view);
  }
}
