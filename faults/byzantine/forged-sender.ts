/**
 * A replica that speaks for the others (reference 1.16): with every vote of its own come the same
 * votes in the names of all other replicas, under the only signature it can make.
 */
import { z } from "zod";
import { Signatures } from "../../nodes/protocols/authentication/signatures.ts";
import type { Authenticator } from "../../nodes/protocols/contract/authenticator.ts";
import {
  CHECKPOINT,
  COMMIT,
  decodeCheckpoint,
  encodeCheckpoint,
  PRE_PREPARE,
  PREPARE,
} from "../../nodes/protocols/pbft/messages.ts";
import { type BehaviourContext, defineBehaviour, ownMessage } from "./behaviour.ts";

export const forgedSender = defineBehaviour({
  name: "forged-sender",
  summary: "repeats each of its votes in the names of all others, with signatures that do not fit",
  schema: z.strictObject({}),
  create: (_parameters, context) => ({
    rewrite: (to, frame) => [frame, ...forgeries(context, { to, frame })],
  }),
});

function forgeries(
  context: BehaviourContext,
  { to, frame }: { readonly to: number; readonly frame: Uint8Array },
): readonly Uint8Array[] {
  const envelope = ownMessage(context, frame);
  if (envelope === null) return [];
  const { payload } = envelope;
  switch (envelope.type) {
    case PRE_PREPARE:
      return inOtherNames(context, to, [
        { type: PREPARE, payload },
        { type: COMMIT, payload },
      ]);
    case PREPARE:
    case COMMIT:
      return inOtherNames(context, to, [{ type: envelope.type, payload }]);
    case CHECKPOINT:
      return inOtherNames(context, to, [
        { type: CHECKPOINT, payload: falseState(context, payload) },
      ]);
    default:
      return [];
  }
}

/** Of the next checkpoint, and with a digest that no state has: true votes would do no harm. */
function falseState({ cluster, envelopes }: BehaviourContext, payload: Uint8Array): Uint8Array {
  const vote = decodeCheckpoint(payload);
  if (vote === null) return payload;
  const sequence = vote.sequence + cluster.checkpointInterval;
  return encodeCheckpoint({ sequence, digest: envelopes.authenticator.digest(payload) });
}

interface Message {
  readonly type: number;
  readonly payload: Uint8Array;
}

function inOtherNames(
  { cluster, envelopes, id }: BehaviourContext,
  to: number,
  messages: readonly Message[],
): readonly Uint8Array[] {
  const forged: Uint8Array[] = [];
  for (let name = 0; name < cluster.replicas; name += 1) {
    if (name === id || name === to) continue;
    const pretended = new Signatures(cluster, pretending(envelopes.authenticator, name));
    for (const { type, payload } of messages) forged.push(pretended.seal({ type, payload }, "all"));
  }
  return forged;
}

/** Another name over the own key. */
export function pretending(own: Authenticator, self: number): Authenticator {
  return {
    self,
    digest: (bytes) => own.digest(bytes),
    sign: (bytes) => own.sign(bytes),
    verify: (signer, bytes, signature) => own.verify(signer, bytes, signature),
  };
}
