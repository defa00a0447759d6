/**
 * It passes on what clients sent, with a signature or codes that fit nothing: whoever looks at the
 * message has to tell who spoiled it, and must not hold it against the client (protocols §12.3).
 */
import { z } from "zod";
import { defineBehaviour } from "./behaviour.ts";
import { everyPbft } from "./forgeries/every-pbft.ts";

export const brokenForwarding = defineBehaviour({
  name: "broken-forwarding",
  summary: "breaks the signature or the codes of every request and message that it passes on",
  schema: z.strictObject({}),
  fits: everyPbft((_parameters, messages) => ({
    rewrite: (_to, frame) => [messages.isOwn(frame) ? frame : messages.spoiled(frame)],
  })),
});
