/**
 * A primary that serves everybody but one client (reference 1.16): what that one asks for it leaves
 * out of its batches. Only the time-out that follows the head of the queue helps (1.10).
 */
import { z } from "zod";
import { clientId } from "../../nodes/protocols/contract/core.ts";
import { decodeVote, encodeVote, PRE_PREPARE } from "../../nodes/protocols/pbft/messages.ts";
import { decodeBatch, makeBatch, NULL_BATCH } from "../../nodes/protocols/wire/request.ts";
import { type BehaviourContext, defineBehaviour, ownMessage } from "./behaviour.ts";

const STARVED = clientId({ host: 0, index: 1 });

export const starvedClient = defineBehaviour({
  name: "starved-client",
  summary: "as primary, orders the requests of all clients but the first one",
  schema: z.strictObject({}),
  create: (_parameters, context) => ({
    rewrite: (_to, frame) => [withoutStarved(context, frame)],
  }),
});

function withoutStarved(context: BehaviourContext, frame: Uint8Array): Uint8Array {
  const { envelopes } = context;
  const envelope = ownMessage(context, frame);
  const vote = envelope?.type === PRE_PREPARE ? decodeVote(envelope.payload) : null;
  const batch = vote && envelope && decodeBatch(envelopes, envelope.attachment);
  if (!envelope || !vote || !batch) return frame;
  const served = batch.requests.filter(({ client }) => client !== STARVED);
  if (served.length === batch.requests.length) return frame;
  const told = served.length === 0 ? NULL_BATCH : makeBatch(envelopes, served);
  return envelopes.seal(
    { type: PRE_PREPARE, payload: encodeVote({ ...vote, digest: told.digest }) },
    "all",
    told.bytes,
  );
}
