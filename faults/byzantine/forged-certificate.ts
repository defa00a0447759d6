/**
 * A replica that puts certificates into its VIEW-CHANGE which only it has signed: for every number
 * it has really prepared, the null request "prepared" in the newest view in which it was primary
 * itself.
 */
import { z } from "zod";
import { Signatures } from "../../nodes/protocols/authentication/signatures.ts";
import { NULL_DIGEST } from "../../nodes/protocols/contract/audit.ts";
import type { CertificateFrames, ViewChange } from "../../nodes/protocols/pbft/messages.ts";
import {
  decodeViewChange,
  decodeVote,
  encodeViewChange,
  encodeVote,
  PRE_PREPARE,
  PREPARE,
  VIEW_CHANGE,
} from "../../nodes/protocols/pbft/messages.ts";
import { quorumSize } from "../../nodes/protocols/quorum.ts";
import type { BehaviourContext } from "./behaviour.ts";
import { defineBehaviour, ownMessage } from "./behaviour.ts";
import { pretending } from "./forged-sender.ts";
import { passedOff } from "./passed-off.ts";

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
  create: ({ signers }, context) => ({
    rewrite(_to, frame) {
      const envelope = ownMessage(context, frame);
      const message =
        envelope?.type === VIEW_CHANGE ? decodeViewChange(envelope.payload, context.cluster) : null;
      if (message === null) return [frame];
      const prepared = message.prepared.map((each) => forged(context, { message, each, signers }));
      const lie = encodeViewChange(passedOff({ ...message, prepared }));
      return [context.envelopes.seal({ type: VIEW_CHANGE, payload: lie }, "all")];
    },
  }),
});

interface Forgery {
  readonly message: ViewChange<Uint8Array>;
  readonly each: CertificateFrames<Uint8Array>;
  readonly signers: "itself" | "names" | "none";
}

function forged(
  context: BehaviourContext,
  { message, each, signers }: Forgery,
): CertificateFrames<Uint8Array> {
  const { cluster, envelopes, id } = context;
  const prePrepare = envelopes.open(each.prePrepare);
  const truth = prePrepare === null ? null : decodeVote(prePrepare.payload);
  // The last view before the new one that was this replica's to lead.
  const last = message.view - 1;
  const view = last - ((((last - id) % cluster.replicas) + cluster.replicas) % cluster.replicas);
  if (truth === null || view < truth.view) return each;
  const vote = encodeVote({ view, sequence: truth.sequence, digest: NULL_DIGEST });
  const voters = signers === "none" ? 0 : quorumSize(cluster) - 1;
  const names = Array.from({ length: voters }, (_, step) => (id + 1 + step) % cluster.replicas);
  const prepares = names.map((name) =>
    signers === "itself"
      ? envelopes.seal({ type: PREPARE, payload: vote }, "all")
      : new Signatures(cluster, pretending(envelopes.authenticator, name)).seal(
          { type: PREPARE, payload: vote },
          "all",
        ),
  );
  return { prePrepare: envelopes.seal({ type: PRE_PREPARE, payload: vote }, "all"), prepares };
}
