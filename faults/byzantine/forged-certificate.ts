/**
 * A replica that puts certificates into its VIEW-CHANGE which only it has signed: for every number
 * it has really prepared, the null request "prepared" in the newest view in which it was primary
 * itself.
 */
import { z } from "zod";
import { NULL_DIGEST } from "../../nodes/protocols/contract/audit.ts";
import type { CertificateFrames, ViewChange } from "../../nodes/protocols/pbft/messages.ts";
import { primaryOf, quorumSize } from "../../nodes/protocols/quorum.ts";
import { defineBehaviour } from "./behaviour.ts";
import { PbftMessages } from "./forgeries/pbft-sig.ts";

export const forgedCertificate = defineBehaviour({
  name: "forged-certificate",
  summary: "sends VIEW-CHANGEs with certificates for null requests that only itself has signed",
  variants: [{ signers: "none" }, { signers: "itself" }, { signers: "names" }],
  schema: z.strictObject({
    /**
     * Fill the place of the backups with copies of its own vote, with votes in their names under
     * its own key, or leave it empty.
     */
    signers: z.enum(["itself", "names", "none"]).default("none"),
  }),
  fits: {
    "pbft-sig"({ signers }, context) {
      const messages = new PbftMessages(context);
      return {
        rewrite(_to, frame) {
          const message = messages.viewChangeIn(frame);
          if (message === null) return [frame];
          const prepared = message.prepared.map((each) =>
            forged(messages, { message, each, signers }),
          );
          return [messages.viewChange({ ...message, prepared })];
        },
      };
    },
  },
});

interface Forgery {
  readonly message: ViewChange<Uint8Array>;
  readonly each: CertificateFrames<Uint8Array>;
  readonly signers: "itself" | "names" | "none";
}

function forged(
  messages: PbftMessages,
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
    (signers === "itself" ? messages : messages.as(name)).vote("prepare", vote),
  );
  return { prePrepare: messages.bareProposal(vote), prepares };
}
