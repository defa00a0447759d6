/** A replica that asks for one view after the other, though nothing is wrong (protocols §10.4). */
import { z } from "zod";
import type { Input } from "../../nodes/protocols/contract/core.ts";
import { type Behaviour, type BehaviourContext, defineBehaviour } from "./behaviour.ts";
import { PbftMessages } from "./forgeries/pbft-sig.ts";

export const viewClimber = defineBehaviour({
  name: "view-climber",
  summary: "with every STATUS also sends a valid VIEW-CHANGE for the view after the highest known",
  eager: true,
  schema: z.strictObject({}),
  fits: { "pbft-sig": (_parameters, context) => new Climber(context) },
});

class Climber implements Behaviour {
  readonly #messages: PbftMessages;
  /** The highest view that any replica said it is in. */
  #highest = 0;

  constructor(context: BehaviourContext) {
    this.#messages = new PbftMessages(context);
  }

  /** Only from its author: a view that nobody is in would lead nowhere. */
  observe(input: Input): void {
    this.#learn(this.#messages.statusHeard(input)?.view);
  }

  rewrite(_to: number, frame: Uint8Array): readonly Uint8Array[] {
    const status = this.#messages.statusIn(frame);
    if (status === null) return [frame];
    this.#learn(status.view);
    // Nothing prepared and no checkpoint since genesis: an understatement, but a valid one.
    const message = { view: this.#highest + 1, stable: 0, checkpoints: [], prepared: [] };
    return [frame, this.#messages.viewChange(message)];
  }

  #learn(view = 0): void {
    this.#highest = Math.max(this.#highest, view);
  }
}
