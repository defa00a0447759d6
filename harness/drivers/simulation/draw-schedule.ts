/** Draws everything about an explored run from its seed. */
import { behaviourNamed, drawnFor } from "../../../faults/byzantine/registry.ts";
import type {
  ClusterParameters,
  Protocol,
  Tolerance,
} from "../../../nodes/protocols/contract/protocol.ts";
import type {
  OperationKind,
  ServiceDefinition,
} from "../../../nodes/protocols/contract/service.ts";
import { REPLY_AUTHS } from "../../../nodes/protocols/contract/traits.ts";
import type { PlannedWorkload } from "../../plan/plan.ts";
import type { WireParameters } from "../../plan/simulation.ts";
import { closedLoop } from "../../workloads/closed-loop.ts";
import { constantArrivalRate } from "../../workloads/constant-arrival-rate.ts";
import { drawFaults, unheardCheckpoint } from "./draw-faults.ts";
import { Random } from "./random.ts";
import type { Schedule, ScheduledBehaviour, SpoilingClient } from "./schedule.ts";

const LYING_SHARE = 0.2;
/** In so many schedules f replicas never come back by themselves. */
const ABSENT_SHARE = 0.25;
/** In so many the healed network is steady, but slower than the time-outs: they have to grow. */
const SLUGGISH_SHARE = 0.04;
/** In so many no client ever gives up: what it asked for before the heal is owed, too. */
const PATIENT_SHARE = 0.2;
const PATIENT_MS = 120_000;
/** In so many of those the load goes on at the end. */
const STEADY_SHARE = 0.3;
/** In so many values are long: the state takes several pages. */
const LONG_VALUES_SHARE = 0.01;
const LONG_VALUES_PADDING_BYTES = 40_000;
/** In so many schedules of a protocol that leaves a choice it is not the usual one. */
const UNUSUAL_SHARE = 0.2;
/** In so many a small window is full at once, and views change round its checkpoints. */
const TIGHT_SHARE = 0.08;
/** Draws that came later than others have a stream of their own: the others stay what they were. */
const LATER_DRAWS = 2;
const LATEST_DRAWS = 3;
/** In so many one client makes requests that some replicas alone can check. */
const SPOILING_SHARE = 0.12;

/**
 * Same seed, protocol and behaviour: same schedule.
 * @param behaviour what one replica does; null: drawn too, in most schedules nobody lies
 * @param faults f; null: drawn too
 */
export function drawSchedule(
  seed: number,
  protocol: Protocol,
  behaviour: string | null = null,
  faults: number | null = null,
): Schedule {
  const random = new Random(seed);
  // Seven replicas cost four times as much and add little: now and then is enough.
  const drawnFaults = random.chance(0.06) ? 2 : 1;
  const replicas = protocol.replicasFor(faults ?? drawnFaults);
  const tolerates = protocol.tolerates(replicas);
  const faultsMax = tolerates.crashed;
  const chaosMs = random.integer(1200, 3500);
  const sluggish = random.chance(SLUGGISH_SHARE);
  const later = new Random(seed, LATER_DRAWS);
  const drawn = drawCluster(random, { replicas, faultsMax, sluggish });
  const latest = new Random(seed, LATEST_DRAWS);
  const spoils = latest.chance(SPOILING_SHARE);
  // Nothing is owed to who spoils its own requests: it must not be waited for.
  const patient = later.chance(PATIENT_SHARE) && !spoils;
  const steady = later.chance(STEADY_SHARE);
  const timed = patient ? { ...drawn, operationTimeoutMs: PATIENT_MS } : drawn;
  const long = later.chance(LONG_VALUES_SHARE);
  const network = drawNetwork(random);
  const { requestMs } = timed.timers;
  const lying = { protocol: protocol.name, replicas, tolerates, behaviour };
  const byzantine = drawBehaviour({ random, later }, lying);
  const some = random.some(
    Array.from({ length: replicas }, (_, id) => id),
    random.chance(ABSENT_SHARE) ? faultsMax : 0,
  );
  const schedule: Schedule = {
    seed,
    cluster: {
      ...timed,
      maxBatchDelayMs: later.pick([0, 0, 3, 20]),
      replyAuth: later.pick(REPLY_AUTHS),
      clientAuth: mostlyFirst(later, protocol.traits.clientAuths),
      requestAt: mostlyFirst(later, protocol.traits.requestAts),
    },
    durability: random.chance(0.8) ? "group-commit" : "fsync-each",
    disk: { fsyncMinMs: 0.1, fsyncMaxMs: random.pick([0.5, 3, 3, 20]) },
    network,
    workload: drawWorkload(random, { seed, chaosMs }),
    chaosMs,
    faults: drawFaults(random, { replicas, faultsMax, chaosMs, requestMs }),
    byzantine,
    calm: sluggish ? sluggishNetwork(random, requestMs) : { ...network, loss: 0 },
    // |B and C| <= f, or nothing would be owed.
    absent: byzantine === null ? some : some.slice(1),
  };
  const spoilt = spoils ? { ...schedule, spoiler: drawSpoiler(latest, schedule) } : schedule;
  const tight = latest.chance(TIGHT_SHARE) ? withFullWindow(latest, spoilt) : spoilt;
  const shaped = long ? withLongValues(tight) : tight;
  return patient && steady && isPrompt(schedule) ? { ...shaped, steadyMs: 3 * requestMs } : shaped;
}

/** Mostly the default: it is the one that leaves more to go wrong. */
function mostlyFirst<Choice>(
  later: Random,
  [usual, ...others]: readonly [Choice, ...Choice[]],
): Choice {
  return others.length > 0 && later.chance(UNUSUAL_SHARE) ? later.pick(others) : usual;
}

/** Not the first client, who reads what is left after the heal. */
function drawSpoiler(random: Random, { workload, cluster }: Schedule): SpoilingClient {
  const all = Array.from({ length: cluster.replicas }, (_, id) => id);
  const few = random.chance(0.5);
  const count = random.integer(1, few ? cluster.faultsMax : cluster.replicas - 1);
  return { client: random.integer(1, workload.clients - 1), replicas: random.some(all, count) };
}

/** The same schedule with operations that the service has, in the shares they were drawn with. */
export function forService(schedule: Schedule, { operations }: ServiceDefinition): Schedule {
  const { workload } = schedule;
  const drawn = Object.entries(workload.mix) as [OperationKind, number][];
  const had = drawn.filter(([kind]) => operations.includes(kind));
  if (had.length === drawn.length) return schedule;
  const shares = had.length > 0 ? had : operations.map((kind) => [kind, 1] as const);
  const sum = shares.reduce((total, [, share]) => total + share, 0);
  const mix = Object.fromEntries(shares.map(([kind, share]) => [kind, share / sum]));
  return { ...schedule, workload: { ...workload, mix } };
}

/** Healed, it answers in far less than a time-out: whoever changes the view then has no reason. */
function isPrompt({ byzantine, calm, cluster, disk }: Schedule): boolean {
  const answerMs = 8 * calm.delayMaxMs + 4 * disk.fsyncMaxMs;
  return byzantine === null && answerMs < cluster.timers.requestMs;
}

/** Overwritten, not appended to: the state stays a few pages long. */
function withLongValues(schedule: Schedule): Schedule {
  const workload = { ...schedule.workload, mix: { read: 0.3, write: 0.5, cas: 0.2 } };
  return { ...schedule, workload, paddingBytes: LONG_VALUES_PADDING_BYTES };
}

/** All clients together fill what lies above the first checkpoint, a number for each request. */
function withFullWindow(random: Random, schedule: Schedule): Schedule {
  const { cluster, workload, chaosMs } = schedule;
  const { replicas, faultsMax, timers } = cluster;
  const arena = { replicas, faultsMax, chaosMs, requestMs: timers.requestMs };
  // Repeated to all at once, so that everybody waits for what was asked before the darkness.
  const impatient = { ...timers, clientMs: random.integer(5, 20), clientCapMs: 100 };
  const load = { executor: closedLoop.name, ratePerSecond: 0, operationsMax: 150, clients: 6 };
  const small = { checkpointInterval: 4, window: 8, batchMax: 1, pipeline: 8, maxBatchDelayMs: 0 };
  return {
    ...schedule,
    cluster: { ...cluster, ...small, timers: impatient },
    workload: { ...workload, ...load },
    faults: [
      ...unheardCheckpoint(random, arena),
      ...schedule.faults.slice(0, random.integer(0, 2)),
    ],
  };
}

/** A message takes longer than the shortest time-out; everything still arrives. */
function sluggishNetwork(random: Random, requestMs: number): WireParameters {
  const delayMinMs = requestMs * random.real(0.6, 1.2);
  const steady = { loss: 0, duplication: 0, reordering: 0, reconnectMaxMs: 10, queueMax: 1000 };
  return { ...steady, delayMinMs, delayMaxMs: delayMinMs * 1.1 };
}

function drawBehaviour(
  { random, later }: { readonly random: Random; readonly later: Random },
  {
    protocol,
    replicas,
    tolerates,
    behaviour,
  }: {
    readonly protocol: string;
    readonly replicas: number;
    readonly tolerates: Tolerance;
    readonly behaviour: string | null;
  },
): ScheduledBehaviour | null {
  const lies = random.chance(LYING_SHARE) || behaviour !== null;
  if (!lies || tolerates.byzantine === 0) return null;
  const drawn = random.pick(drawnFor(protocol)).name;
  const definition = behaviourNamed(behaviour ?? drawn);
  const variants = definition.variants.length === 0 ? [{}] : definition.variants;
  return {
    // Early views are the likeliest to be lived in, so a liar among the first leads more often.
    replica: random.chance(0.7) ? random.integer(0, 1) : random.integer(0, replicas - 1),
    behaviour: definition.name,
    parameters: definition.schema.parse(later.pick(variants)),
  };
}

function drawCluster(
  random: Random,
  {
    replicas,
    faultsMax,
    sluggish,
  }: { readonly replicas: number; readonly faultsMax: number; readonly sluggish: boolean },
): Omit<ClusterParameters, "maxBatchDelayMs" | "replyAuth" | "clientAuth" | "requestAt"> {
  const checkpointInterval = random.pick([4, 4, 8, 16]);
  const clientMs = random.integer(40, 200);
  return {
    replicas,
    faultsMax,
    clusterId: "5e".repeat(16),
    epoch: 1,
    timers: {
      requestMs: sluggish ? random.integer(80, 120) : random.integer(80, 300),
      statusMs: random.integer(40, 120),
      clientMs,
      clientCapMs: clientMs * random.integer(2, 6),
    },
    operationTimeoutMs: sluggish ? 30_000 : random.pick([600, 1500, 4000]),
    checkpointInterval,
    window: random.integer(2 * checkpointInterval, 4 * checkpointInterval),
    batchMax: random.pick([1, 2, 4, 8]),
    pipeline: random.pick([1, 2, 4, 8]),
  };
}

function drawNetwork(random: Random): WireParameters {
  const delayMinMs = random.real(0.2, 2);
  return {
    delayMinMs,
    delayMaxMs: delayMinMs + random.pick([0.5, 3, 10, 25]),
    loss: random.chance(0.4) ? random.real(0, 0.05) : 0,
    duplication: random.chance(0.3) ? random.real(0, 0.1) : 0,
    reordering: random.chance(0.5) ? random.real(0, 0.5) : 0,
    reconnectMaxMs: random.integer(5, 100),
    queueMax: random.pick([0, 8, 1000]),
  };
}

function drawWorkload(
  random: Random,
  { seed, chaosMs }: { readonly seed: number; readonly chaosMs: number },
): PlannedWorkload {
  const operations = random.integer(30, 90);
  const open = random.chance(0.75);
  return {
    executor: (open ? constantArrivalRate : closedLoop).name,
    ratePerSecond: open ? Math.ceil((operations * 1000) / chaosMs) : 0,
    clients: random.integer(2, 5),
    keys: random.integer(1, 4),
    skew: 0,
    mix: random.pick([
      { read: 0.3, write: 0.3, append: 0.2, cas: 0.15, delete: 0.05 },
      { read: 0.2, append: 0.8 },
      { read: 0.4, cas: 0.6 },
    ]),
    operationsMax: open ? null : operations,
    seed,
  };
}
