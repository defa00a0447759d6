/**
 * Who listens where, and from that the configuration file of every process: pure data from a plan
 * and its platform's addresses.
 */
import { randomBytes } from "node:crypto";
import type { Endpoint } from "../../../faults/fault.ts";
import { linkName } from "../../../faults/link-state.ts";
import type { ReplicaConfig, SocketAddress } from "../../../nodes/runtime/config.ts";
import { generateKeys, keysOf } from "../../../nodes/runtime/keys.ts";
import { badClientIndex } from "../../plan/hosted-clients.ts";
import type { Plan } from "../../plan/plan.ts";
import { heardLines } from "../../plan/trigger.ts";
import { CLIENT_HOST, K6_HOST } from "../client-host.ts";
import type { ClientHostFile } from "./client-host-main.ts";
import type { ClientCode } from "./client-messages.ts";
import { type K6Place, k6Work } from "./k6-work.ts";

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
  /** Null where the harness makes the load itself. */
  readonly k6?: K6Place | null;
}

export interface NodeFiles {
  readonly replicas: readonly ReplicaConfig[];
  readonly client: ClientHostFile;
}

/** Fresh keys and a fresh cluster id each time: what one run signed means nothing in another. */
export function nodeFiles(plan: Plan, places: Places): NodeFiles {
  const { layout, dataDirectory, clientCode, auditFile, historyFile, k6 = null } = places;
  const { protocol, parameters, service, durability, audit } = plan.cluster;
  const clients = badClientIndex(plan.workload) + 1;
  const hosted = clientNames(CLIENT_HOST, clients);
  const hostedByK6 = k6 === null ? [] : clientNames(K6_HOST, plan.workload.clients);
  const keys = generateKeys([...layout.replicas.map(({ name }) => name), ...hosted, ...hostedByK6]);
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
    announce: heardLines(plan),
  }));
  const ownHost = { protocol, cluster, dial: dialled(layout, CLIENT_HOST) };
  const k6Host = {
    ...ownHost,
    host: 1,
    clients: plan.workload.clients,
    keys: keysOf(keys, hostedByK6),
  };
  const client = {
    client: { ...ownHost, host: 0, clients, keys: keysOf(keys, hosted) },
    service,
    workload: plan.workload,
    work: { code: clientCode, historyFile, figuresEveryMs: parameters.timers.statusMs },
    k6: k6 === null ? null : k6Work(plan, k6, k6Host),
  };
  return { replicas, client };
}

function clientNames(host: Endpoint, clients: number): readonly string[] {
  return [host, ...Array.from({ length: clients }, (_, index) => `${host}.${index + 1}`)];
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
