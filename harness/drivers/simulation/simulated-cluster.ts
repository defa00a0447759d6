import { ByzantineReplica } from "../../../faults/byzantine/byzantine-replica.ts";
import { BadClient } from "../../../faults/byzantine/clients/bad-client.ts";
import { withBadClient } from "../../../faults/byzantine/clients/with-bad-client.ts";
import type { FaultDefinition } from "../../../faults/fault.ts";
import { faults } from "../../../faults/registry.ts";
import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import type { NodeAuthenticator } from "../../../nodes/protocols/contract/authenticator.ts";
import {
  clientId,
  type NodeId,
  nodeName,
  type ReplicaCore,
} from "../../../nodes/protocols/contract/core.ts";
import type { ClusterParameters } from "../../../nodes/protocols/contract/protocol.ts";
import type {
  ServiceDefinition,
  ServiceOptions,
} from "../../../nodes/protocols/contract/service.ts";
import { badClientId, badClientIndex } from "../../plan/hosted-clients.ts";
import type { Plan, PlannedCluster } from "../../plan/plan.ts";
import { usualSimulation } from "../../plan/simulation.ts";
import type { StateChange } from "../active-faults.ts";
import type { Attestation } from "../attestation.ts";
import { CLIENT_HOST } from "../client-host.ts";
import { harmless } from "../client-load.ts";
import { DesiredState } from "../desired-state.ts";
import { DriverError } from "../driver.ts";
import { type LogLayout, sha256 } from "../stored-states.ts";
import { ed25519Authenticators, fastAuthenticators, fastDigest } from "./authenticators.ts";
import { corruptState } from "./corrupt-state.ts";
import { type Intruder, Kernel } from "./kernel.ts";
import { padded } from "./padded-service.ts";
import type { Nodes } from "./planted-nodes.ts";

/** Kinds of faults that make somebody lie. */
const lying = new Set(faults.filter(({ needs }) => needs.includes("behaviour")).map(kindOf));

function kindOf({ kind }: FaultDefinition): string {
  return kind;
}

/** Of every simulated cluster. */
export const CLUSTER_ID = "51".repeat(16);

export interface SimulatedCluster {
  readonly kernel: Kernel;
  readonly service: ServiceDefinition;
  readonly serviceOptions: ServiceOptions;
  /** Behaviours follow what is asked for, like links and processes. */
  behave(desired: DesiredState): void;
  /** Hears of such lines that a replica writes into its audit log, between two steps. */
  onAudit(kinds: ReadonlySet<AuditRecord["e"]>, listener: (record: AuditRecord) => void): void;
  /** Hears of a replica that has ended by itself. */
  onDeath(listener: (replica: NodeId, error: unknown) => void): void;
  /** Its state goes wrong. */
  corrupt(change: StateChange): Attestation;
  /** As the replicas digest. */
  readonly digestOf: (bytes: Uint8Array) => string;
  /** What a bad client has counted so far. */
  badClientActs(): Readonly<Record<string, number>>;
}

export interface ClusterParts {
  /** The honest code, or a copy with the plan's planted bug. */
  readonly nodes: Nodes;
  readonly intruder?: Intruder | undefined;
}

/** The kernel of a plan. */
export function clusterFor(plan: Plan, { nodes, intruder }: ClusterParts): SimulatedCluster {
  const { cluster, workload, seed } = plan;
  const { protocol, plain } = namedIn(nodes, cluster);
  const world = plan.simulation ?? usualSimulation;
  const service = padded(plain, world.paddingBytes);
  const parameters = { ...cluster.parameters, clusterId: CLUSTER_ID };
  const ids = Array.from({ length: parameters.replicas }, (_, id) => id);
  const bad = badClientIndex(workload);
  const clientIds = Array.from({ length: bad + 1 }, (_, i) => clientId({ host: 0, index: i + 1 }));
  const isReal = world.signatures === "ed25519";
  const digestOf = isReal ? sha256 : fastDigest;
  const createAuthenticator = isReal
    ? ed25519Authenticators([...ids, ...clientIds])
    : fastAuthenticators(seed, [...ids, ...clientIds]);
  const lies = plan.entries.some(({ fault }) => lying.has(fault));
  const liars = new Liars(protocol.name, parameters);
  const badClient = withBadClient(protocol, {
    id: badClientId(workload, 0),
    operation: service.encode(harmless(service), cluster.service),
  });
  let heard: ReadonlySet<AuditRecord["e"]> = new Set();
  let hear: (record: AuditRecord) => void = () => {};
  let mourn: (replica: NodeId, error: unknown) => void = (_, error) => {
    throw error;
  };
  const kernel: Kernel = new Kernel({
    seed,
    protocol: badClient.protocol,
    cluster: parameters,
    createService: () => service.create(cluster.service),
    createAuthenticator,
    clients: bad + 1,
    durability: cluster.durability,
    disk: world.disk,
    network: world.network,
    clockMs: world.clockMs,
    view: world.view,
    costs: world.costs,
    hears: (event) => heard.has(event),
    onAudit: (record) => kernel.at(kernel.now, hear.bind(null, record)),
    onDeath: (replica, error) => mourn(replica, error),
    ...(intruder === undefined ? {} : { intruder }),
    // Whom nobody will tell to lie needs nobody to lie for it.
    wrap: (core, authenticator) => (lies ? liars.wrap(core, authenticator) : core),
  });
  return {
    kernel,
    service,
    serviceOptions: cluster.service,
    behave(desired) {
      if (!lies) return;
      liars.follow(desired);
      kernel.invoke(bad, BadClient.command(desired.behaviours(CLIENT_HOST)), () => {});
    },
    onAudit(kinds, listener) {
      heard = kinds;
      hear = listener;
    },
    onDeath(listener) {
      mourn = listener;
    },
    corrupt: corrupting(kernel, {
      service: plain,
      options: cluster.service,
      layout: { digestOf, protocol: protocol.name },
    }),
    digestOf,
    badClientActs: badClient.acts,
  };
}

interface CorruptingParts {
  readonly service: ServiceDefinition;
  readonly options: ServiceOptions;
  readonly layout: LogLayout;
}

function corrupting(
  kernel: Kernel,
  { service, options, layout }: CorruptingParts,
): SimulatedCluster["corrupt"] {
  const write = service.operations.includes("write")
    ? (key: string, value: string) => service.encode({ f: "write", key, value }, options)
    : null;
  return (change) => {
    const replica = kernel.replicas.find(({ id }) => nodeName(id) === change.replica);
    // A plan file may name anybody.
    if (replica === undefined) {
      return { outcome: "skipped", evidence: [`there is no replica ${change.replica}`] };
    }
    const held = kernel.serviceOf(replica.id);
    return corruptState(change, { replica, service: held, write, layout });
  };
}

function namedIn({ protocols, services }: Nodes, { protocol: asked, service }: PlannedCluster) {
  const protocol = protocols.find(({ name }) => name === asked);
  const plain = services.find(({ name }) => name === service.name);
  if (protocol !== undefined && plain !== undefined) return { protocol, plain };
  const what = `${asked} with ${service.name}`;
  throw new DriverError("CLUSTER", `no such protocol and service: ${what}`);
}

/** Whoever may be told to lie: the core of each replica, wrapped. */
class Liars {
  readonly #protocol: string;
  readonly #cluster: ClusterParameters;
  readonly #wrapped = new Map<NodeId, ByzantineReplica>();
  #wanted = new DesiredState();

  constructor(protocol: string, cluster: ClusterParameters) {
    this.#protocol = protocol;
    this.#cluster = cluster;
  }

  wrap(core: ReplicaCore, authenticator: NodeAuthenticator): ReplicaCore {
    const id = authenticator.self;
    const names = { protocol: this.#protocol, id, cluster: this.#cluster, authenticator };
    const wrapped = new ByzantineReplica(core, names);
    this.#wrapped.set(id, wrapped);
    wrapped.switchTo(this.#wanted.behaviours(nodeName(id)));
    return wrapped;
  }

  follow(desired: DesiredState): void {
    this.#wanted = desired;
    for (const [id, replica] of this.#wrapped) replica.switchTo(desired.behaviours(nodeName(id)));
  }
}
