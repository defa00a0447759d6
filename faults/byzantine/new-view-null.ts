/** A new primary that throws away what was prepared: its O says null everywhere (reference 1.9). */
import { z } from "zod";
import { NULL_DIGEST } from "../../nodes/protocols/contract/audit.ts";
import {
  decodeNewView,
  decodeVote,
  encodeNewView,
  encodeVote,
  NEW_VIEW,
  PRE_PREPARE,
} from "../../nodes/protocols/pbft/messages.ts";
import { defineBehaviour, ownMessage } from "./behaviour.ts";
import { passedOff } from "./passed-off.ts";

export const newViewNull = defineBehaviour({
  name: "new-view-null",
  summary: "as new primary, sends a NEW-VIEW that proposes null for every number of its set O",
  schema: z.strictObject({}),
  create: (_parameters, context) => ({
    rewrite(_to, frame) {
      const { envelopes } = context;
      const envelope = ownMessage(context, frame);
      const message =
        envelope?.type === NEW_VIEW ? decodeNewView(envelope.payload, context.cluster) : null;
      if (message === null || message.prePrepares.length === 0) return [frame];
      const prePrepares = message.prePrepares.map((each) => {
        const opened = envelopes.open(each);
        const vote = opened === null ? null : decodeVote(opened.payload);
        if (vote === null) return each;
        return envelopes.seal(
          { type: PRE_PREPARE, payload: encodeVote({ ...vote, digest: NULL_DIGEST }) },
          "all",
        );
      });
      return [
        envelopes.seal(
          { type: NEW_VIEW, payload: encodeNewView(passedOff({ ...message, prePrepares })) },
          "all",
        ),
      ];
    },
  }),
});
