/** Who listens where on loopback, who dials whom: one block of ports in a row. */
import { linkName } from "../../../faults/link-state.ts";
import type { SocketAddress } from "../../../nodes/runtime/config.ts";
import type { Plan } from "../../plan/plan.ts";
import { CLIENT_HOST } from "../client-host.ts";
import type { Layout } from "../processes/layout.ts";

/** How many ports a cluster of this size takes. */
export function portsFor(plan: Plan): number {
  const { replicas } = plan.cluster.parameters;
  return 1 + 2 * replicas + replicas * (replicas - 1) + replicas;
}

export interface LocalLayout extends Layout {
  /** Where Toxiproxy takes its orders. */
  readonly api: SocketAddress;
}

export function layOut(
  plan: Plan,
  { host, basePort }: { readonly host: string; readonly basePort: number },
): LocalLayout {
  let next = basePort;
  const address = (): SocketAddress => ({ host, port: next++ });
  const api = address();
  const replicas = Array.from({ length: plan.cluster.parameters.replicas }, (_, id) => ({
    name: `r${id}`,
    id,
    listen: address(),
    http: address(),
  }));
  const diallers = [...replicas.map(({ name }) => name), CLIENT_HOST];
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
  return { api, replicas, clients: [CLIENT_HOST], links };
}
