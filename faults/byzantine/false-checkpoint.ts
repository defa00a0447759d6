/**
 * A replica whose checkpoints claim a state that nobody has; to some of the others, or to all of
 * them. Who was told the truth shows its vote to those who were not (protocols §7.2).
 */
import { z } from "zod";
import { defineBehaviour, victimsOf } from "./behaviour.ts";
import { everyPbft } from "./forgeries/every-pbft.ts";

const schema = z.strictObject({
  /** How many are told a state that nobody has; by default all. */
  victims: z.int().min(1).optional(),
});

export const falseCheckpoint = defineBehaviour({
  name: "false-checkpoint",
  summary: "sends all, or some, CHECKPOINTs with a digest that no state has",
  schema,
  fits: everyPbft(({ victims }: z.output<typeof schema>, messages, context) => {
    const chosen = victimsOf(context, victims ?? context.cluster.replicas);
    return {
      rewrite(to, frame) {
        const vote = chosen.has(to) ? messages.checkpointIn(frame) : null;
        if (vote === null) return [frame];
        return [messages.checkpoint({ ...vote, digest: messages.digestOfNothing(vote) })];
      },
    };
  }),
});
