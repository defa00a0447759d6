/** A primary that orders what no client asked for: a request with a signature that does not fit. */
import { z } from "zod";
import { defineBehaviour } from "./behaviour.ts";
import { everyPbft } from "./forgeries/every-pbft.ts";
import type { PbftMessages } from "./forgeries/pbft.ts";

const schema = z.strictObject({
  /** The client's next request, the same operation again; or another operation in its place. */
  request: z.enum(["next", "same"]).default("next"),
});

type Parameters = z.output<typeof schema>;

export const forgedRequest = defineBehaviour({
  name: "forged-request",
  summary: "as primary, orders requests in the name of clients that never made them",
  as: "primary",
  schema,
  fits: everyPbft(({ request }: Parameters, messages) => ({
    rewrite: (_to, frame) => [withForgery(messages, frame, request)],
  })),
});

function withForgery(
  messages: PbftMessages,
  frame: Uint8Array,
  which: "next" | "same",
): Uint8Array {
  const proposal = messages.proposalIn(frame);
  const [first, ...others] = proposal?.batch?.requests ?? [];
  const forged = first === undefined ? null : messages.forgedRequest(first, which);
  if (proposal === null || forged === null) return frame;
  return messages.proposal(proposal.vote, messages.batch([forged, ...others]));
}
