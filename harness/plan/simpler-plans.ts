/** What can be taken from a plan, what shows most for a reader first. */
import type { Protocol } from "../../nodes/protocols/contract/protocol.ts";
import type { Plan, PlanEntry, PlannedTrigger } from "./plan.ts";
import { at, fewer, inEach, instead, type Reduction, smaller, within } from "./shrink.ts";
import type { PlannedSimulation, WireParameters } from "./simulation.ts";
import { endpointsOf } from "./targets.ts";

const plan = at<Plan>();
const entry = at<PlanEntry>();
const workload = at<Plan["workload"]>();
const phases = at<Plan["phases"]>();
const cluster = at<Plan["cluster"]>();
const parameters = at<Plan["cluster"]["parameters"]>();
const wire = at<WireParameters>();

/** Less load than this is none: nothing would have to be answered. */
const OPERATIONS_LEAST = 1;
const RATE_LEAST = 1;

export function simplerPlans(protocol: Protocol): readonly Reduction<Plan>[] {
  return [
    within(plan("entries"), [fewer()]),
    withPlainerEnding,
    (whole) => withFewerReplicas(whole, protocol),
    within(plan("workload"), [
      within(workload("operationsMax"), [fewerOperations]),
      within(workload("ratePerSecond"), [smaller(RATE_LEAST)]),
      within(workload("clients"), [smaller(1)]),
      within(workload("keys"), [smaller(1)]),
    ]),
    within(plan("phases"), [within(phases("warmupMs"), [instead(0)])]),
    withShorterFaults,
    within(plan("entries"), [inEach(simplerEntries)]),
    withCalmerWorld,
    within(plan("cluster"), [
      within(cluster("parameters"), [
        within(parameters("batchMax"), [smaller(1)]),
        within(parameters("pipeline"), [smaller(1)]),
        within(parameters("maxBatchDelayMs"), [smaller(0)]),
      ]),
    ]),
  ];
}

function* fewerOperations(operationsMax: number | null): Iterable<number | null> {
  if (operationsMax !== null) yield* smaller(OPERATIONS_LEAST)(operationsMax);
}

/** What it does not say is as usual, and a usual load goes on for longer: that is no less. */
function* withPlainerEnding({ ending, ...rest }: Plan): Iterable<Plan> {
  if (ending === undefined) return;
  const { loadMs, ...others } = ending;
  const load = loadMs === undefined ? {} : { loadMs };
  for (const key of Object.keys(others) as readonly (keyof typeof others)[]) {
    const { [key]: _, ...left } = others;
    yield { ...rest, ending: { ...load, ...left } };
  }
}

/** A smaller cluster of the protocol: those at the end are not there, nor what was done to them. */
function* withFewerReplicas(whole: Plan, protocol: Protocol): Iterable<Plan> {
  const { parameters: before } = whole.cluster;
  const needed = protocol.replicasFor(before.faultsMax);
  const isLarger = before.replicas > needed;
  if (!isLarger && before.faultsMax < 2) return;
  const replicas = isLarger ? needed : protocol.replicasFor(before.faultsMax - 1);
  const tolerates = protocol.tolerates(replicas);
  const left = new Set(endpointsOf({ replicas }).replicas);
  const gone = endpointsOf(before).replicas.filter((name) => !left.has(name));
  const { rooms, ...others } = whole.cluster;
  yield {
    ...whole,
    cluster: {
      ...others,
      tolerates,
      ...(rooms === undefined
        ? {}
        : {
            rooms: rooms.map((room) => ({ ...room, replicas: room.replicas.filter(isIn(left)) })),
          }),
      parameters: { ...before, replicas, faultsMax: tolerates.crashed },
    },
    // What the operator had in mind names them, too.
    entries: whole.entries.map((each) => without(new Set(gone), each) as PlanEntry),
  };
}

function isIn(names: ReadonlySet<string>): (name: string) => boolean {
  return (name) => names.has(name);
}

/** In each list of targets, wherever it stands. */
function without(names: ReadonlySet<unknown>, value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.filter((item) => !names.has(item)).map((item) => without(names, item));
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, without(names, inner)]),
  );
}

/** No shorter than its entries last. */
function* withShorterFaults(whole: Plan): Iterable<Plan> {
  const leastMs = Math.max(0, ...whole.entries.map(({ atMs, durationMs }) => atMs + durationMs));
  for (const faultsMs of smaller(leastMs)(whole.phases.faultsMs)) {
    yield { ...whole, phases: { ...whole.phases, faultsMs } };
  }
}

const simplerEntries: readonly Reduction<PlanEntry>[] = [
  withoutOutlasting,
  withFewerTargets,
  within(entry("durationMs"), [smaller(1)]),
  within(entry("atMs"), [smaller(0)]),
  withSimplerTrigger,
];

function* withoutOutlasting({ outlasts, ...rest }: PlanEntry): Iterable<PlanEntry> {
  if (outlasts === true) yield rest;
}

function* withFewerTargets(whole: PlanEntry): Iterable<PlanEntry> {
  const { resolved } = whole;
  if (typeof resolved !== "object" || resolved === null) return;
  for (const key of ["targets", "isolated"] as const) {
    const named: unknown = (resolved as Readonly<Record<string, unknown>>)[key];
    if (!Array.isArray(named)) continue;
    for (const left of fewer<unknown>(1)(named)) {
      yield { ...whole, resolved: { ...resolved, [key]: left } };
    }
  }
}

function* withSimplerTrigger(whole: PlanEntry): Iterable<PlanEntry> {
  const { when } = whole;
  if (when === undefined) return;
  const put = (other: PlannedTrigger): PlanEntry => ({ ...whole, when: other });
  for (const delayMs of smaller(0)(when.delayMs)) yield put({ ...when, delayMs });
  if (when.kind !== "event") return;
  for (const skip of smaller(0)(when.skip)) yield put({ ...when, skip });
  for (const fromMs of smaller(0)(when.fromMs)) yield put({ ...when, fromMs });
}

/** The usual wire and disks are nothing that a reader has to know. */
function* withCalmerWorld(whole: Plan): Iterable<Plan> {
  const { simulation, ...rest } = whole;
  if (simulation === undefined) return;
  yield rest;
  const { calm, ...unchanging } = simulation;
  if (calm !== undefined) yield { ...rest, simulation: unchanging };
  const { clockMs, ...unset } = simulation;
  if (clockMs !== undefined) yield { ...rest, simulation: unset };
  const { view, ...early } = simulation;
  if (view !== undefined) yield { ...rest, simulation: early };
  const { costs, ...costless } = simulation;
  if (costs !== undefined) yield { ...rest, simulation: costless };
  const worlds: Iterable<PlannedSimulation>[] = [
    within(at<PlannedSimulation>()("network"), calmerWires)(simulation),
    within(at<PlannedSimulation>()("paddingBytes"), [instead(0)])(simulation),
    calm === undefined ? [] : calmerCalm(simulation, calm),
  ];
  for (const world of worlds) for (const other of world) yield { ...rest, simulation: other };
}

function* calmerCalm(
  simulation: PlannedSimulation,
  calm: WireParameters,
): Iterable<PlannedSimulation> {
  for (const reduction of calmerWires) {
    for (const other of reduction(calm)) yield { ...simulation, calm: other };
  }
}

const calmerWires: readonly Reduction<WireParameters>[] = [
  within(wire("loss"), [instead(0)]),
  within(wire("duplication"), [instead(0)]),
  within(wire("reordering"), [instead(0)]),
  function* steady(whole) {
    const { delayMinMs } = whole;
    if (whole.delayMaxMs > delayMinMs + 1) yield { ...whole, delayMaxMs: delayMinMs + 1 };
  },
  within(wire("reconnectMaxMs"), [instead(10)]),
  within(wire("queueMax"), [instead(1_000)]),
];
