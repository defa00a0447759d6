/**
 * A replica that takes everything in and says nothing, neither to replicas nor to clients. It is
 * not dead: its connections stand and its process answers the harness.
 */
import { z } from "zod";
import { defineBehaviour } from "./behaviour.ts";

export const silent = defineBehaviour({
  name: "silent",
  summary: "takes part in nothing: not one message to replicas or clients leaves it",
  eager: true,
  alone: true,
  schema: z.strictObject({}),
  fits: () => ({ rewrite: () => [] }),
});
