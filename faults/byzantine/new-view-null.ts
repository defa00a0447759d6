/**
 * A new primary that throws away what was prepared: its O, or X, says null everywhere (protocols
 * §9.6).
 */
import { z } from "zod";
import { NULL_DIGEST } from "../../nodes/protocols/contract/audit.ts";
import { type Behaviour, defineBehaviour } from "./behaviour.ts";
import { certifyingPbft, claimingPbft } from "./forgeries/every-pbft.ts";
import type { CertifyingPbft } from "./forgeries/pbft-sig.ts";

export const newViewNull = defineBehaviour({
  name: "new-view-null",
  summary: "as new primary, sends a NEW-VIEW that proposes null for every number of its set O",
  as: "new primary",
  schema: z.strictObject({}),
  fits: {
    ...certifyingPbft((_parameters: unknown, messages) => discarding(messages)),
    ...claimingPbft((_parameters: unknown, messages) => ({
      rewrite(_to, frame) {
        const message = messages.newViewIn(frame);
        if (message === null || message.selection.chosen.length === 0) return [frame];
        const { base, chosen } = message.selection;
        const nulls = chosen.map((choice) => ({ ...choice, digest: NULL_DIGEST }));
        return [messages.newView({ ...message, selection: { base, chosen: nulls } })];
      },
    })),
  },
});

function discarding(messages: CertifyingPbft): Behaviour {
  return {
    rewrite(_to, frame) {
      const message = messages.newViewIn(frame);
      if (message === null || message.prePrepares.length === 0) return [frame];
      const prePrepares = message.prePrepares.map((each) => {
        const vote = messages.votedIn(each);
        return vote === null ? each : messages.bareProposal({ ...vote, digest: NULL_DIGEST });
      });
      return [messages.newView({ ...message, prePrepares })];
    },
  };
}
