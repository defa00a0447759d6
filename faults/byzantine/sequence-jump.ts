/** A primary that also assigns numbers far above the high watermark (protocols §7.3). */
import { z } from "zod";
import { defineBehaviour } from "./behaviour.ts";
import { everyPbft } from "./forgeries/every-pbft.ts";

export const sequenceJump = defineBehaviour({
  name: "sequence-jump",
  summary: "as primary, repeats every proposal under a number above the high watermark",
  schema: z.strictObject({}),
  fits: everyPbft((_parameters, messages) => ({
    rewrite(_to, frame) {
      const proposal = messages.proposalIn(frame);
      if (proposal === null) return [frame];
      const { vote, bodies } = proposal;
      const sequence = vote.sequence + 2 * messages.cluster.window;
      return [frame, messages.proposalWith({ ...vote, sequence }, bodies)];
    },
  })),
});
