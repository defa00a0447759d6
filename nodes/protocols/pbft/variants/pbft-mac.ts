/** `pbft-mac`: PBFT without signatures. */
import { MacVectors } from "../../authentication/mac-vectors.ts";
import { SigningClient } from "../../authentication/signing-client.ts";
import { blankMacVectors } from "../../contract/message-sizes.ts";
import { type Protocol, unsigned } from "../../contract/protocol.ts";
import { QuorumClient } from "../../quorum-client.ts";
import { Acknowledging } from "../claims/acknowledging.ts";
import { claimsMessageSizes } from "../claims/message-sizes.ts";
import { CLAIM_MESSAGE_TYPES } from "../claims/messages.ts";
import { claimsVariant } from "../claims/variant.ts";
import { PBFT_MESSAGE_TYPES } from "../messages.ts";
import { normalCaseBytes, normalCaseMessages } from "../normal-case.ts";
import { pbftCluster } from "../pbft-cluster.ts";
import { FETCH_REQUEST, RELAY_SET } from "../relays/messages.ts";
import { PbftReplica } from "../replica.ts";
import { SignedClients } from "../request-rules/signed-clients.ts";
import { NEW_KEY } from "../session-keys/new-key.ts";
import { SessionKeys } from "../session-keys/session-keys.ts";

export const pbftMac: Protocol = unsigned({
  ...pbftCluster("pbft-mac"),
  channels: "bare",
  summary: "PBFT with vectors of MACs, and claims in place of certificates",
  traits: {
    delays: 5,
    viewChangeDelays: 1,
    signature: "f+1 claims, 2f-1 acks",
    clientAuths: ["mac", "signature"],
    replyAuths: ["mac"],
    requestAts: ["K1"],
    transferable: "nothing",
    messages: normalCaseMessages,
    bytes(replicas) {
      const vectors = blankMacVectors(replicas);
      return normalCaseBytes(replicas, { messages: vectors, replies: vectors });
    },
  },
  messageTypes: {
    ...PBFT_MESSAGE_TYPES,
    ...CLAIM_MESSAGE_TYPES,
    "RELAY-SET": RELAY_SET,
    "FETCH-REQUEST": FETCH_REQUEST,
    "NEW-KEY": NEW_KEY,
  },
  messageSizes: (parameters) =>
    claimsMessageSizes(parameters, blankMacVectors(parameters.replicas)),
  viewChangeVerifications: () => 0,
  createReplica: (options) =>
    new PbftReplica(options, (state) => {
      const keys = new SessionKeys(state, options.authenticator);
      return claimsVariant(state, {
        scheme: keys.scheme,
        audience: "primary",
        signedClients:
          state.cluster.clientAuth === "signature" ? new SignedClients(state, keys.scheme) : null,
        vouchingOf: (parts) => new Acknowledging(parts),
        upkeep: keys,
      });
    }),
  createClient(options, signer) {
    const { cluster, authenticator } = options;
    const scheme =
      signer === null
        ? new MacVectors(cluster, authenticator)
        : new SigningClient(cluster, authenticator, signer);
    return new QuorumClient(options, scheme);
  },
});
