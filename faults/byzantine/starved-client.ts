/**
 * A primary that serves everybody but one client (protocols §10.2): what that one asks for it
 * leaves out of its batches. Only the time-out that follows the head of the queue helps.
 */
import { z } from "zod";
import { clientId } from "../../nodes/protocols/contract/core.ts";
import { defineBehaviour } from "./behaviour.ts";
import { everyPbft } from "./forgeries/every-pbft.ts";
import type { PbftMessages } from "./forgeries/pbft.ts";

const STARVED = clientId({ host: 0, index: 1 });

export const starvedClient = defineBehaviour({
  name: "starved-client",
  summary: "as primary, orders the requests of all clients but the first one",
  as: "primary",
  schema: z.strictObject({}),
  fits: everyPbft((_parameters, messages) => ({
    rewrite: (_to, frame) => [withoutStarved(messages, frame)],
  })),
});

function withoutStarved(messages: PbftMessages, frame: Uint8Array): Uint8Array {
  const proposal = messages.proposalIn(frame);
  const requests = proposal?.batch?.requests ?? [];
  const served = requests.filter(({ client }) => client !== STARVED);
  if (proposal === null || served.length === requests.length) return frame;
  return messages.proposal(proposal.vote, messages.batch(served));
}
