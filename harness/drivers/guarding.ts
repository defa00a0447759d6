/** Whether somebody refuses a command before it is carried out: one rule for every world. */
import type { Endpoint, FaultEffect } from "../../faults/fault.ts";
import type { ClusterState } from "../../faults/operator/guards/guard.ts";
import { guards } from "../../faults/operator/guards/registry.ts";
import { liveView } from "../observations/live-view.ts";
import { activeEffects, budgetAt } from "../plan/budget.ts";
import type { Plan } from "../plan/plan.ts";
import { budgetCluster } from "../plan/planned-budget.ts";
import { membershipOf } from "../plan/tolerance.ts";
import type { Executed } from "./convergence.ts";
import type { Absence, ResolvedEntry } from "./world.ts";

export interface Scene {
  readonly plan: Pick<Plan, "cluster">;
  /** What is in force already. */
  readonly active: readonly FaultEffect[];
  /** B so far. */
  readonly unsafe: ReadonlySet<Endpoint>;
  readonly standings: () => ReadonlyMap<Endpoint, Executed | null>;
}

/** Why it is not carried out; null where nobody looks, or nobody minds. */
export function guardedBy(
  { entry, effects, ordered }: ResolvedEntry,
  scene: Scene,
): Absence | null {
  const command = entry.operator?.command;
  if (command === null || command === undefined || command.guards.length === 0) return null;
  // Of the operator they see what his hand would do and what his order says: no name of an error.
  const action = { kind: entry.fault, effects, ordered };
  const state = stateFor(effects, scene);
  const refusals = guards
    .filter(({ name }) => command.guards.includes(name))
    .flatMap((guard) => {
      const why = guard.refusal(action, state);
      return why === null ? [] : [`${guard.name}: ${why}`];
    });
  return refusals.length === 0 ? null : { outcome: "prevented", evidence: refusals };
}

function stateFor(effects: readonly FaultEffect[], scene: Scene): ClusterState {
  const { plan, active, unsafe } = scene;
  const cluster = budgetCluster(plan.cluster);
  const unrecovered = unrecoveredOf(scene);
  const absent = unrecovered.map(
    (replica): FaultEffect => ({ on: "process", replica, condition: { kind: "down" } }),
  );
  const awayUnder = (all: readonly FaultEffect[], liars: ReadonlySet<Endpoint>): number => {
    const state = activeEffects(cluster);
    state.add(all);
    const { safety, unavailable } = budgetAt(cluster, state, liars);
    return safety.length + unavailable;
  };
  return {
    faultsMax: cluster.tolerates.crashed,
    unrecovered,
    away: {
      alone: awayUnder(effects, new Set()),
      after: awayUnder([...active, ...absent, ...effects], unsafe),
    },
  };
}

/**
 * Whoever is not active in the view that a quorum works in, or a checkpoint or more behind: what is
 * less comes by itself, without a transfer of state.
 */
function unrecoveredOf({ plan, standings }: Scene): readonly Endpoint[] {
  const seen = [...standings()];
  const answers = seen.flatMap(([, standing]) => standing ?? []);
  const view = liveView(answers, { ...membershipOf(plan.cluster), lying: 0 });
  const head = Math.max(0, ...answers.map(({ lastExec }) => lastExec));
  const { checkpointInterval } = plan.cluster.parameters;
  const hasRecovered = (standing: Executed | null) =>
    standing !== null &&
    standing.active &&
    standing.view === view &&
    head - standing.lastExec < checkpointInterval;
  return seen.flatMap(([replica, standing]) => (hasRecovered(standing) ? [] : [replica]));
}
