/**
 * A new primary with two NEW-VIEWs for two halves of the cluster (protocols §20.6), both justified:
 * its own VIEW-CHANGE in one of them claims nothing, and that one the victims were told.
 */
import { z } from "zod";
import type { Input } from "../../nodes/protocols/contract/core.ts";
import { type Behaviour, defineBehaviour, victimsOf } from "./behaviour.ts";
import { claimingPbft } from "./forgeries/every-pbft.ts";
import { GivenVouches } from "./forgeries/given-vouches.ts";
import { NamedViewChanges } from "./forgeries/named-view-changes.ts";
import type { ClaimingPbft } from "./forgeries/pbft-mac.ts";
import { ProvingPbft } from "./forgeries/pbft-mac-proof.ts";
import { SignedPbft } from "./forgeries/pbft-sig.ts";

const schema = z.strictObject({ victims: z.int().min(1).optional() });

type Parameters = z.output<typeof schema>;

export const splitNewView = defineBehaviour({
  name: "split-new-view",
  summary: "as new primary, sends two NEW-VIEWs for one view to two halves, both justified",
  as: "new primary",
  schema,
  fits: {
    "pbft-sig"({ victims }, context) {
      const messages = new SignedPbft(context);
      const chosen = victimsOf(context, victims);
      return {
        rewrite(to, frame) {
          if (!chosen.has(to)) return [frame];
          return [messages.understated(frame) ?? messages.otherwise(frame, asItIs) ?? frame];
        },
      };
    },
    "pbft-mac-proof": ({ victims }, context) =>
      new ProvenSplit(new ProvingPbft(context), victimsOf(context, victims)),
    ...claimingPbft(
      ({ victims }: Parameters, messages, context) =>
        new Split(messages, victimsOf(context, victims)),
    ),
  },
});

function asItIs(viewChange: Uint8Array): Uint8Array {
  return viewChange;
}

/** Whoever is asked vouches for what he was not told as well: both are its own words. */
class ProvenSplit implements Behaviour {
  readonly #messages: ProvingPbft;
  readonly #victims: ReadonlySet<number>;
  readonly #given: GivenVouches;

  constructor(messages: ProvingPbft, victims: ReadonlySet<number>) {
    this.#messages = messages;
    this.#victims = victims;
    this.#given = new GivenVouches(messages);
  }

  observe(input: Input): void {
    this.#given.hear(input);
  }

  rewrite(to: number, frame: Uint8Array): readonly Uint8Array[] {
    const messages = this.#messages;
    const isVictim = this.#victims.has(to);
    const lie = messages.understated(frame);
    if (lie !== null) {
      const [told, other] = isVictim ? [lie, frame] : [frame, lie];
      return [told, messages.question(other, to)];
    }
    if (!isVictim) return [frame];
    return [messages.otherwise(frame, (viewChange) => this.#given.shown(viewChange)) ?? frame];
  }
}

class Split implements Behaviour {
  readonly #messages: ClaimingPbft;
  readonly #victims: ReadonlySet<number>;
  readonly #named: NamedViewChanges;

  constructor(messages: ClaimingPbft, victims: ReadonlySet<number>) {
    this.#messages = messages;
    this.#victims = victims;
    this.#named = new NamedViewChanges(messages);
  }

  observe(input: Input): void {
    if (input.kind === "frame") this.#named.hear(input.bytes);
  }

  rewrite(to: number, frame: Uint8Array): readonly Uint8Array[] {
    this.#named.hear(frame);
    if (!this.#victims.has(to)) return [frame];
    const messages = this.#messages;
    return [messages.understated(frame) ?? messages.otherwise(frame, this.#named.all) ?? frame];
  }
}
