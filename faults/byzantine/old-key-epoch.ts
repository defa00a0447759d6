/** It goes on under keys that others have replaced: they hear it for a while, then no more. */
import { z } from "zod";
import { type Behaviour, defineBehaviour } from "./behaviour.ts";
import { OldKeys } from "./forgeries/old-keys.ts";

export const oldKeyEpoch = defineBehaviour({
  name: "old-key-epoch",
  summary: "speaks under the first session keys that it was given, long after there are newer ones",
  schema: z.strictObject({}),
  fits: {
    "pbft-mac": (_parameters, context) => speaking(OldKeys.ofMacs(context)),
    "pbft-mac-proof": (_parameters, context) => speaking(OldKeys.ofProofs(context)),
  },
  unfit: {
    "pbft-sig": "its keys are for ever",
    "pbft-relay": "its channels have keys of each connection, and older ones open none",
  },
});

function speaking(keys: OldKeys): Behaviour {
  return {
    observe: () => keys.remember(),
    rewrite: (to, frame) => [keys.sealed(to, frame)],
  };
}
