/**
 * A new primary whose NEW-VIEW is right but for one thing (protocols §9.6, §20.6): what it orders
 * goes on beyond what is forced, or begins at another state, or one replica stands there for
 * several.
 */
import { z } from "zod";
import type { Input, NodeId } from "../../nodes/protocols/contract/core.ts";
import { type Behaviour, defineBehaviour } from "./behaviour.ts";
import { certifyingPbft, claimingPbft } from "./forgeries/every-pbft.ts";
import { NamedViewChanges } from "./forgeries/named-view-changes.ts";
import type { PbftMessages } from "./forgeries/pbft.ts";
import type { ClaimingPbft } from "./forgeries/pbft-mac.ts";

const schema = z.strictObject({
  lie: z.enum(["longer", "other-base", "named-twice"]).default("longer"),
});

type Parameters = z.output<typeof schema>;
type Lie = Parameters["lie"];

export const wrongChoice = defineBehaviour({
  name: "wrong-choice",
  summary: "as new primary, orders a number more, begins at another state, or counts one twice",
  as: "new primary",
  schema,
  fits: {
    ...certifyingPbft(({ lie }: Parameters, messages) => ({
      rewrite: (_to, frame) => [
        told(messages, frame, lie, () => messages.namingTwice(frame)) ?? frame,
      ],
    })),
    ...claimingPbft(({ lie }: Parameters, messages) => new Chooser(messages, lie)),
  },
});

class Chooser implements Behaviour {
  readonly #messages: ClaimingPbft;
  readonly #lie: Lie;
  readonly #named: NamedViewChanges;

  constructor(messages: ClaimingPbft, lie: Lie) {
    this.#messages = messages;
    this.#lie = lie;
    this.#named = new NamedViewChanges(messages);
  }

  observe(input: Input): void {
    if (input.kind === "frame") this.#named.hear(input.bytes);
  }

  rewrite(_to: NodeId, frame: Uint8Array): readonly Uint8Array[] {
    this.#named.hear(frame);
    const messages = this.#messages;
    const twice = () => messages.namingTwice(frame, this.#named.all);
    return [told(messages, frame, this.#lie, twice) ?? frame];
  }
}

function told(
  messages: PbftMessages,
  frame: Uint8Array,
  lie: Lie,
  twice: () => Uint8Array | null,
): Uint8Array | null {
  switch (lie) {
    case "longer":
      return messages.goingOn(frame);
    case "other-base":
      return messages.otherBase(frame);
    case "named-twice":
      return twice();
    default:
      return lie satisfies never;
  }
}
