/** `pbft-sig`: PBFT with every message signed. */
import { replySchemeOf } from "../../authentication/reply-schemes.ts";
import { Signatures } from "../../authentication/signatures.ts";
import { BLANK_SIGNATURES, blankMacVectors } from "../../contract/message-sizes.ts";
import type { Protocol } from "../../contract/protocol.ts";
import { QuorumClient } from "../../quorum-client.ts";
import { signedVariant } from "../certificates/signed-variant.ts";
import { pbftMessageSizes, viewChangeVerifications } from "../message-sizes.ts";
import { PBFT_MESSAGE_TYPES } from "../messages.ts";
import { normalCaseBytes, normalCaseMessages } from "../normal-case.ts";
import { pbftCluster } from "../pbft-cluster.ts";
import { PbftReplica } from "../replica.ts";

export const pbftSig: Protocol = {
  ...pbftCluster("pbft-sig"),
  channels: "bare",
  summary: "PBFT with Ed25519 signatures on every message and prepared certificates",
  traits: {
    delays: 5,
    viewChangeDelays: 0,
    signature: "the signature",
    clientAuths: ["signature"],
    replyAuths: ["mac", "signature"],
    requestAts: ["K2"],
    transferable: "every message, and certificates of them",
    messages: normalCaseMessages,
    bytes(replicas) {
      const replies = blankMacVectors(replicas);
      return normalCaseBytes(replicas, { messages: BLANK_SIGNATURES, replies });
    },
  },
  messageTypes: PBFT_MESSAGE_TYPES,
  messageSizes: pbftMessageSizes,
  viewChangeVerifications,
  createReplica: (options) =>
    new PbftReplica(options, (state) =>
      signedVariant(state, options.authenticator, replySchemeOf(options)),
    ),
  createClient(options) {
    const signatures = new Signatures(options.cluster, options.authenticator);
    return new QuorumClient(options, signatures, "primary", replySchemeOf(options));
  },
};
