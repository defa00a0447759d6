/**
 * A replica whose vectors have one good entry, that of who gets them (protocols §22.1): it
 * convinces everybody, and nobody whom they are shown to.
 */
import { z } from "zod";
import { isReplica } from "../../nodes/protocols/contract/core.ts";
import { defineBehaviour } from "./behaviour.ts";
import { ProvingPbft } from "./forgeries/pbft-mac-proof.ts";

const schema = z.strictObject({
  /** What it vouches for of others; what it says itself that may have to be shown; both. */
  what: z.enum(["vouches", "own", "all"]).default("vouches"),
});

export const spoiltVouches = defineBehaviour({
  name: "spoilt-vouches",
  summary:
    "vouches, or speaks, with vectors that convince who gets them and nobody they are shown to",
  schema,
  fits: {
    "pbft-mac-proof"({ what }, context) {
      const messages = new ProvingPbft(context);
      const isMeant = (frame: Uint8Array) =>
        what === "all" || messages.isVouch(frame) === (what === "vouches");
      return {
        rewrite(to, frame) {
          if (!isReplica(to) || !isMeant(frame)) return [frame];
          return [messages.forOneReader(frame, to) ?? frame];
        },
      };
    },
  },
  unfit: {
    "pbft-sig": "a signature convinces all or nobody",
    "pbft-mac": "nobody shows a vector to others as proof: that is valid-for-some",
    "pbft-relay": "its messages have no vectors",
  },
});
