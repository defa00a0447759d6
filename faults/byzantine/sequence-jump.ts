/** A primary that also assigns numbers far above the high watermark (protocols §7.3). */
import { z } from "zod";
import { defineBehaviour } from "./behaviour.ts";
import { everyPbft } from "./forgeries/every-pbft.ts";

const schema = z.strictObject({
  /** Than two windows. */
  further: z
    .int()
    .min(0)
    .max(2 ** 52)
    .default(0),
});

type Parameters = z.output<typeof schema>;

export const sequenceJump = defineBehaviour({
  name: "sequence-jump",
  summary: "as primary, repeats every proposal under a number above the high watermark",
  as: "primary",
  schema,
  fits: everyPbft(({ further }: Parameters, messages) => ({
    rewrite(_to, frame) {
      const proposal = messages.proposalIn(frame);
      if (proposal === null) return [frame];
      const { vote, bodies } = proposal;
      const sequence = vote.sequence + 2 * messages.cluster.window + further;
      return [frame, messages.proposalWith({ ...vote, sequence }, bodies)];
    },
  })),
});
