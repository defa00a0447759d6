/** A primary that orders what no client asked for: a request with a signature that does not fit. */
import { z } from "zod";
import { defineBehaviour } from "./behaviour.ts";
import { everyPbft } from "./forgeries/every-pbft.ts";
import type { PbftMessages } from "./forgeries/pbft.ts";

const schema = z.strictObject({
  /** The client's next request, the same operation again; or another operation in its place. */
  request: z.enum(["next", "same"]).default("next"),
  /** In a batch; what is looked at before the last one is looked at in vain. */
  place: z.enum(["first", "last"]).default("first"),
});

type Parameters = z.output<typeof schema>;

export const forgedRequest = defineBehaviour({
  name: "forged-request",
  summary: "as primary, orders requests in the name of clients that never made them",
  as: "primary",
  schema,
  fits: everyPbft((parameters: Parameters, messages) => ({
    rewrite: (_to, frame) => [withForgery(messages, frame, parameters)],
  })),
});

function withForgery(
  messages: PbftMessages,
  frame: Uint8Array,
  { request, place }: Parameters,
): Uint8Array {
  const proposal = messages.proposalIn(frame);
  const requests = proposal?.batch?.requests ?? [];
  const one = place === "first" ? requests[0] : requests.at(-1);
  const forged = one === undefined ? null : messages.forgedRequest(one, request);
  if (proposal === null || forged === null) return frame;
  const ordered = requests.map((each) => (each === one ? forged : each));
  return messages.proposal(proposal.vote, messages.batch(ordered));
}
