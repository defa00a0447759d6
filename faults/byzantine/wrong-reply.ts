/**
 * A replica that lies to clients: every reply carries the result of another operation, so that it
 * is well-formed, signed, plausible and wrong. Only waiting for f+1 equal replies protects a
 * client.
 */
import { z } from "zod";
import { sameBytes } from "../../nodes/protocols/wire/codec.ts";
import { decodeReply, encodeReply } from "../../nodes/protocols/wire/request.ts";
import type { Behaviour, BehaviourContext } from "./behaviour.ts";
import { defineBehaviour, ownMessage } from "./behaviour.ts";

export const wrongReply = defineBehaviour({
  name: "wrong-reply",
  summary: "answers every client with the result of another operation, signed and well-formed",
  eager: true,
  schema: z.strictObject({}),
  create: (_parameters, context) => new WrongReplies(context),
});

class WrongReplies implements Behaviour {
  readonly #context: BehaviourContext;
  /** The newest true results, two that differ: one of them is not the one to be sent. */
  #results: readonly Uint8Array[] = [];

  constructor(context: BehaviourContext) {
    this.#context = context;
  }

  rewrite(_to: number, frame: Uint8Array): readonly Uint8Array[] {
    const { envelopes } = this.#context;
    const envelope = ownMessage(this.#context, frame);
    const reply = envelope === null ? null : decodeReply(envelope);
    if (reply === null) return [frame];
    const result = this.#otherThan(reply.result);
    this.#remember(reply.result);
    return [encodeReply(envelopes, { ...reply, result })];
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
