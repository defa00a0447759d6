/** `pbft-relay`: PBFT without signatures and vectors, on channels that show who speaks. */
import { Channels } from "../../authentication/channels.ts";
import { blankChannels } from "../../contract/message-sizes.ts";
import { type Protocol, unsigned } from "../../contract/protocol.ts";
import { QuorumClient } from "../../quorum-client.ts";
import { claimsMessageSizes } from "../claims/message-sizes.ts";
import { COPY, DECIDED } from "../claims/messages.ts";
import { Relaying } from "../claims/relaying.ts";
import { claimsVariant } from "../claims/variant.ts";
import { PBFT_MESSAGE_TYPES } from "../messages.ts";
import { normalCaseBytes, normalCaseMessages } from "../normal-case.ts";
import { pbftCluster } from "../pbft-cluster.ts";
import { FETCH_REQUEST, RELAY_SET } from "../relays/messages.ts";
import { PbftReplica } from "../replica.ts";

export const pbftRelay: Protocol = unsigned({
  ...pbftCluster("pbft-relay"),
  channels: "coded",
  summary: "PBFT with neither signatures nor vectors: authenticated channels, relays as vouchers",
  traits: {
    delays: 5,
    viewChangeDelays: 1,
    signature: "f+1 relays, 2f+1 vouchers for what others follow",
    clientAuths: ["mac"],
    replyAuths: ["mac"],
    requestAts: ["K1", "K2"],
    transferable: "nothing",
    // Nobody forwards a request: its client sends it to all.
    messages: (replicas) => normalCaseMessages(replicas, replicas),
    bytes(replicas) {
      const channels = blankChannels();
      return normalCaseBytes(replicas, { messages: channels, replies: channels }, replicas);
    },
  },
  messageTypes: {
    ...PBFT_MESSAGE_TYPES,
    DECIDED,
    COPY,
    "RELAY-SET": RELAY_SET,
    "FETCH-REQUEST": FETCH_REQUEST,
  },
  messageSizes: (parameters) => claimsMessageSizes(parameters, blankChannels()),
  viewChangeVerifications: () => 0,
  createReplica: (options) =>
    new PbftReplica(options, (state) =>
      claimsVariant(state, {
        scheme: new Channels(options.cluster, state.meter.meteredTags(options.authenticator)),
        audience: "all",
        signedClients: null,
        vouchingOf: (parts) => new Relaying(parts),
        upkeep: null,
      }),
    ),
  createClient: (options) =>
    new QuorumClient(options, new Channels(options.cluster, options.authenticator), "all"),
});
