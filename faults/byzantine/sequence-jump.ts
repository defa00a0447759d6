/** A primary that also assigns numbers far above the high watermark (protocols §7.3). */
import { z } from "zod";
import { defineBehaviour } from "./behaviour.ts";
import { PbftMessages } from "./forgeries/pbft-sig.ts";

export const sequenceJump = defineBehaviour({
  name: "sequence-jump",
  summary: "as primary, repeats every proposal under a number above the high watermark",
  schema: z.strictObject({}),
  fits: {
    "pbft-sig"(_parameters, context) {
      const messages = new PbftMessages(context);
      return {
        rewrite(_to, frame) {
          const proposal = messages.proposalIn(frame);
          if (proposal === null) return [frame];
          const { vote, bodies } = proposal;
          const sequence = vote.sequence + 2 * messages.cluster.window;
          return [frame, messages.proposalWith({ ...vote, sequence }, bodies)];
        },
      };
    },
  },
});
