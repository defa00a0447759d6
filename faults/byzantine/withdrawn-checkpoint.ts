/**
 * A replica that claims a checkpoint in its VIEW-CHANGE for one view and withdraws it in that for
 * the next (protocols §20.6): a base that rests on W replicas, this one among them, is gone. Where
 * a claim has to be proved it shows what proves the one before (protocols §9.2).
 */
import { z } from "zod";
import type { Input } from "../../nodes/protocols/contract/core.ts";
import type { CheckpointVote } from "../../nodes/protocols/pbft/messages.ts";
import { primaryOf } from "../../nodes/protocols/quorum.ts";
import { type Behaviour, defineBehaviour } from "./behaviour.ts";
import { certifyingPbft, claimingPbft } from "./forgeries/every-pbft.ts";
import type { ClaimingPbft } from "./forgeries/pbft-mac.ts";
import type { CertifyingPbft } from "./forgeries/pbft-sig.ts";

export const withdrawnCheckpoint = defineBehaviour({
  name: "withdrawn-checkpoint",
  summary:
    "claims in every other VIEW-CHANGE a higher checkpoint than its own, and in between none",
  during: "view changes",
  schema: z.strictObject({}),
  fits: {
    ...certifyingPbft((_parameters: unknown, messages) => new Misproving(messages)),
    ...claimingPbft((_parameters: unknown, messages) => new Withdrawing(messages)),
  },
});

type Claim = "higher" | "none" | "true";

/** What it claims in its VIEW-CHANGE for each view. */
class Claims {
  readonly #messages: Pick<ClaimingPbft, "id" | "cluster">;
  #view = 0;
  #last: Claim = "none";

  constructor(messages: Pick<ClaimingPbft, "id" | "cluster">) {
    this.#messages = messages;
  }

  for(view: number): Claim {
    const { id, cluster } = this.#messages;
    // A NEW-VIEW of its own rests on what it has really asked for.
    if (primaryOf(view, cluster) === id) return "true";
    if (view > this.#view) {
      this.#view = view;
      this.#last = this.#last === "none" ? "higher" : "none";
    }
    return this.#last;
  }
}

class Misproving implements Behaviour {
  readonly #messages: CertifyingPbft;
  readonly #claims: Claims;

  constructor(messages: CertifyingPbft) {
    this.#messages = messages;
    this.#claims = new Claims(messages);
  }

  rewrite(_to: number, frame: Uint8Array): readonly Uint8Array[] {
    const messages = this.#messages;
    const message = messages.viewChangeIn(frame);
    if (message === null) return [frame];
    const { view, stable } = message;
    const claim = this.#claims.for(view);
    if (claim === "none") return [messages.understatement(view)];
    // Nothing proves the beginning, so there is nothing to show.
    if (claim === "true" || stable === 0) return [frame];
    const next = stable + messages.cluster.checkpointInterval;
    return [messages.viewChange(messages.above(message, next))];
  }
}

class Withdrawing implements Behaviour {
  readonly #messages: ClaimingPbft;
  readonly #claims: Claims;
  /** The highest that anybody told of, whether its state is here or not. */
  #highest: CheckpointVote | null = null;

  constructor(messages: ClaimingPbft) {
    this.#messages = messages;
    this.#claims = new Claims(messages);
  }

  observe(input: Input): void {
    const heard = this.#messages.checkpointHeard(input);
    if (heard !== null && heard.sequence > (this.#highest?.sequence ?? 0)) this.#highest = heard;
  }

  rewrite(_to: number, frame: Uint8Array): readonly Uint8Array[] {
    const message = this.#messages.viewChangeIn(frame);
    if (message === null) return [frame];
    const claim = this.#claims.for(message.view);
    const last = message.checkpoints.at(-1)?.sequence ?? message.stable;
    const highest = this.#highest;
    // Even what is stable it denies.
    if (claim === "none") {
      return [this.#messages.viewChange({ ...message, stable: 0, checkpoints: [] })];
    }
    if (claim === "true" || highest === null || highest.sequence <= last) return [frame];
    const checkpoints = [...message.checkpoints, highest];
    return [this.#messages.viewChange({ ...message, checkpoints })];
  }
}
