/**
 * A replica that tells everybody of a request that no client made, twice over (protocols §19.5): it
 * forwards the request, and relays that it heard of it.
 */
import { z } from "zod";
import type { Input } from "../../nodes/protocols/contract/core.ts";
import { type Behaviour, defineBehaviour } from "./behaviour.ts";
import { RelayMessages } from "./forgeries/relays.ts";

const schema = z.strictObject({
  /** The client's next one; or one so new that nothing of the client would count after it. */
  request: z.enum(["next", "far"]).default("next"),
});

type Parameters = z.output<typeof schema>;

const AHEAD = { next: 1, far: 1_000_000 } as const;

export const inventedRequest = defineBehaviour({
  name: "invented-request",
  summary: "with every STATUS, forwards a request that no client made, and relays that it heard it",
  eager: true,
  schema,
  unfit: { "pbft-sig": "a request that no client signed is forged-request, whoever forwards it" },
  fits: {
    "pbft-mac": ({ request }, context) => new Inventor(RelayMessages.ofMacs(context), request),
    "pbft-mac-proof": ({ request }, context) =>
      new Inventor(RelayMessages.ofProofs(context), request),
    "pbft-relay": ({ request }, context) =>
      new Inventor(RelayMessages.ofChannels(context), request),
  },
});

class Inventor implements Behaviour {
  readonly #messages: RelayMessages;
  readonly #ahead: number;
  #invented: readonly Uint8Array[] = [];

  constructor(messages: RelayMessages, request: Parameters["request"]) {
    this.#messages = messages;
    this.#ahead = AHEAD[request];
  }

  /** Of the newest request that it heard. */
  observe(input: Input): void {
    if (input.kind !== "frame") return;
    this.#invented = this.#messages.invention(input.bytes, this.#ahead) ?? this.#invented;
  }

  rewrite(_to: number, frame: Uint8Array): readonly Uint8Array[] {
    const isStatus = this.#messages.viewOfStatus(frame) !== null;
    return isStatus ? [frame, ...this.#invented] : [frame];
  }
}
