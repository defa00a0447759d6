/** What can be taken from a schedule, what shows most for a reader first. */
import type { Protocol } from "../../../nodes/protocols/contract/protocol.ts";
import { at, fewer, inEach, instead, type Reduction, smaller, within } from "../../plan/shrink.ts";
import type { WireParameters } from "../../plan/simulation.ts";
import type { Chosen, Disturbance, Moment, Schedule, ScheduledFault, Stage } from "./schedule.ts";

const schedule = at<Schedule>();
const fault = at<ScheduledFault>();
const stage = at<Stage>();
const workload = at<Schedule["workload"]>();
const cluster = at<Schedule["cluster"]>();
const wire = at<WireParameters>();

/** @param chaosLeastMs no shorter than this: what is owed after it is reckoned from it */
export function simplerSchedules(
  protocol: Protocol,
  chaosLeastMs: number,
): readonly Reduction<Schedule>[] {
  return [
    within(schedule("faults"), [fewer()]),
    within(schedule("byzantine"), [instead<Schedule["byzantine"]>(null)]),
    withoutKey("spoiler"),
    withoutKey("steadyMs"),
    withoutKey("paddingBytes"),
    within(schedule("absent"), [fewer()]),
    (whole) => withFewerReplicas(whole, protocol),
    within(schedule("workload"), [
      within(workload("operationsMax"), [fewerOperations]),
      within(workload("ratePerSecond"), [smaller(1)]),
      within(workload("clients"), [smaller(1)]),
      within(workload("keys"), [smaller(1)]),
    ]),
    within(schedule("chaosMs"), [smaller(chaosLeastMs)]),
    within(schedule("faults"), [inEach(simplerFaults)]),
    within(schedule("network"), calmerWires),
    within(schedule("calm"), calmerWires),
    within(schedule("cluster"), [
      within(cluster("batchMax"), [smaller(1)]),
      within(cluster("pipeline"), [smaller(1)]),
      within(cluster("maxBatchDelayMs"), [smaller(0)]),
    ]),
    within(schedule("disk"), [instead({ fsyncMinMs: 0.1, fsyncMaxMs: 0.5 })]),
  ];
}

/** Optional ones are not there at all when they are gone. */
function withoutKey(key: "spoiler" | "steadyMs" | "paddingBytes"): Reduction<Schedule> {
  return function* simpler(whole) {
    if (whole[key] === undefined) return;
    const { [key]: _, ...rest } = whole;
    yield rest;
  };
}

/** Null: what is asked goes by the rate. */
function* fewerOperations(operationsMax: number | null): Iterable<number | null> {
  if (operationsMax !== null) yield* smaller(1)(operationsMax);
}

/** A smaller cluster of the protocol: those at the end are not there, nor what was done to them. */
function* withFewerReplicas(whole: Schedule, protocol: Protocol): Iterable<Schedule> {
  const { cluster: parameters, byzantine, spoiler, absent, faults } = whole;
  if (parameters.faultsMax < 2) return;
  const replicas = protocol.replicasFor(parameters.faultsMax - 1);
  const isThere = (id: number) => id < replicas;
  if (byzantine !== null && !isThere(byzantine.replica)) return;
  const faultsMax = protocol.tolerates(replicas).crashed;
  const left = {
    ...whole,
    cluster: { ...parameters, replicas, faultsMax },
    absent: absent.filter(isThere).slice(0, faultsMax - (byzantine === null ? 0 : 1)),
    faults: faults.map((each) => ({
      ...each,
      what: among(each.what, isThere),
      ...(each.after === undefined
        ? {}
        : { after: each.after.map((later) => ({ ...later, what: among(later.what, isThere) })) }),
    })),
  };
  if (spoiler === undefined) yield left;
  else yield { ...left, spoiler: { ...spoiler, replicas: spoiler.replicas.filter(isThere) } };
}

function among(what: Disturbance, isThere: (id: number) => boolean): Disturbance {
  if (what.kind === "split") {
    return { ...what, groups: what.groups.map((group) => group.filter(isThere)) };
  }
  if (!("who" in what) || !isList(what.who)) return what;
  return { ...what, who: what.who.filter(isThere) };
}

function isList(who: Chosen): who is readonly number[] {
  return Array.isArray(who);
}

const simplerFaults: readonly Reduction<ScheduledFault>[] = [
  function* withFewerStages(whole) {
    if (whole.after === undefined) return;
    for (const after of fewer<Stage>()(whole.after)) yield { ...whole, after };
  },
  within(fault("what"), [simplerDisturbances]),
  within(fault("when"), [simplerMoments]),
  within(fault("durationMs"), [smaller(1)]),
  function* withSimplerStages(whole) {
    if (whole.after === undefined) return;
    for (const after of inEach(simplerStages)(whole.after)) yield { ...whole, after };
  },
];

const simplerStages: readonly Reduction<Stage>[] = [
  within(stage("what"), [simplerDisturbances]),
  within(stage("durationMs"), [smaller(1)]),
  within(stage("afterMs"), [smaller(0)]),
];

function* simplerDisturbances(what: Disturbance): Iterable<Disturbance> {
  if ("who" in what && isList(what.who)) {
    for (const who of fewer<number>(1)(what.who)) yield { ...what, who };
  }
  if (what.kind === "slow") {
    for (const jitterMs of smaller(0)(what.jitterMs)) yield { ...what, jitterMs };
  }
  if (what.kind === "storm") {
    if (what.duplication > 0) yield { ...what, duplication: 0 };
    if (what.reordering > 0) yield { ...what, reordering: 0 };
  }
}

function* simplerMoments(when: Moment): Iterable<Moment> {
  if ("atMs" in when) {
    for (const atMs of smaller(0)(when.atMs)) yield { atMs };
    return;
  }
  for (const skip of smaller(0)(when.skip)) yield { ...when, skip };
  if (when.delayMs > 0) yield { ...when, delayMs: 0 };
  for (const fromMs of smaller(0)(when.fromMs)) yield { ...when, fromMs };
}

const calmerWires: readonly Reduction<WireParameters>[] = [
  within(wire("loss"), [instead(0)]),
  within(wire("duplication"), [instead(0)]),
  within(wire("reordering"), [instead(0)]),
  function* steady(parameters) {
    const { delayMinMs } = parameters;
    if (parameters.delayMaxMs > delayMinMs + 1) {
      yield { ...parameters, delayMaxMs: delayMinMs + 1 };
    }
  },
  within(wire("reconnectMaxMs"), [instead(10)]),
  within(wire("queueMax"), [instead(1_000)]),
];
