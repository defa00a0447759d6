/** A replica whose checkpoints claim a state that nobody has. */
import { z } from "zod";
import {
  CHECKPOINT,
  decodeCheckpoint,
  encodeCheckpoint,
} from "../../nodes/protocols/pbft/messages.ts";
import { defineBehaviour, ownMessage } from "./behaviour.ts";

export const falseCheckpoint = defineBehaviour({
  name: "false-checkpoint",
  summary: "sends CHECKPOINTs with a digest that no state has",
  schema: z.strictObject({}),
  create: (_parameters, context) => ({
    rewrite(_to, frame) {
      const envelope = ownMessage(context, frame);
      const vote = envelope?.type === CHECKPOINT ? decodeCheckpoint(envelope.payload) : null;
      if (vote === null) return [frame];
      const digest = context.envelopes.authenticator.digest(envelope?.payload ?? frame);
      return [
        context.envelopes.seal(
          { type: CHECKPOINT, payload: encodeCheckpoint({ ...vote, digest }) },
          "all",
        ),
      ];
    },
  }),
});
