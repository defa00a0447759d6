/**
 * Brings a cluster that has served before to a state from which a run can be judged by itself: no
 * key of the workload has a value, and everything that was ordered so far lies below a checkpoint
 * that all replicas hold as stable. Whatever certificate is made from then on speaks of this run.
 */
import { ClientHost } from "../../../nodes/client/client-host.ts";
import type { Completion } from "../../../nodes/protocols/contract/core.ts";
import type { Operation, ServiceDefinition } from "../../../nodes/protocols/contract/service.ts";
import { protocols, services } from "../../../nodes/registry.ts";
import type { ClientHostConfig } from "../../../nodes/runtime/config.ts";
import { keyNames } from "../../plan/keys.ts";
import type { Plan } from "../../plan/plan.ts";
import { type Probe, waitFor } from "../clock.ts";
import { DriverError } from "../driver.ts";
import type { Layout } from "../processes/layout.ts";
import { type StatusAnswer, statusAnswer } from "../processes/sightings.ts";

const DEADLINE_MS = 60_000;
const ANSWER_MS = 2_000;
/** Any will do: nobody else uses the clients now. */
const CLIENT = 1;

/** @returns the number of the checkpoint that all replicas stand at */
export async function startAfresh(
  plan: Plan,
  client: ClientHostConfig,
  { replicas }: Layout,
): Promise<number> {
  const protocol = protocols.find(({ name }) => name === client.protocol);
  const service = services.find(({ name }) => name === plan.cluster.service.name);
  if (!protocol || !service)
    throw new DriverError("OTHER_CLUSTER", "it runs what is not registered");
  const host = new ClientHost(client, protocol);
  const order = (operation: Operation) =>
    ordered(host, service.encode(operation, plan.cluster.service));
  try {
    for (const key of keyNames(plan.workload.keys)) await order(emptying(service, key));
    const { checkpointInterval } = plan.cluster.parameters;
    const probe = async (): Promise<Probe<number>> => {
      const statuses = await Promise.all(replicas.map(({ http }) => statusOf(http)));
      const [first] = statuses;
      const executed = first?.lastExec ?? 0;
      const left = checkpointInterval - (executed % checkpointInterval);
      if (left < checkpointInterval) {
        for (let count = 0; count < left; count += 1) await order(emptying(service, "k0"));
      }
      const isThere = (status: StatusAnswer["status"] | null) =>
        status?.active === true && status.lastExec === executed && status.stable === executed;
      if (executed > 0 && statuses.every(isThere)) return { found: executed };
      return { saw: statuses.map((status) => `${status?.lastExec}/${status?.stable}`).join(", ") };
    };
    return await waitFor(probe, {
      what: "every replica to stand at one stable checkpoint (executed/stable)",
      deadlineMs: DEADLINE_MS,
    });
  } finally {
    host.close();
  }
}

/** Where the service keeps nothing, nothing has to go. */
function emptying({ operations }: ServiceDefinition, key: string): Operation {
  return operations.includes("delete") ? { f: "delete", key } : { f: "null" };
}

async function ordered(host: ClientHost, operation: Uint8Array): Promise<void> {
  const { outcome } = await new Promise<Completion>((resolve) => {
    host.invoke(CLIENT, operation, resolve);
  });
  if (outcome === "ok") return;
  throw new DriverError("BASELINE", `the cluster did not answer the first operations: ${outcome}`);
}

async function statusOf({ host, port }: { host: string; port: number }) {
  try {
    const signal = AbortSignal.timeout(ANSWER_MS);
    const answer = await fetch(`http://${host}:${port}/status`, { signal });
    return statusAnswer.parse(await answer.json()).status;
  } catch {
    // Whoever does not answer is waited for.
    return null;
  }
}
