/**
 * Who listens where in the cluster of docker-compose.yml: every member under its own name, and
 * every link through a port of the one Toxiproxy.
 */
import { linkName } from "../../../faults/link-state.ts";
import type { SocketAddress } from "../../../nodes/runtime/config.ts";
import type { Plan } from "../../plan/plan.ts";
import { CLIENT_HOST } from "../client-host.ts";
import type { Layout, PlacedLink } from "../processes/layout.ts";

/** Both are fixed: each replica has an address of its own. */
const REPLICA_PORT = 7000;
const HTTP_PORT = 8000;
const FIRST_PROXY_PORT = 20_000;

/** In the networks of the replicas, and in that of the harness alone. */
const PROXY_HOST = "toxiproxy";
const CONTROL_HOST = "toxiproxy-control";
const CONTROL_PORT = 8474;

/** Where Toxiproxy takes its orders. */
export const CONTROL_URL = `http://${CONTROL_HOST}:${CONTROL_PORT}`;
/** Every address of the container that binds it. */
export const EVERYWHERE = "0.0.0.0";

export function standingLayout(plan: Plan): Layout {
  const replicas = Array.from({ length: plan.cluster.parameters.replicas }, (_, id) => ({
    name: `r${id}`,
    id,
    listen: { host: `r${id}`, port: REPLICA_PORT },
    http: { host: `r${id}`, port: HTTP_PORT },
  }));
  const links: PlacedLink[] = [];
  for (const from of [...replicas.map(({ name }) => name), CLIENT_HOST]) {
    for (const to of replicas) {
      if (from === to.name) continue;
      const listen = { host: PROXY_HOST, port: FIRST_PROXY_PORT + links.length };
      const name = linkName(from, to.name);
      links.push({ name, from, to: to.name, listen, upstream: to.listen });
    }
  }
  return { replicas, clients: [CLIENT_HOST], links };
}

/** As Toxiproxy reads it from its file. */
export function proxyOf({ name, listen, upstream }: PlacedLink, everywhere: string) {
  return { name, listen: `${everywhere}:${listen.port}`, upstream: written(upstream) };
}

function written({ host, port }: SocketAddress): string {
  return `${host}:${port}`;
}
