/**
 * A replica whose VIEW-CHANGEs claim a stable checkpoint that is none (protocols §9.2): one above
 * its own, or its own with another digest.
 */
import { z } from "zod";
import type { ViewChange as ClaimedViewChange } from "../../nodes/protocols/pbft/claims/messages.ts";
import type { ViewChange } from "../../nodes/protocols/pbft/messages.ts";
import { quorumSize } from "../../nodes/protocols/quorum.ts";
import { type Behaviour, defineBehaviour } from "./behaviour.ts";
import { certifyingPbft, claimingPbft } from "./forgeries/every-pbft.ts";
import type { ClaimingPbft } from "./forgeries/pbft-mac.ts";
import type { CertifyingPbft } from "./forgeries/pbft-sig.ts";

const schema = z.strictObject({
  /**
   * `alone`: only itself has signed. `names`: its own key has signed for Q replicas. `digest`: the
   * true proof, but the first vote, its own, is for another state. Where nothing is signed: it
   * alone claims so, with CHECKPOINTs in the names of all others, or of true checkpoints that they
   * are of another state.
   */
  proof: z.enum(["alone", "names", "digest"]).default("alone"),
});

type Parameters = z.output<typeof schema>;

type Proof = Parameters["proof"];

export const forgedProof = defineBehaviour({
  name: "forged-proof",
  summary: "sends VIEW-CHANGEs that claim a stable checkpoint which no quorum has vouched for",
  during: "view changes",
  schema,
  fits: {
    ...certifyingPbft(({ proof }: Parameters, messages) => forger(messages, proof)),
    ...claimingPbft(({ proof }: Parameters, messages) => ({
      rewrite(to, frame) {
        const message = messages.viewChangeIn(frame);
        const lie = message && claimed(messages, message, proof);
        if (lie === null) return [frame];
        const names = proof === "names" ? messages.others.filter((name) => name !== to) : [];
        const votes = lie.checkpoints.flatMap((vote) =>
          names.map((name) => messages.as(name).checkpoint(vote)),
        );
        return [...votes, messages.viewChange(lie)];
      },
    })),
  },
});

function forger(messages: CertifyingPbft, proof: Proof): Behaviour {
  return {
    rewrite(_to, frame) {
      const message = messages.viewChangeIn(frame);
      const lie = message && forged(messages, message, proof);
      return [lie === null ? frame : messages.viewChange(lie)];
    },
  };
}

function forged(
  messages: CertifyingPbft,
  message: ViewChange<Uint8Array>,
  proof: Proof,
): ViewChange<Uint8Array> | null {
  const { cluster, id } = messages;
  const digest = messages.digest(new Uint8Array([message.view % 256]));
  if (proof === "digest") {
    if (message.stable === 0) return null;
    const own = messages.shown(messages.checkpoint({ sequence: message.stable, digest }));
    const others = message.checkpoints.filter((frame) => !messages.isOwn(frame));
    return { ...message, checkpoints: [own, ...others.slice(0, quorumSize(cluster) - 1)] };
  }
  const stable = message.stable + cluster.checkpointInterval;
  const names =
    proof === "alone" ? [id] : [...replicasFrom(messages)].slice(0, quorumSize(cluster));
  const checkpoints = names.map((name) =>
    messages.shown(messages.as(name).checkpoint({ sequence: stable, digest })),
  );
  return { ...messages.above(message, stable), checkpoints };
}

/** The same where a VIEW-CHANGE proves nothing: as the marks `h` and C have it. */
function claimed(
  messages: ClaimingPbft,
  message: ClaimedViewChange,
  proof: Proof,
): ClaimedViewChange | null {
  const digest = messages.digest(new Uint8Array([message.view % 256]));
  if (proof === "digest") {
    if (message.checkpoints.length === 0) return null;
    return { ...message, checkpoints: message.checkpoints.map((each) => ({ ...each, digest })) };
  }
  const stable = message.stable + messages.cluster.checkpointInterval;
  const prepared = new Map([...message.prepared].filter(([number]) => number > stable));
  const prePrepared = new Map([...message.prePrepared].filter(([number]) => number > stable));
  const checkpoints = [{ sequence: stable, digest }];
  return { view: message.view, stable, checkpoints, prepared, prePrepared };
}

/** Itself first. */
function* replicasFrom({ cluster, id }: CertifyingPbft): Iterable<number> {
  for (let step = 0; step < cluster.replicas; step += 1) yield (id + step) % cluster.replicas;
}
