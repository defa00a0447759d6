/** A primary that also assigns numbers far above the high watermark (reference 1.17). */
import { z } from "zod";
import { decodeVote, encodeVote, PRE_PREPARE } from "../../nodes/protocols/pbft/messages.ts";
import { defineBehaviour, ownMessage } from "./behaviour.ts";

export const sequenceJump = defineBehaviour({
  name: "sequence-jump",
  summary: "as primary, repeats every proposal under a number above the high watermark",
  schema: z.strictObject({}),
  create: (_parameters, context) => ({
    rewrite(_to, frame) {
      const { cluster, envelopes } = context;
      const envelope = ownMessage(context, frame);
      const vote = envelope === null ? null : decodeVote(envelope.payload);
      if (envelope?.type !== PRE_PREPARE || vote === null) return [frame];
      const jumped = encodeVote({ ...vote, sequence: vote.sequence + 2 * cluster.window });
      return [
        frame,
        envelopes.seal({ type: PRE_PREPARE, payload: jumped }, "all", envelope.attachment),
      ];
    },
  }),
});
