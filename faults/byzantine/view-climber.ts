/** A replica that asks for one view after the other, though nothing is wrong (reference 1.16). */
import { z } from "zod";
import type { Input } from "../../nodes/protocols/contract/core.ts";
import {
  decodeStatus,
  encodeViewChange,
  STATUS,
  VIEW_CHANGE,
} from "../../nodes/protocols/pbft/messages.ts";
import type { Behaviour, BehaviourContext } from "./behaviour.ts";
import { defineBehaviour, ownMessage } from "./behaviour.ts";

export const viewClimber = defineBehaviour({
  name: "view-climber",
  summary: "with every STATUS also sends a valid VIEW-CHANGE for the view after the highest known",
  eager: true,
  schema: z.strictObject({}),
  create: (_parameters, context) => new Climber(context),
});

class Climber implements Behaviour {
  readonly #context: BehaviourContext;
  /** The highest view that any replica said it is in. */
  #highest = 0;

  constructor(context: BehaviourContext) {
    this.#context = context;
  }

  observe(input: Input): void {
    if (input.kind !== "frame") return;
    const envelope = this.#context.envelopes.open(input.bytes);
    // Only from its author: a view that nobody is in would lead nowhere.
    if (envelope?.sender === input.from) this.#learn(envelope.type, envelope.payload);
  }

  rewrite(_to: number, frame: Uint8Array): readonly Uint8Array[] {
    const envelope = ownMessage(this.#context, frame);
    if (envelope?.type !== STATUS) return [frame];
    this.#learn(envelope.type, envelope.payload);
    // Nothing prepared and no checkpoint since genesis: an understatement, but a valid one.
    const message = { view: this.#highest + 1, stable: 0, checkpoints: [], prepared: [] };
    return [
      frame,
      this.#context.envelopes.seal(
        { type: VIEW_CHANGE, payload: encodeViewChange(message) },
        "all",
      ),
    ];
  }

  #learn(type: number, payload: Uint8Array): void {
    const status = type === STATUS ? decodeStatus(payload, this.#context.cluster) : null;
    if (status !== null) this.#highest = Math.max(this.#highest, status.view);
  }
}
