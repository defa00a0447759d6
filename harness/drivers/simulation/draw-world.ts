/** The cluster, the load, the wire and the disks of a drawn plan. */
import type { ClusterParameters, Protocol } from "../../../nodes/protocols/contract/protocol.ts";
import type {
  OperationKind,
  ServiceDefinition,
} from "../../../nodes/protocols/contract/service.ts";
import { closedLoop } from "../../workloads/closed-loop.ts";
import { constantArrivalRate } from "../../workloads/constant-arrival-rate.ts";
import { percent, shown } from "./drawn-faults.ts";
import type { Random } from "./random.ts";

/** In so many plans of a protocol that leaves a choice it is not the usual one. */
const UNUSUAL_SHARE = 0.2;

/** What is drawn of a cluster but its size and its authentication. */
export type DrawnCluster = ClusterParameters["timers"] &
  Pick<
    ClusterParameters,
    | "operationTimeoutMs"
    | "checkpointInterval"
    | "window"
    | "batchMax"
    | "pipeline"
    | "maxBatchDelayMs"
  >;

export function drawCluster(
  random: Random,
  { sluggish, patient }: { readonly sluggish: boolean; readonly patient: boolean },
): DrawnCluster {
  const checkpointInterval = random.pick([4, 4, 8, 16]);
  const clientMs = random.integer(40, 200);
  const operationTimeoutMs = sluggish ? 30_000 : random.pick([600, 1500, 4000]);
  return {
    requestMs: sluggish ? random.integer(80, 120) : random.integer(80, 300),
    statusMs: random.integer(40, 120),
    clientMs,
    clientCapMs: clientMs * random.integer(2, 6),
    operationTimeoutMs: patient ? PATIENT_MS : operationTimeoutMs,
    checkpointInterval,
    window: random.integer(2 * checkpointInterval, 4 * checkpointInterval),
    batchMax: random.pick([1, 2, 4, 8]),
    pipeline: random.pick([1, 2, 4, 8]),
    maxBatchDelayMs: random.pick([0, 0, 3, 20]),
  };
}

const PATIENT_MS = 120_000;

export function clusterKeys(cluster: DrawnCluster): Readonly<Record<string, unknown>> {
  const { requestMs, statusMs, clientMs, clientCapMs, operationTimeoutMs, ...rest } = cluster;
  const { maxBatchDelayMs, ...numbers } = rest;
  return {
    timers: {
      request: shown(requestMs),
      status: shown(statusMs),
      client: shown(clientMs),
      clientCap: shown(clientCapMs),
    },
    operationTimeout: shown(operationTimeoutMs),
    maxBatchDelay: shown(maxBatchDelayMs),
    ...numbers,
  };
}

/** What stands behind messages, as far as the protocol leaves a choice. */
export function drawAuthentication(
  random: Random,
  { traits }: Protocol,
): Readonly<Record<string, string>> {
  return {
    replyAuth: random.pick(traits.replyAuths),
    clientAuth: mostlyFirst(random, traits.clientAuths),
    requestAt: mostlyFirst(random, traits.requestAts),
  };
}

/** Mostly the default: it is the one that leaves more to go wrong. */
function mostlyFirst<Choice>(
  random: Random,
  [usual, ...others]: readonly [Choice, ...Choice[]],
): Choice {
  return others.length > 0 && random.chance(UNUSUAL_SHARE) ? random.pick(others) : usual;
}

/** The keys of `workload` that are drawn. */
export interface DrawnLoad {
  readonly ratePerSecond: number | null;
  readonly operationsMax: number;
  readonly clients: number;
  readonly keys: number;
  readonly mix: Readonly<Partial<Record<OperationKind, number>>>;
}

const MIXES: readonly DrawnLoad["mix"][] = [
  { read: 0.3, write: 0.3, append: 0.2, cas: 0.15, delete: 0.05 },
  { read: 0.2, append: 0.8 },
  { read: 0.4, cas: 0.6 },
];

export function drawLoad(random: Random, chaosMs: number): DrawnLoad {
  const operationsMax = random.integer(30, 90);
  const open = random.chance(0.75);
  return {
    ratePerSecond: open ? Math.ceil((operationsMax * 1000) / chaosMs) : null,
    operationsMax,
    clients: random.integer(2, 5),
    keys: random.integer(1, 4),
    mix: random.pick(MIXES),
  };
}

export function loadKeys(
  { ratePerSecond, operationsMax, clients, keys, mix }: DrawnLoad,
  service: ServiceDefinition,
): Readonly<Record<string, unknown>> {
  const offered =
    ratePerSecond === null
      ? { executor: closedLoop.name, operationsMax }
      : { executor: constantArrivalRate.name, rate: `${ratePerSecond}/s` };
  return { ...offered, clients, keys, ...mixKeys(mix, service) };
}

/** Operations that the service has, in the shares they were drawn with. */
function mixKeys(mix: DrawnLoad["mix"], { operations }: ServiceDefinition) {
  const had = Object.entries(mix).filter(([kind]) => operations.includes(kind as OperationKind));
  if (had.length === 0) return {};
  const sum = had.reduce((total, [, share]) => total + share, 0);
  const shares = had.map(([, share]) => Math.round((share / sum) * 100));
  // They add up to the whole, however they were rounded.
  const spare = 100 - shares.reduce((total, share) => total + share, 0);
  const texts = shares.map((share, index) => `${index === 0 ? share + spare : share}%`);
  return { mix: Object.fromEntries(had.map(([kind], index) => [kind, texts[index] ?? "0%"])) };
}

/** The keys of a wire that are drawn, times in ms. */
export interface DrawnWire {
  readonly delayMinMs: number;
  readonly delayMaxMs: number;
  readonly loss: number;
  readonly duplication: number;
  readonly reordering: number;
  readonly reconnectMs: number;
  readonly queue: number;
}

export function drawNetwork(random: Random): DrawnWire {
  const delayMinMs = random.real(0.2, 2);
  return {
    delayMinMs,
    delayMaxMs: delayMinMs + random.pick([0.5, 3, 10, 25]),
    loss: random.chance(0.4) ? random.real(0, 0.05) : 0,
    duplication: random.chance(0.3) ? random.real(0, 0.1) : 0,
    reordering: random.chance(0.5) ? random.real(0, 0.5) : 0,
    reconnectMs: random.integer(5, 100),
    queue: random.pick([0, 8, 1000]),
  };
}

/** A message takes longer than the shortest time-out; everything still arrives. */
export function sluggishNetwork(random: Random, requestMs: number): DrawnWire {
  const delayMinMs = requestMs * random.real(0.6, 1.2);
  const steady = { loss: 0, duplication: 0, reordering: 0, reconnectMs: 10, queue: 1000 };
  return { ...steady, delayMinMs, delayMaxMs: delayMinMs * 1.1 };
}

export function wireKeys(wire: DrawnWire): Readonly<Record<string, unknown>> {
  const { delayMinMs, delayMaxMs, loss, duplication, reordering, reconnectMs, queue } = wire;
  return {
    delayMin: shown(delayMinMs),
    delayMax: shown(delayMaxMs),
    loss: percent(loss),
    duplication: percent(duplication),
    reordering: percent(reordering),
    reconnect: shown(reconnectMs),
    queue,
  };
}
