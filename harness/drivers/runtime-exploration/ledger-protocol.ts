import type { ClientCore, NodeId, ReplicaCore } from "../../../nodes/protocols/contract/core.ts";
import type { Protocol } from "../../../nodes/protocols/contract/protocol.ts";

/** No protocol at all: what replicas do whose runtime is looked at. */
export function ledgerProtocol(cores: {
  readonly isCoded: boolean;
  readonly replica: (id: NodeId) => ReplicaCore;
  readonly client: (id: NodeId) => ClientCore;
}): Protocol {
  return {
    name: "ledger",
    summary: "asks its runtime for everything and writes down what it asked for",
    replicasFor: (faults) => faults + 1,
    tolerates: (replicas) => ({ byzantine: 0, crashed: replicas - 1 }),
    leaderOf: () => null,
    mechanisms: [],
    channels: cores.isCoded ? "coded" : "bare",
    traits: {
      delays: 1,
      viewChangeDelays: null,
      signature: "nothing",
      clientAuths: ["mac"],
      replyAuths: ["mac"],
      requestAts: ["K1"],
      transferable: "nothing",
      messages: () => 1,
      bytes: () => 0,
    },
    messageTypes: {},
    messageSizes: () => ({}),
    viewChangeVerifications: () => 0,
    createReplica: ({ id }) => cores.replica(id),
    createClient: ({ id }) => cores.client(id),
  };
}
