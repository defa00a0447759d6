/**
 * Who listens where, and from that the configuration file of every process: pure data from a plan
 * and its platform's addresses.
 */
import { randomBytes } from "node:crypto";
import type { Endpoint } from "../../../faults/fault.ts";
import { linkName } from "../../../faults/link-state.ts";
import type { ReplicaConfig, SocketAddress } from "../../../nodes/runtime/config.ts";
import { generateKeys, keysOf } from "../../../nodes/runtime/keys.ts";
import type { Plan } from "../../plan/plan.ts";
import { CLIENT_HOST } from "../client-host.ts";
import { ClientLoad } from "../client-load.ts";
import type { ClientHostFile } from "./client-host-main.ts";
import type { ClientCode } from "./client-messages.ts";

/**
 * One proxy: a directed link between replicas, or both directions between a client host and a
 * replica.
 */
export interface PlacedLink {
  readonly name: string;
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly listen: SocketAddress;
  readonly upstream: SocketAddress;
}

export interface PlacedReplica {
  readonly name: Endpoint;
  readonly id: number;
  readonly listen: SocketAddress;
  readonly http: SocketAddress;
}

export interface Layout {
  readonly replicas: readonly PlacedReplica[];
  readonly clients: readonly Endpoint[];
  /** Empty with `links: direct`. */
  readonly links: readonly PlacedLink[];
}

export interface Places {
  readonly layout: Layout;
  readonly dataDirectory: (replica: Endpoint) => string;
  readonly clientCode: ClientCode;
  readonly auditFile: (replica: number) => string;
  readonly historyFile: string;
}

export interface NodeFiles {
  readonly replicas: readonly ReplicaConfig[];
  readonly client: ClientHostFile;
}

/** Fresh keys and a fresh cluster id each time: what one run signed means nothing in another. */
export function nodeFiles(plan: Plan, places: Places): NodeFiles {
  const { layout, dataDirectory, clientCode, auditFile, historyFile } = places;
  const { protocol, parameters, service, durability, audit } = plan.cluster;
  const clients = ClientLoad.clientsFor(plan.workload);
  const hosted = [
    CLIENT_HOST,
    ...Array.from({ length: clients }, (_, index) => `${CLIENT_HOST}.${index + 1}`),
  ];
  const keys = generateKeys([...layout.replicas.map(({ name }) => name), ...hosted]);
  const cluster = { ...parameters, clusterId: randomBytes(16).toString("hex") };
  const replicas = layout.replicas.map(({ id, name, listen, http }) => ({
    protocol,
    id,
    cluster,
    service,
    durability,
    audit,
    keys: keysOf(keys, [name]),
    listen,
    http,
    dial: dialled(layout, name),
    dataDirectory: dataDirectory(name),
    auditFile: auditFile(id),
  }));
  const client = {
    client: {
      protocol,
      host: 0,
      clients,
      cluster,
      keys: keysOf(keys, hosted),
      dial: dialled(layout, CLIENT_HOST),
    },
    service,
    workload: plan.workload,
    work: { code: clientCode, historyFile, figuresEveryMs: parameters.timers.statusMs },
  };
  return { replicas, client };
}

/** Where `from` dials each replica: its own proxy towards it, or the replica itself. */
function dialled(layout: Layout, from: Endpoint): Readonly<Record<string, SocketAddress>> {
  const others = layout.replicas.filter(({ name }) => name !== from);
  return Object.fromEntries(
    others.map(({ name, listen }) => {
      const proxy = layout.links.find((link) => link.name === linkName(from, name));
      return [name, proxy?.listen ?? listen];
    }),
  );
}
