/** New keys without end: each costs whoever reads it, and asks for an answer (protocols §2.9). */
import { z } from "zod";
import type { NodeId } from "../../nodes/protocols/contract/core.ts";
import { type Behaviour, defineBehaviour } from "./behaviour.ts";
import { NewKeys } from "./forgeries/new-keys.ts";
import type { PbftMessages } from "./forgeries/pbft.ts";
import { ClaimingPbft } from "./forgeries/pbft-mac.ts";
import { ProvingPbft } from "./forgeries/pbft-mac-proof.ts";

const schema = z.strictObject({
  /** To each replica with each STATUS. */
  newKeys: z.int().min(1).max(64).default(8),
});

export const newKeyStorm = defineBehaviour({
  name: "new-key-storm",
  summary: "with every STATUS sends many NEW-KEYs, each newer than the last, and asks for answers",
  schema,
  fits: {
    "pbft-mac": ({ newKeys }, context) =>
      new Storm({ messages: new ClaimingPbft(context), keys: new NewKeys(context) }, newKeys),
    "pbft-mac-proof": ({ newKeys }, context) =>
      new Storm({ messages: new ProvingPbft(context), keys: new NewKeys(context) }, newKeys),
  },
  unfit: {
    "pbft-sig": "its keys are for ever",
    "pbft-relay": "its channels have keys of each connection, and no message that changes them",
  },
});

interface Words {
  readonly messages: PbftMessages;
  readonly keys: NewKeys;
}

class Storm implements Behaviour {
  readonly #messages: PbftMessages;
  readonly #keys: NewKeys;
  readonly #each: number;
  #counter = 0;

  constructor({ messages, keys }: Words, each: number) {
    this.#messages = messages;
    this.#keys = keys;
    this.#each = each;
  }

  rewrite(_to: NodeId, frame: Uint8Array): readonly Uint8Array[] {
    this.#counter = Math.max(this.#counter, this.#keys.counterIn(frame) ?? 0);
    if (this.#messages.statusIn(frame) === null) return [frame];
    const storm = Array.from({ length: this.#each }, (_, index) =>
      this.#keys.newKey(this.#counter + 1 + index),
    );
    this.#counter += this.#each;
    return [frame, ...storm];
  }
}
