/**
 * What a link has to carry in time, from the scenario's own sizes (harness §4.4): a link that is
 * slower than its load allows is as good as cut.
 */
import { VALUE_BYTES_MAX } from "../../nodes/protocols/contract/limits.ts";
import type { Protocol } from "../../nodes/protocols/contract/protocol.ts";
import type { Operation, ServiceDefinition } from "../../nodes/protocols/contract/service.ts";
import { operationWorkMs } from "./cpu-load.ts";
import { keyName } from "./keys.ts";
import { timelyMs } from "./link-delay.ts";
import type { LinkLoad, Plan, PlannedCluster, PlannedMessages, PlannedWorkload } from "./plan.ts";

/** What plans of before, which do not say what they carry, were reckoned with. */
export const SMALL_LOAD: LinkLoad = { betweenReplicas: 4_096, requests: 4_096, replies: 4_096 };

interface Planned {
  readonly cluster: Omit<PlannedCluster, "messages">;
  readonly workload: PlannedWorkload;
  readonly phases: Plan["phases"];
}

export function plannedMessages(
  planned: Planned,
  { protocol, service }: { readonly protocol: Protocol; readonly service: ServiceDefinition },
): PlannedMessages {
  const { parameters } = planned.cluster;
  const { clients } = planned.workload;
  const base = { ...parameters, ...operationSizes(planned, service) };
  const sizesOf = (batchRequests: number) => protocol.messageSizes({ ...base, batchRequests });
  const sizes = sizesOf(Math.min(parameters.batchMax, clients));
  const of = (type: string, from = sizes) => from[type] ?? 0;
  const [none, one] = [of("PRE-PREPARE", sizesOf(0)), of("PRE-PREPARE", sizesOf(1))];
  const votes = of("PREPARE") + of("COMMIT");
  // Requests of all clients in as many batches as may be under way; under light load one in each.
  const batches = Math.min(parameters.pipeline, clients);
  const ordering = batches * (none + votes) + clients * (one - none);
  const { requestMs } = parameters.timers;
  const load = (atOnce: number, each: number) =>
    Math.max(atOnce, bytesWithin(timelyMs(requestMs), planned.workload, { atOnce, each }));
  // A view change that takes longer than the timer that waits for it only starts the next one.
  const viewChange = of("VIEW-CHANGE") + of("NEW-VIEW");
  const viewChangeLoad = Math.ceil((viewChange * timelyMs(requestMs)) / requestMs);
  return {
    sizes,
    load: {
      betweenReplicas: Math.max(load(ordering, one + votes), viewChangeLoad),
      requests: load(clients * of("REQUEST"), of("REQUEST")),
      replies: load(clients * of("REPLY"), of("REPLY")),
    },
    workMs: load(clients, 1) * operationWorkMs(parameters.replicas),
    viewChangeVerifications: protocol.viewChangeVerifications(parameters),
  };
}

/** No client is answered sooner on the machines that this runs on. */
const ROUND_MS = 10;

/** What the load brings in `ms`: by its rate, or every client again as soon as it is answered. */
function bytesWithin(
  ms: number,
  { ratePerSecond }: PlannedWorkload,
  { atOnce, each }: { readonly atOnce: number; readonly each: number },
): number {
  const closed = Math.ceil((atOnce * ms) / ROUND_MS);
  if (ratePerSecond === 0) return closed;
  return Math.min(Math.ceil((ratePerSecond * ms) / 1_000) * each, closed);
}

/** The longest operation and result that this workload can come to. */
function operationSizes(planned: Planned, service: ServiceDefinition) {
  const { argumentBytes, resultBytes } = planned.cluster.service;
  const { keys, clients, mix } = planned.workload;
  if (!service.operations.includes("read")) return { operationBytes: argumentBytes, resultBytes };
  const key = keyName(keys - 1);
  const value = `v${operationsAtMost(planned)}.${clients - 1}`;
  const held = "v".repeat(heldBytes(planned, value.length));
  const asked: Readonly<Record<Operation["f"], Operation>> = {
    read: { f: "read", key },
    delete: { f: "delete", key },
    write: { f: "write", key, value },
    append: { f: "append", key, value },
    cas: { f: "cas", key, value: [held, value] },
    null: { f: "null" },
  };
  const lengths = (Object.keys(mix) as (keyof typeof mix)[]).map(
    (kind) => service.encode(asked[kind], { argumentBytes, resultBytes }).length,
  );
  const nothing = mix.null === undefined ? 0 : resultBytes;
  return {
    operationBytes: Math.max(0, ...lengths),
    resultBytes: Math.max(held.length + 1, nothing),
  };
}

/** A value grows with every append to its key; a skewed choice may hit one key with all of them. */
function heldBytes(planned: Planned, valueBytes: number): number {
  const { mix, keys, skew } = planned.workload;
  const appends = operationsAtMost(planned) * (mix.append ?? 0);
  const perKey = skew > 0 ? appends : (2 * appends) / keys;
  return Math.min(Math.ceil((1 + perKey) * valueBytes), VALUE_BYTES_MAX);
}

function operationsAtMost({ workload, phases }: Planned): number {
  const { ratePerSecond, clients, operationsMax } = workload;
  const rate = ratePerSecond > 0 ? ratePerSecond : (clients * 1_000) / ROUND_MS;
  const seconds = (phases.warmupMs + phases.faultsMs + phases.quietMs) / 1_000;
  return Math.ceil(Math.min(rate * seconds, operationsMax ?? Number.POSITIVE_INFINITY));
}
