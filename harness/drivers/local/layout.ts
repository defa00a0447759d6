/**
 * Who listens where, who dials whom, and the configuration file of every process: pure data from a
 * plan.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Endpoint } from "../../../faults/fault.ts";
import { linkName } from "../../../faults/link-state.ts";
import type { ReplicaConfig, SocketAddress } from "../../../nodes/runtime/config.ts";
import { generateKeys, keysOf } from "../../../nodes/runtime/keys.ts";
import type { Plan } from "../../plan/plan.ts";
import { ClientLoad } from "../client-load.ts";
import type { ClientHostFile } from "../processes/client-host-main.ts";
import type { ClientCode } from "../processes/client-messages.ts";

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
  readonly api: SocketAddress;
  readonly replicas: readonly PlacedReplica[];
  readonly clients: readonly Endpoint[];
  /** Empty with `links: direct`. */
  readonly links: readonly PlacedLink[];
}

/** How many ports a cluster of this size takes. */
export function portsFor(plan: Plan): number {
  const { replicas } = plan.cluster.parameters;
  return 1 + 2 * replicas + replicas * (replicas - 1) + replicas * CLIENT_HOSTS.length;
}

/** All logical clients live in one process (DESIGN 4). */
const CLIENT_HOSTS: readonly Endpoint[] = ["c0"];

export function layOut(plan: Plan, { host, basePort }: { host: string; basePort: number }): Layout {
  let next = basePort;
  const address = (): SocketAddress => ({ host, port: next++ });
  const api = address();
  const replicas = Array.from({ length: plan.cluster.parameters.replicas }, (_, id) => ({
    name: `r${id}`,
    id,
    listen: address(),
    http: address(),
  }));
  const diallers = [...replicas.map(({ name }) => name), ...CLIENT_HOSTS];
  const pairs = diallers.flatMap((from) =>
    replicas.filter(({ name }) => name !== from).map((to) => ({ from, to })),
  );
  const links =
    plan.cluster.links === "direct"
      ? []
      : pairs.map(({ from, to }) => ({
          name: linkName(from, to.name),
          from,
          to: to.name,
          listen: address(),
          upstream: to.listen,
        }));
  return { api, replicas, clients: CLIENT_HOSTS, links };
}

export interface Places {
  readonly layout: Layout;
  /** The temp folder of the run. */
  readonly folder: string;
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
  const { layout, folder, clientCode, auditFile, historyFile } = places;
  const { protocol, parameters, service, durability, audit } = plan.cluster;
  const clients = ClientLoad.clientsFor(plan.workload);
  const hosted = ["c0", ...Array.from({ length: clients }, (_, index) => `c0.${index + 1}`)];
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
    dataDirectory: join(folder, "data", name),
    auditFile: auditFile(id),
  }));
  const client = {
    client: {
      protocol,
      host: 0,
      clients,
      cluster,
      keys: keysOf(keys, hosted),
      dial: dialled(layout, "c0"),
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
