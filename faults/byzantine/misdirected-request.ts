/**
 * A replica that hands what clients ask it for to one backup, or a few, and not to the primary
 * (protocols §6.1): their timers run for it, and with its own that may be enough to leave a primary
 * that has never heard of it.
 */
import { z } from "zod";
import { isReplica } from "../../nodes/protocols/contract/core.ts";
import { defineBehaviour, victimsOf } from "./behaviour.ts";
import { everyPbft } from "./forgeries/every-pbft.ts";

const schema = z.strictObject({
  /** How many it hands them to. */
  victims: z.int().min(1).default(1),
});

export const misdirectedRequest = defineBehaviour({
  name: "misdirected-request",
  summary: "hands the requests of clients to some backups, in the place of the primary",
  schema,
  fits: everyPbft(({ victims }: z.output<typeof schema>, messages, context) => {
    const chosen = victimsOf(context, victims);
    return {
      observe(input, acts) {
        if (input.kind !== "frame" || isReplica(input.from) || !messages.isRequest(input.bytes))
          return;
        for (const victim of chosen) acts.send(victim, input.bytes);
      },
      rewrite: (_to, frame) => (messages.isRequest(frame) ? [] : [frame]),
    };
  }),
});
