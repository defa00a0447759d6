/** A primary that sends a body which is not the one its digest names (bft-testing A12, 1.6-2). */
import { z } from "zod";
import { PRE_PREPARE } from "../../nodes/protocols/pbft/messages.ts";
import { Writer } from "../../nodes/protocols/wire/codec.ts";
import { decodeBatch, makeBatch, NULL_BATCH } from "../../nodes/protocols/wire/request.ts";
import type { BehaviourContext } from "./behaviour.ts";
import { defineBehaviour, ownMessage, victimsOf } from "./behaviour.ts";

export const wrongBody = defineBehaviour({
  name: "wrong-body",
  summary: "as primary, sends some backups a PRE-PREPARE whose bodies are not those of its digest",
  schema: z.strictObject({ victims: z.int().min(1).optional() }),
  create({ victims }, context) {
    const chosen = victimsOf(context, victims);
    return {
      rewrite: (to, frame) => [chosen.has(to) ? withOtherBody(context, frame) : frame],
    };
  },
});

function withOtherBody(context: BehaviourContext, frame: Uint8Array): Uint8Array {
  const { envelopes } = context;
  const envelope = ownMessage(context, frame);
  if (envelope === null || envelope.type !== PRE_PREPARE) return frame;
  const batch = decodeBatch(envelopes, envelope.attachment);
  if (batch === null || batch.requests.length === 0) return frame;
  const other =
    batch.requests.length === 1 ? NULL_BATCH : makeBatch(envelopes, batch.requests.toReversed());
  // The signature covers the digest only, so it stays valid.
  return new Writer(frame.length).raw(envelope.frame).raw(other.bytes).finish();
}
