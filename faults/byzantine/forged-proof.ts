/**
 * A replica whose VIEW-CHANGEs claim a stable checkpoint that is none (reference 1.9, C): one above
 * its own, or its own with another digest.
 */
import { z } from "zod";
import { Signatures } from "../../nodes/protocols/authentication/signatures.ts";
import {
  CHECKPOINT,
  decodeViewChange,
  decodeVote,
  encodeCheckpoint,
  encodeViewChange,
  VIEW_CHANGE,
  type ViewChange,
} from "../../nodes/protocols/pbft/messages.ts";
import { quorumSize } from "../../nodes/protocols/quorum.ts";
import { type BehaviourContext, defineBehaviour, ownMessage } from "./behaviour.ts";
import { pretending } from "./forged-sender.ts";
import { passedOff } from "./passed-off.ts";

const schema = z.strictObject({
  /**
   * `alone`: only itself has signed. `names`: its own key has signed for Q replicas. `digest`: the
   * true proof, but the first vote, its own, is for another state.
   */
  proof: z.enum(["alone", "names", "digest"]).default("alone"),
});

export const forgedProof = defineBehaviour({
  name: "forged-proof",
  summary: "sends VIEW-CHANGEs that claim a stable checkpoint which no quorum has vouched for",
  schema,
  variants: [{ proof: "alone" }, { proof: "names" }, { proof: "digest" }],
  create: ({ proof }, context) => ({
    rewrite(_to, frame) {
      const envelope = ownMessage(context, frame);
      const message =
        envelope?.type === VIEW_CHANGE ? decodeViewChange(envelope.payload, context.cluster) : null;
      const lie = message && forged(context, message, proof);
      if (lie === null) return [frame];
      return [
        context.envelopes.seal(
          { type: VIEW_CHANGE, payload: encodeViewChange(passedOff(lie)) },
          "all",
        ),
      ];
    },
  }),
});

function forged(
  context: BehaviourContext,
  message: ViewChange<Uint8Array>,
  proof: "alone" | "names" | "digest",
): ViewChange<Uint8Array> | null {
  const { cluster, envelopes, id } = context;
  const digest = envelopes.authenticator.digest(new Uint8Array([message.view % 256]));
  if (proof === "digest") {
    if (message.stable === 0) return null;
    const own = envelopes.seal(
      { type: CHECKPOINT, payload: encodeCheckpoint({ sequence: message.stable, digest }) },
      "all",
    );
    const others = message.checkpoints.filter((frame) => envelopes.open(frame)?.sender !== id);
    return { ...message, checkpoints: [own, ...others.slice(0, quorumSize(cluster) - 1)] };
  }
  const stable = message.stable + cluster.checkpointInterval;
  const payload = encodeCheckpoint({ sequence: stable, digest });
  const names = proof === "alone" ? [id] : [...replicasFrom(context)].slice(0, quorumSize(cluster));
  const checkpoints = names.map((name) =>
    new Signatures(cluster, pretending(envelopes.authenticator, name)).seal(
      { type: CHECKPOINT, payload },
      "all",
    ),
  );
  // What lies below a checkpoint has no place beside it.
  const prepared = message.prepared.filter(({ prePrepare }) => {
    const opened = envelopes.open(prePrepare);
    const vote = opened && decodeVote(opened.payload);
    return vote !== null && vote.sequence > stable;
  });
  return { ...message, stable, checkpoints, prepared };
}

/** Itself first. */
function* replicasFrom({ cluster, id }: BehaviourContext): Iterable<number> {
  for (let step = 0; step < cluster.replicas; step += 1) yield (id + step) % cluster.replicas;
}
