/** `pbft-mac-proof`: PBFT without signatures, with certificates of what enough others vouch for. */
import { MacVectors } from "../../authentication/mac-vectors.ts";
import { blankMacVectors } from "../../contract/message-sizes.ts";
import { type Protocol, unsigned } from "../../contract/protocol.ts";
import { QuorumClient } from "../../quorum-client.ts";
import { DECIDED } from "../claims/messages.ts";
import { PBFT_MESSAGE_TYPES } from "../messages.ts";
import { normalCaseBytes, normalCaseMessages } from "../normal-case.ts";
import { pbftCluster } from "../pbft-cluster.ts";
import { provenMessageSizes, vouchBytes } from "../proofs/message-sizes.ts";
import { PROVE, VOUCH } from "../proofs/messages.ts";
import { provingVariant } from "../proofs/variant.ts";
import { FETCH_REQUEST, RELAY_SET } from "../relays/messages.ts";
import { PbftReplica } from "../replica.ts";
import { NEW_KEY } from "../session-keys/new-key.ts";

export const pbftMacProof: Protocol = unsigned({
  ...pbftCluster("pbft-mac-proof"),
  channels: "bare",
  summary: "PBFT with vectors of MACs, and certificates made of vouchers' vectors",
  traits: {
    delays: 6,
    viewChangeDelays: 1,
    signature: "2f+1 vouchers' vectors, f+1 good entries",
    clientAuths: ["mac"],
    replyAuths: ["mac"],
    requestAts: ["K1"],
    transferable: "what 2f+1 replicas vouch for, and certificates of it",
    messages: (replicas) => normalCaseMessages(replicas) + vouches(replicas),
    bytes(replicas) {
      const vectors = blankMacVectors(replicas);
      const others = normalCaseBytes(replicas, { messages: vectors, replies: vectors });
      return others + vouches(replicas) * vouchBytes(vectors);
    },
  },
  messageTypes: {
    ...PBFT_MESSAGE_TYPES,
    DECIDED,
    "RELAY-SET": RELAY_SET,
    "FETCH-REQUEST": FETCH_REQUEST,
    "NEW-KEY": NEW_KEY,
    VOUCH,
    PROVE,
  },
  messageSizes: provenMessageSizes,
  viewChangeVerifications: () => 0,
  createReplica: (options) =>
    new PbftReplica(options, (state) => provingVariant(state, options.authenticator)),
  createClient: (options) =>
    new QuorumClient(options, new MacVectors(options.cluster, options.authenticator)),
});

/** Everybody but its author tells all others of the PRE-PREPARE and of each PREPARE. */
function vouches(replicas: number): number {
  const others = replicas - 1;
  return replicas * others ** 2;
}
