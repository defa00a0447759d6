/**
 * A replica that says in its VIEW-CHANGE, of every number it has really prepared, that the null
 * request was: with certificates which only it has signed, from the newest view in which it was
 * primary itself; or, where a VIEW-CHANGE claims, as prepared in the newest view that there was.
 */
import { z } from "zod";
import { NULL_DIGEST } from "../../nodes/protocols/contract/audit.ts";
import type { ViewChange as ClaimedViewChange } from "../../nodes/protocols/pbft/claims/messages.ts";
import type { CertificateFrames, ViewChange } from "../../nodes/protocols/pbft/messages.ts";
import { primaryOf, quorumSize } from "../../nodes/protocols/quorum.ts";
import { type Behaviour, defineBehaviour } from "./behaviour.ts";
import { certifyingPbft, claimingPbft } from "./forgeries/every-pbft.ts";
import type { CertifyingPbft } from "./forgeries/pbft-sig.ts";

const schema = z.strictObject({
  /**
   * Fill the place of the backups with copies of its own vote, with votes in their names under its
   * own key, or leave it empty. Where nothing is signed: claim that it was pre-prepared, too, claim
   * both in the names of all others as well, or claim no more than the one.
   */
  signers: z.enum(["itself", "names", "none"]).default("none"),
});

type Parameters = z.output<typeof schema>;

export const forgedCertificate = defineBehaviour({
  name: "forged-certificate",
  summary: "sends VIEW-CHANGEs that say of null requests that they were prepared, which is not so",
  during: "view changes",
  schema,
  fits: {
    ...certifyingPbft(({ signers }: Parameters, messages) => forger(messages, signers)),
    ...claimingPbft(({ signers }: Parameters, messages) => ({
      rewrite(to, frame) {
        const message = messages.viewChangeIn(frame);
        if (message === null) return [frame];
        const lie = messages.viewChange(claimed(message, signers));
        if (signers !== "names") return [lie];
        const names = messages.others.filter((name) => name !== to);
        return [
          lie,
          ...names.map((name) => messages.as(name).viewChange(claimed(message, signers))),
        ];
      },
    })),
  },
});

function claimed(message: ClaimedViewChange, signers: Signers): ClaimedViewChange {
  const view = message.view - 1;
  const numbers = [...message.prepared.keys()];
  const prepared = new Map(numbers.map((number) => [number, { view, digest: NULL_DIGEST }]));
  if (signers === "none") return { ...message, prepared };
  const prePrepared = new Map(message.prePrepared);
  for (const number of numbers) {
    const digests = new Map(prePrepared.get(number));
    prePrepared.set(number, digests.set(NULL_DIGEST, view));
  }
  return { ...message, prepared, prePrepared };
}

type Signers = Parameters["signers"];

interface Forgery {
  readonly message: ViewChange<Uint8Array>;
  readonly each: CertificateFrames<Uint8Array>;
  readonly signers: Signers;
}

function forger(messages: CertifyingPbft, signers: Signers): Behaviour {
  return {
    rewrite(_to, frame) {
      const message = messages.viewChangeIn(frame);
      if (message === null) return [frame];
      const prepared = message.prepared.map((each) => forged(messages, { message, each, signers }));
      return [messages.viewChange({ ...message, prepared })];
    },
  };
}

function forged(
  messages: CertifyingPbft,
  { message, each, signers }: Forgery,
): CertificateFrames<Uint8Array> {
  const { cluster, id } = messages;
  const truth = messages.votedIn(each.prePrepare);
  // The last view before the new one that was this replica's to lead.
  let view = message.view - 1;
  while (view >= 0 && primaryOf(view, cluster) !== id) view -= 1;
  if (truth === null || view < truth.view) return each;
  const vote = { view, sequence: truth.sequence, digest: NULL_DIGEST };
  const voters = signers === "none" ? 0 : quorumSize(cluster) - 1;
  const names = Array.from({ length: voters }, (_, step) => (id + 1 + step) % cluster.replicas);
  const prepares = names.map((name) =>
    messages.shown((signers === "itself" ? messages : messages.as(name)).vote("prepare", vote)),
  );
  return { prePrepare: messages.shown(messages.bareProposal(vote)), prepares };
}
