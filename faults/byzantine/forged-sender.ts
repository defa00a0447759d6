/**
 * A replica that speaks for the others (protocols §2.4): with every vote of its own come the same
 * votes in the names of all other replicas, under the only signature it can make.
 */
import { z } from "zod";
import { defineBehaviour } from "./behaviour.ts";
import { everyPbft } from "./forgeries/every-pbft.ts";
import type { PbftMessages } from "./forgeries/pbft.ts";

export const forgedSender = defineBehaviour({
  name: "forged-sender",
  summary: "repeats each of its votes in the names of all others, under keys that are not theirs",
  schema: z.strictObject({}),
  fits: everyPbft((_parameters, messages) => ({
    rewrite: (to, frame) => [frame, ...inOtherNames(messages, to, frame)],
  })),
});

function inOtherNames(
  messages: PbftMessages,
  to: number,
  frame: Uint8Array,
): readonly Uint8Array[] {
  const say = repeating(messages, frame);
  if (say === null) return [];
  return messages.others.filter((name) => name !== to).flatMap((name) => say(messages.as(name)));
}

type Saying = (as: PbftMessages) => readonly Uint8Array[];

/** What somebody else would say who votes as this replica does in `frame`. */
function repeating(messages: PbftMessages, frame: Uint8Array): Saying | null {
  const proposed = messages.proposalIn(frame)?.vote;
  if (proposed) return (as) => [as.vote("prepare", proposed), as.vote("commit", proposed)];
  for (const kind of ["prepare", "commit"] as const) {
    const vote = messages.voteIn(kind, frame);
    if (vote !== null) return (as) => [as.vote(kind, vote)];
  }
  const checkpoint = messages.checkpointIn(frame);
  if (checkpoint === null) return null;
  // Of the next checkpoint, and with a digest that no state has: true votes would do no harm.
  const sequence = checkpoint.sequence + messages.cluster.checkpointInterval;
  const digest = messages.digestOfNothing(checkpoint);
  return (as) => [as.checkpoint({ sequence, digest })];
}
