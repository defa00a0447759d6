/** A primary that orders what no client asked for, and vouches for it (protocols §19.3, §20.1). */
import { z } from "zod";
import { type Behaviour, defineBehaviour } from "./behaviour.ts";
import { RelayMessages } from "./forgeries/relays.ts";

export const vouchedForgery = defineBehaviour({
  name: "vouched-forgery",
  summary: "as primary, orders requests that no client made, and relays that it heard of them",
  as: "primary",
  schema: z.strictObject({}),
  unfit: { "pbft-sig": "a request that no client signed is forged-request, whoever vouches" },
  fits: {
    "pbft-mac": (_parameters, context) => forger(RelayMessages.ofMacs(context)),
    "pbft-mac-proof": (_parameters, context) => forger(RelayMessages.ofProofs(context)),
    "pbft-relay": (_parameters, context) => forger(RelayMessages.ofChannels(context)),
  },
});

function forger(messages: RelayMessages): Behaviour {
  return { rewrite: (_to, frame) => messages.forgedProposal(frame) ?? [frame] };
}
