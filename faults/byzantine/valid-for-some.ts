/**
 * A replica whose messages convince some and not the others (protocols §2.7): their codes, or the
 * signature, do not fit at the victims, who cannot know what the rest of the cluster believes.
 */
import { z } from "zod";
import { defineBehaviour, victimsOf } from "./behaviour.ts";
import { everyPbft } from "./forgeries/every-pbft.ts";
import type { PbftMessages } from "./forgeries/pbft.ts";

const schema = z.strictObject({
  /**
   * Its PRE-PREPAREs; the clients' requests in them; its PREPAREs, COMMITs and CHECKPOINTs; its
   * VIEW-CHANGEs and NEW-VIEWs.
   */
  what: z.enum(["proposals", "requests", "votes", "views"]).default("votes"),
  /** How many are not convinced; by default half of the others, rounded up. */
  victims: z.int().min(1).optional(),
});

type Parameters = z.output<typeof schema>;

export const validForSome = defineBehaviour({
  name: "valid-for-some",
  summary: "sends messages whose authentication is good for some replicas and bad for the victims",
  schema,
  fits: everyPbft(({ what, victims }: Parameters, messages, context) => {
    const chosen = victimsOf(context, victims);
    return {
      rewrite: (to, frame) => [chosen.has(to) ? spoiled(messages, frame, what) : frame],
    };
  }),
});

function spoiled(messages: PbftMessages, frame: Uint8Array, what: Parameters["what"]): Uint8Array {
  if (what === "requests") return messages.withSpoiledRequests(frame) ?? frame;
  const isMeant = {
    proposals: () => messages.proposalIn(frame) !== null,
    votes: () =>
      messages.voteIn("prepare", frame) !== null ||
      messages.voteIn("commit", frame) !== null ||
      messages.checkpointIn(frame) !== null,
    views: () => messages.viewAskedIn(frame) !== null || messages.isNewView(frame),
  }[what];
  return isMeant() ? messages.spoiled(frame) : frame;
}
