/**
 * A replica that lies to clients: every reply carries the result of another operation, so that it
 * is well-formed, signed, plausible and wrong. Only waiting for f+1 equal replies protects a
 * client.
 */
import { z } from "zod";
import { sameBytes } from "../../nodes/protocols/wire/codec.ts";
import { type Behaviour, defineBehaviour } from "./behaviour.ts";
import { type OwnMessages, signedMessages, taggedMessages } from "./forgeries/own-messages.ts";
import { RelayingPbft } from "./forgeries/pbft-relay.ts";

export const wrongReply = defineBehaviour({
  name: "wrong-reply",
  summary:
    "answers every client with the result of another operation, well-formed and under its own keys",
  eager: true,
  schema: z.strictObject({}),
  fits: {
    "pbft-sig": (_parameters, context) => new WrongReplies(signedMessages(context)),
    "pbft-mac": (_parameters, context) => new WrongReplies(taggedMessages(context)),
    "pbft-mac-proof": (_parameters, context) => new WrongReplies(taggedMessages(context)),
    "pbft-relay": (_parameters, context) => new WrongReplies(new RelayingPbft(context)),
    unreplicated: (_parameters, context) => new WrongReplies(signedMessages(context)),
  },
});

class WrongReplies implements Behaviour {
  readonly #messages: OwnMessages;
  /** The newest true results, two that differ: one of them is not the one to be sent. */
  #results: readonly Uint8Array[] = [];

  constructor(messages: OwnMessages) {
    this.#messages = messages;
  }

  rewrite(_to: number, frame: Uint8Array): readonly Uint8Array[] {
    const reply = this.#messages.replyIn(frame);
    if (reply === null) return [frame];
    const result = this.#otherThan(reply.result);
    this.#remember(reply.result);
    return [this.#messages.reply({ ...reply, result })];
  }

  #otherThan(truth: Uint8Array): Uint8Array {
    const seen = this.#results.find((result) => !sameBytes(result, truth));
    return seen ?? damaged(truth);
  }

  #remember(result: Uint8Array): void {
    const others = this.#results.filter((known) => !sameBytes(known, result));
    this.#results = [result.slice(), ...others].slice(0, 2);
  }
}

/** Nothing else was ever seen: the last bit is flipped, and nothing becomes one byte. */
function damaged(result: Uint8Array): Uint8Array {
  if (result.length === 0) return Uint8Array.of(0);
  const copy = result.slice();
  copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1;
  return copy;
}
