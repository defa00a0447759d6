/**
 * A replica that claims a checkpoint in its VIEW-CHANGE for one view and withdraws it in that for
 * the next (protocols §20.6): a base that rests on W replicas, this one among them, is gone.
 */
import { z } from "zod";
import type { Input } from "../../nodes/protocols/contract/core.ts";
import type { CheckpointVote } from "../../nodes/protocols/pbft/messages.ts";
import { type Behaviour, defineBehaviour } from "./behaviour.ts";
import { certifyingPbft, claimingPbft } from "./forgeries/every-pbft.ts";
import type { ClaimingPbft } from "./forgeries/pbft-mac.ts";

export const withdrawnCheckpoint = defineBehaviour({
  name: "withdrawn-checkpoint",
  summary: "claims in every other VIEW-CHANGE the highest checkpoint, and in between none",
  during: "view changes",
  schema: z.strictObject({}),
  fits: {
    // Nothing can be claimed that is not proved: what is left of the lie is to withdraw.
    ...certifyingPbft((_parameters: unknown, messages) => ({
      rewrite(_to, frame) {
        const view = messages.viewAskedIn(frame);
        return [view === null || claims(view) ? frame : messages.understatement(view)];
      },
    })),
    ...claimingPbft((_parameters: unknown, messages) => new Withdrawing(messages)),
  },
});

function claims(view: number): boolean {
  return view % 2 === 1;
}

class Withdrawing implements Behaviour {
  readonly #messages: ClaimingPbft;
  /** The highest that anybody told of, whether its state is here or not. */
  #highest: CheckpointVote | null = null;

  constructor(messages: ClaimingPbft) {
    this.#messages = messages;
  }

  observe(input: Input): void {
    const heard = this.#messages.checkpointHeard(input);
    if (heard !== null && heard.sequence > (this.#highest?.sequence ?? 0)) this.#highest = heard;
  }

  rewrite(_to: number, frame: Uint8Array): readonly Uint8Array[] {
    const message = this.#messages.viewChangeIn(frame);
    if (message === null) return [frame];
    const last = message.checkpoints.at(-1)?.sequence ?? message.stable;
    const highest = this.#highest;
    // Even what is stable it denies.
    if (!claims(message.view)) {
      return [this.#messages.viewChange({ ...message, stable: 0, checkpoints: [] })];
    }
    if (highest === null || highest.sequence <= last) return [frame];
    const checkpoints = [...message.checkpoints, highest];
    return [this.#messages.viewChange({ ...message, checkpoints })];
  }
}
