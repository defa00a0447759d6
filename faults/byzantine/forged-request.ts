/** A primary that orders what no client asked for: a request with a signature that does not fit. */
import { z } from "zod";
import { decodeVote, encodeVote, PRE_PREPARE } from "../../nodes/protocols/pbft/messages.ts";
import { Writer } from "../../nodes/protocols/wire/codec.ts";
import type { Request } from "../../nodes/protocols/wire/request.ts";
import { decodeBatch, decodeRequest, makeBatch } from "../../nodes/protocols/wire/request.ts";
import type { BehaviourContext } from "./behaviour.ts";
import { defineBehaviour, ownMessage } from "./behaviour.ts";

export const forgedRequest = defineBehaviour({
  name: "forged-request",
  summary: "as primary, orders requests in the name of clients that never signed them",
  schema: z.strictObject({
    /** The client's next request, the same operation again; or another operation in its place. */
    request: z.enum(["next", "same"]).default("next"),
  }),
  variants: [{ request: "next" }, { request: "same" }],
  create: ({ request }, context) => ({
    rewrite: (_to, frame) => [withForgery(context, frame, request)],
  }),
});

function withForgery(
  context: BehaviourContext,
  frame: Uint8Array,
  request: "next" | "same",
): Uint8Array {
  const { envelopes } = context;
  const envelope = ownMessage(context, frame);
  const vote = envelope === null ? null : decodeVote(envelope.payload);
  if (envelope?.type !== PRE_PREPARE || vote === null) return frame;
  const batch = decodeBatch(envelopes, envelope.attachment);
  const [first, ...others] = batch?.requests ?? [];
  const forged = first === undefined ? null : forgery(context, first, request);
  if (forged === null) return frame;
  const told = makeBatch(envelopes, [forged, ...others]);
  return envelopes.seal(
    { type: PRE_PREPARE, payload: encodeVote({ ...vote, digest: told.digest }) },
    "all",
    told.bytes,
  );
}

/** Under the signature of the true one. */
function forgery(
  { envelopes }: BehaviourContext,
  { envelope, timestamp }: Request,
  request: "next" | "same",
): Request | null {
  const signed = envelope.content.slice();
  const start = signed.length - envelope.payload.length;
  if (request === "next") signed.set(new Writer(8).u64(timestamp + 1).finish(), start);
  // The last byte belongs to a key or a value: what follows still parses.
  else signed[signed.length - 1] = (signed.at(-1) ?? 0) ^ 1;
  const frame = new Writer(signed.length + envelope.authentication.length + 6)
    .blob(signed)
    .u16(envelope.authentication.length)
    .raw(envelope.authentication)
    .finish();
  const opened = envelopes.open(frame);
  return opened === null ? null : decodeRequest(envelopes, opened);
}
