/** A replica whose checkpoints claim a state that nobody has. */
import { z } from "zod";
import { defineBehaviour } from "./behaviour.ts";
import { everyPbft } from "./forgeries/every-pbft.ts";

export const falseCheckpoint = defineBehaviour({
  name: "false-checkpoint",
  summary: "sends CHECKPOINTs with a digest that no state has",
  schema: z.strictObject({}),
  fits: everyPbft((_parameters, messages) => ({
    rewrite(_to, frame) {
      const vote = messages.checkpointIn(frame);
      if (vote === null) return [frame];
      return [messages.checkpoint({ ...vote, digest: messages.digestOfNothing(vote) })];
    },
  })),
});
