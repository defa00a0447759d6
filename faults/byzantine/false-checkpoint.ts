/** A replica whose checkpoints claim a state that nobody has. */
import { z } from "zod";
import { defineBehaviour } from "./behaviour.ts";
import { PbftMessages } from "./forgeries/pbft-sig.ts";

export const falseCheckpoint = defineBehaviour({
  name: "false-checkpoint",
  summary: "sends CHECKPOINTs with a digest that no state has",
  schema: z.strictObject({}),
  fits: {
    "pbft-sig"(_parameters, context) {
      const messages = new PbftMessages(context);
      return {
        rewrite(_to, frame) {
          const vote = messages.checkpointIn(frame);
          if (vote === null) return [frame];
          return [messages.checkpoint({ ...vote, digest: messages.digestOfNothing(vote) })];
        },
      };
    },
  },
});
