/** A primary that sends a body which is not the one its digest names (protocols §6.2). */
import { z } from "zod";
import { defineBehaviour, victimsOf } from "./behaviour.ts";
import { everyPbft } from "./forgeries/every-pbft.ts";
import type { PbftMessages } from "./forgeries/pbft.ts";

const schema = z.strictObject({ victims: z.int().min(1).optional() });

type Parameters = z.output<typeof schema>;

export const wrongBody = defineBehaviour({
  name: "wrong-body",
  summary: "as primary, sends some backups a PRE-PREPARE whose bodies are not those of its digest",
  as: "primary",
  schema,
  fits: everyPbft(({ victims }: Parameters, messages, context) => {
    const chosen = victimsOf(context, victims);
    return {
      rewrite: (to, frame) => [chosen.has(to) ? withOtherBody(messages, frame) : frame],
    };
  }),
});

function withOtherBody(messages: PbftMessages, frame: Uint8Array): Uint8Array {
  const proposal = messages.proposalIn(frame);
  const requests = proposal?.batch?.requests ?? [];
  if (proposal === null || requests.length === 0) return frame;
  const other = messages.batch(requests.length === 1 ? [] : requests.toReversed());
  return messages.proposalWith(proposal.vote, other.bytes);
}
