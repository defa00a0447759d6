/** What can be taken from a plan, what shows most for a reader first. */
import type { Plan, PlanEntry } from "./plan.ts";
import { at, fewer, inEach, instead, type Reduction, smaller, within } from "./shrink.ts";
import type { PlannedSimulation } from "./simulation.ts";

const plan = at<Plan>();
const entry = at<PlanEntry>();
const workload = at<Plan["workload"]>();
const phases = at<Plan["phases"]>();

/** Less load than this is none: nothing would have to be answered. */
const OPERATIONS_LEAST = 1;
const RATE_LEAST = 1;

export const simplerPlans: readonly Reduction<Plan>[] = [
  within(plan("entries"), [fewer()]),
  within(plan("workload"), [
    within(workload("operationsMax"), [fewerOperations]),
    within(workload("ratePerSecond"), [smaller(RATE_LEAST)]),
    within(workload("clients"), [smaller(1)]),
    within(workload("keys"), [smaller(1)]),
  ]),
  within(plan("phases"), [within(phases("warmupMs"), [instead(0)])]),
  withShorterFaults,
  within(plan("entries"), [
    inEach([within(entry("durationMs"), [smaller(1)]), within(entry("atMs"), [smaller(0)])]),
  ]),
  withCalmerWorld,
];

function* fewerOperations(operationsMax: number | null): Iterable<number | null> {
  if (operationsMax !== null) yield* smaller(OPERATIONS_LEAST)(operationsMax);
}

/** No shorter than its entries last. */
function* withShorterFaults(whole: Plan): Iterable<Plan> {
  const leastMs = Math.max(0, ...whole.entries.map(({ atMs, durationMs }) => atMs + durationMs));
  for (const faultsMs of smaller(leastMs)(whole.phases.faultsMs)) {
    yield { ...whole, phases: { ...whole.phases, faultsMs } };
  }
}

/** The usual wire and disks are nothing that a reader has to know. */
function* withCalmerWorld(whole: Plan): Iterable<Plan> {
  const { simulation, ...rest } = whole;
  if (simulation === undefined) return;
  yield rest;
  const calm = { loss: 0, duplication: 0, reordering: 0 };
  const calmer: PlannedSimulation = {
    ...simulation,
    network: { ...simulation.network, ...calm },
    paddingBytes: 0,
  };
  for (const world of instead(calmer)(simulation)) yield { ...rest, simulation: world };
}
