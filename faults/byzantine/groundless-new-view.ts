/**
 * A new primary whose NEW-VIEW rests on a VIEW-CHANGE that nobody can get (protocols §20.6): who
 * waits for it waits for the next view, no longer.
 */
import { z } from "zod";
import { defineBehaviour } from "./behaviour.ts";
import { everyPbft } from "./forgeries/every-pbft.ts";

export const groundlessNewView = defineBehaviour({
  name: "groundless-new-view",
  summary: "as new primary, sends a NEW-VIEW that rests on a VIEW-CHANGE which nobody can get",
  as: "new primary",
  schema: z.strictObject({}),
  fits: everyPbft((_parameters, messages) => ({
    rewrite: (_to, frame) => [messages.groundless(frame) ?? frame],
  })),
});
