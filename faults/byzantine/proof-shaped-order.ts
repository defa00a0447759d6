/**
 * A new primary whose PRE-PREPAREs look like proofs already (protocols §9.6, §22.3): it proves
 * nothing by that, and whoever kept them as they are could not make proofs of them.
 */
import { z } from "zod";
import { defineBehaviour } from "./behaviour.ts";
import { ProvingPbft } from "./forgeries/pbft-mac-proof.ts";

export const proofShapedOrder = defineBehaviour({
  name: "proof-shaped-order",
  summary: "as new primary, orders with what looks like proofs, where its own vectors belong",
  as: "new primary",
  schema: z.strictObject({}),
  fits: {
    "pbft-mac-proof"(_parameters, context) {
      const messages = new ProvingPbft(context);
      return {
        rewrite(_to, frame) {
          const message = messages.newViewIn(frame);
          if (message === null) return [frame];
          const prePrepares = message.prePrepares.map((each) => messages.shown(each));
          return [messages.newView({ ...message, prePrepares })];
        },
      };
    },
  },
  unfit: {
    "pbft-sig": "a signed message and its proof are the same bytes",
    "pbft-mac": "a NEW-VIEW carries digests in place of messages",
    "pbft-relay": "a NEW-VIEW carries digests in place of messages",
  },
});
