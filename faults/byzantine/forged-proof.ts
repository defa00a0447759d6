/**
 * A replica whose VIEW-CHANGEs claim a stable checkpoint that is none (protocols §9.2): one above
 * its own, or its own with another digest.
 */
import { z } from "zod";
import type { ViewChange } from "../../nodes/protocols/pbft/messages.ts";
import { quorumSize } from "../../nodes/protocols/quorum.ts";
import { defineBehaviour } from "./behaviour.ts";
import { PbftMessages } from "./forgeries/pbft-sig.ts";

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
  fits: {
    "pbft-sig"({ proof }, context) {
      const messages = new PbftMessages(context);
      return {
        rewrite(_to, frame) {
          const message = messages.viewChangeIn(frame);
          const lie = message && forged(messages, message, proof);
          return [lie === null ? frame : messages.viewChange(lie)];
        },
      };
    },
  },
});

function forged(
  messages: PbftMessages,
  message: ViewChange<Uint8Array>,
  proof: "alone" | "names" | "digest",
): ViewChange<Uint8Array> | null {
  const { cluster, id } = messages;
  const digest = messages.digest(new Uint8Array([message.view % 256]));
  if (proof === "digest") {
    if (message.stable === 0) return null;
    const own = messages.checkpoint({ sequence: message.stable, digest });
    const others = message.checkpoints.filter((frame) => !messages.isOwn(frame));
    return { ...message, checkpoints: [own, ...others.slice(0, quorumSize(cluster) - 1)] };
  }
  const stable = message.stable + cluster.checkpointInterval;
  const names =
    proof === "alone" ? [id] : [...replicasFrom(messages)].slice(0, quorumSize(cluster));
  const checkpoints = names.map((name) =>
    messages.as(name).checkpoint({ sequence: stable, digest }),
  );
  // What lies below a checkpoint has no place beside it.
  const prepared = message.prepared.filter(
    ({ prePrepare }) => (messages.votedIn(prePrepare)?.sequence ?? 0) > stable,
  );
  return { ...message, stable, checkpoints, prepared };
}

/** Itself first. */
function* replicasFrom({ cluster, id }: PbftMessages): Iterable<number> {
  for (let step = 0; step < cluster.replicas; step += 1) yield (id + step) % cluster.replicas;
}
