import { ByzantineReplica } from "../../../faults/byzantine/byzantine-replica.ts";
import { BadClient } from "../../../faults/byzantine/clients/bad-client.ts";
import { withBadClient } from "../../../faults/byzantine/clients/with-bad-client.ts";
import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import { clientId, nodeName } from "../../../nodes/protocols/contract/core.ts";
import type {
  ServiceDefinition,
  ServiceOptions,
} from "../../../nodes/protocols/contract/service.ts";
import { badClientId, badClientIndex } from "../../plan/hosted-clients.ts";
import type { Plan } from "../../plan/plan.ts";
import { usualSimulation } from "../../plan/simulation.ts";
import { CLIENT_HOST } from "../client-host.ts";
import { harmless } from "../client-load.ts";
import { DesiredState } from "../desired-state.ts";
import { DriverError } from "../driver.ts";
import { fastAuthenticators } from "./authenticators.ts";
import { Kernel } from "./kernel.ts";
import { padded } from "./padded-service.ts";
import { loadNodes } from "./planted-nodes.ts";

const CLUSTER_ID = "51".repeat(16);

export interface SimulatedCluster {
  readonly kernel: Kernel;
  readonly service: ServiceDefinition;
  readonly serviceOptions: ServiceOptions;
  /** Behaviours follow what is asked for, like links and processes. */
  behave(desired: DesiredState): void;
  /** Hears of every line that a replica writes into its audit log, between two steps. */
  onAudit(listener: (record: AuditRecord) => void): void;
  /** What a bad client has counted so far. */
  badClientActs(): Readonly<Record<string, number>>;
}

/** The kernel of a plan, from the honest code or from a copy with the plan's planted bug. */
export async function clusterFor(
  plan: Plan,
  mutantFolders: readonly string[],
): Promise<SimulatedCluster> {
  const { cluster, workload, seed } = plan;
  const nodes = await loadNodes(cluster.mutant, mutantFolders);
  const protocol = nodes.protocols.find(({ name }) => name === cluster.protocol);
  const plain = nodes.services.find(({ name }) => name === cluster.service.name);
  if (protocol === undefined || plain === undefined) {
    const what = `${cluster.protocol} with ${cluster.service.name}`;
    throw new DriverError("CLUSTER", `no such protocol and service: ${what}`);
  }
  const world = plan.simulation ?? usualSimulation;
  const service = padded(plain, world.paddingBytes);
  const parameters = { ...cluster.parameters, clusterId: CLUSTER_ID };
  const ids = Array.from({ length: parameters.replicas }, (_, id) => id);
  const bad = badClientIndex(workload);
  const clientIds = Array.from({ length: bad + 1 }, (_, i) => clientId({ host: 0, index: i + 1 }));
  const createAuthenticator = fastAuthenticators(seed, [...ids, ...clientIds]);
  let wanted = new DesiredState();
  const byzantine = new Map<number, ByzantineReplica>();
  const badClient = withBadClient(protocol, {
    id: badClientId(workload, 0),
    operation: service.encode(harmless(service), cluster.service),
  });
  let hear: ((record: AuditRecord) => void) | null = null;
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
    onAudit: (record) => {
      if (hear !== null) kernel.at(kernel.now, hear.bind(null, record));
    },
    wrap: (core, authenticator) => {
      const id = authenticator.self;
      const wrapped = new ByzantineReplica(core, {
        protocol: protocol.name,
        id,
        cluster: parameters,
        authenticator,
      });
      byzantine.set(id, wrapped);
      wrapped.switchTo(wanted.behaviours(nodeName(id)));
      return wrapped;
    },
  });
  return {
    kernel,
    service,
    serviceOptions: cluster.service,
    behave(desired) {
      wanted = desired;
      for (const [id, replica] of byzantine) replica.switchTo(wanted.behaviours(nodeName(id)));
      kernel.invoke(bad, BadClient.command(wanted.behaviours(CLIENT_HOST)), () => {});
    },
    onAudit(listener) {
      hear = listener;
    },
    badClientActs: badClient.acts,
  };
}
