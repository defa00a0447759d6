/** `primary` and `backup#k` get their answers at injection, from what the replicas say then. */
import type { Endpoint, FaultEffect, InjectionContext } from "../../../faults/fault.ts";
import { faults } from "../../../faults/registry.ts";
import type { PlanEntry } from "../../plan/plan.ts";
import { type Probe, waitFor } from "../clock.ts";
import { DriverError } from "../driver.ts";
import type { RunLog } from "../run-log.ts";
import { prevailingView, type Sightings } from "./sightings.ts";

export interface TargetContext {
  readonly replicas: readonly Endpoint[];
  readonly clients: readonly Endpoint[];
  readonly sightings: Sightings;
  readonly log: RunLog;
}

export interface ResolvedTargets {
  readonly targets: Readonly<Record<string, string>>;
  readonly effects: readonly FaultEffect[];
}

const VIEW_DEADLINE_MS = 1_000;

export async function resolveTargets(
  entry: PlanEntry,
  context: TargetContext,
): Promise<ResolvedTargets> {
  const definition = faults.find(({ kind }) => kind === entry.fault);
  if (!definition) throw new DriverError("FAULT", `no fault is registered as ${entry.fault}`);
  const { replicas, clients } = context;
  const symbolic = /"(primary|backup#\d+)"/.test(JSON.stringify(entry.resolved));
  const view = symbolic ? await settledView(context) : 0;
  const primary = replicas[view % replicas.length] ?? "r0";
  const targets: Record<string, string> = {};
  const injection: InjectionContext = {
    replicas,
    clients,
    resolve(target) {
      const endpoint = endpointOf(target, replicas, primary);
      if (endpoint !== target) targets[target] = endpoint;
      return endpoint;
    },
  };
  return { effects: definition.effects(entry.resolved, injection), targets };
}

/** The view that a majority is active in; after a second without one, the best guess. */
async function settledView({ replicas, sightings, log }: TargetContext): Promise<number> {
  const look = (): Probe<number> => {
    const { view, replicas: active } = prevailingView(sightings, replicas);
    return active * 2 > replicas.length ? { found: view } : { saw: `${active} in view ${view}` };
  };
  try {
    return await waitFor(look, { what: "a majority in one view", deadlineMs: VIEW_DEADLINE_MS });
  } catch (error) {
    if (!(error instanceof DriverError) || error.code !== "TIMEOUT") throw error;
    const { view } = prevailingView(sightings, replicas);
    log.note("symbolic target", `${error.message}; taken as view ${view}`);
    return view;
  }
}

function endpointOf(target: string, replicas: readonly Endpoint[], primary: Endpoint): Endpoint {
  if (target === "primary") return primary;
  const rank = /^backup#(\d+)$/.exec(target)?.[1];
  if (rank === undefined) return target;
  const backups = replicas.filter((replica) => replica !== primary);
  const backup = backups[Number(rank)];
  if (backup) return backup;
  throw new DriverError("TARGET", `there are ${backups.length} backups, so no ${target}`);
}
