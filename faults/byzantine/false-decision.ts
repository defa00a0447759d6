/**
 * A replica that tells of the next numbers that they are decided (protocols §20.7), as null or as
 * something that nobody proposed. Where a decision is proved by signed COMMITs it forges those.
 */
import { z } from "zod";
import { NULL_DIGEST } from "../../nodes/protocols/contract/audit.ts";
import { defineBehaviour } from "./behaviour.ts";
import { everyPbft } from "./forgeries/every-pbft.ts";

const schema = z.strictObject({
  digest: z.enum(["null", "nonsense"]).default("null"),
});

type Parameters = z.output<typeof schema>;

/** Numbers at a time, those that may be under way. */
const NUMBERS = 4;

export const falseDecision = defineBehaviour({
  name: "false-decision",
  summary: "tells with every STATUS that the next numbers are decided, which they are not",
  schema,
  fits: everyPbft(({ digest }: Parameters, messages) => ({
    rewrite(_to, frame) {
      const status = messages.statusIn(frame);
      if (status === null) return [frame];
      const { view, lastExec } = status;
      const lies = Array.from({ length: NUMBERS }, (_, index) => {
        const sequence = lastExec + index + 1;
        const nonsense = messages.digestOfNothing({ sequence, digest: NULL_DIGEST });
        return { view, sequence, digest: digest === "null" ? NULL_DIGEST : nonsense };
      });
      return [frame, ...lies.flatMap((vote) => messages.decision(vote))];
    },
  })),
});
