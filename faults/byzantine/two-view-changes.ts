/**
 * A replica that leaves a view with two VIEW-CHANGEs (protocols §20.5): the victims hear that it
 * has prepared nothing, the others the truth. Both are its own, well-formed and for one view.
 */
import { z } from "zod";
import { defineBehaviour, victimsOf } from "./behaviour.ts";
import { everyPbft } from "./forgeries/every-pbft.ts";

const schema = z.strictObject({
  victims: z.int().min(1).optional(),
  /** The victims hear the truth too, afterwards. */
  both: z.boolean().default(false),
});

type Parameters = z.output<typeof schema>;

export const twoViewChanges = defineBehaviour({
  name: "two-view-changes",
  summary: "sends two VIEW-CHANGEs for one view: to some that it has prepared nothing",
  during: "view changes",
  schema,
  fits: everyPbft(({ victims, both }: Parameters, messages, context) => {
    const chosen = victimsOf(context, victims);
    return {
      rewrite(to, frame) {
        const lie = chosen.has(to) ? messages.understated(frame) : null;
        if (lie === null) return [frame];
        return both ? [lie, frame] : [lie];
      },
    };
  }),
});
