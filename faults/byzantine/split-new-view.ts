/**
 * A new primary with two NEW-VIEWs for two halves of the cluster (protocols §20.6), both justified:
 * its own VIEW-CHANGE in one of them claims nothing, and that one the victims were told.
 */
import { z } from "zod";
import type { Input } from "../../nodes/protocols/contract/core.ts";
import type { ViewChange } from "../../nodes/protocols/pbft/claims/messages.ts";
import { type Behaviour, defineBehaviour, victimsOf } from "./behaviour.ts";
import { claimingPbft } from "./forgeries/every-pbft.ts";
import type { ClaimingPbft } from "./forgeries/pbft-mac.ts";
import { SignedPbft } from "./forgeries/pbft-sig.ts";

const schema = z.strictObject({ victims: z.int().min(1).optional() });

type Parameters = z.output<typeof schema>;

export const splitNewView = defineBehaviour({
  name: "split-new-view",
  summary: "as new primary, sends two NEW-VIEWs for one view to two halves, both justified",
  schema,
  drawnIn: ["pbft-mac", "pbft-relay", "pbft-mac-proof"],
  variants: [{}, { victims: 1 }],
  fits: {
    "pbft-sig"({ victims }, context) {
      const messages = new SignedPbft(context);
      const chosen = victimsOf(context, victims);
      return {
        rewrite(to, frame) {
          if (!chosen.has(to)) return [frame];
          return [messages.understated(frame) ?? messages.otherwise(frame) ?? frame];
        },
      };
    },
    ...claimingPbft(
      ({ victims }: Parameters, messages, context) =>
        new Split(messages, victimsOf(context, victims)),
    ),
  },
});

/** VIEW-CHANGEs that it remembers, those of the last views. */
const NAMED_MAX = 64;

class Split implements Behaviour {
  readonly #messages: ClaimingPbft;
  readonly #victims: ReadonlySet<number>;
  readonly #named = new Map<string, ViewChange>();

  constructor(messages: ClaimingPbft, victims: ReadonlySet<number>) {
    this.#messages = messages;
    this.#victims = victims;
  }

  observe(input: Input): void {
    if (input.kind === "frame") this.#remember(input.bytes);
  }

  rewrite(to: number, frame: Uint8Array): readonly Uint8Array[] {
    this.#remember(frame);
    if (!this.#victims.has(to)) return [frame];
    const messages = this.#messages;
    return [messages.understated(frame) ?? messages.otherwise(frame, this.#named) ?? frame];
  }

  #remember(frame: Uint8Array): void {
    const found = this.#messages.named(frame);
    if (found === null) return;
    this.#named.set(...found);
    const [oldest] = this.#named.keys();
    if (this.#named.size > NAMED_MAX && oldest !== undefined) this.#named.delete(oldest);
  }
}
