/**
 * A replica that speaks of the highest number that a message can carry (protocols §2.1): votes on
 * it, claims in its VIEW-CHANGE to have prepared it, or asks for it as a view.
 */
import { z } from "zod";
import { defineBehaviour } from "./behaviour.ts";
import { everyPbft } from "./forgeries/every-pbft.ts";
import type { PbftMessages } from "./forgeries/pbft.ts";

const schema = z.strictObject({
  what: z.enum(["votes", "claims", "views"]).default("claims"),
});

type Parameters = z.output<typeof schema>;

const HIGHEST = Number.MAX_SAFE_INTEGER;

export const highestNumber = defineBehaviour({
  name: "highest-number",
  summary: "votes on number 2^53 - 1, claims to have prepared it, or asks for it as a view",
  schema,
  fits: everyPbft(({ what }: Parameters, messages) => ({
    rewrite: (_to, frame) => told(messages, frame, what),
  })),
});

function told(
  messages: PbftMessages,
  frame: Uint8Array,
  what: Parameters["what"],
): readonly Uint8Array[] {
  if (what === "claims") return [messages.overstated(frame) ?? frame];
  if (what === "views") {
    const isView = messages.viewAskedIn(frame) !== null;
    return isView ? [messages.understatement(HIGHEST), frame] : [frame];
  }
  const vote = messages.voteIn("commit", frame);
  if (vote === null) return [frame];
  const { view, digest } = vote;
  const highest = { sequence: HIGHEST, digest };
  return [
    frame,
    messages.vote("prepare", { view, ...highest }),
    messages.vote("commit", { view: HIGHEST, ...highest }),
    messages.checkpoint(highest),
    ...messages.decision({ view, ...highest }),
  ];
}
