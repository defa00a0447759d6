/** The view whose leader is meant by `primary` and `backup#k`, for real replicas that take time. */
import type { Endpoint } from "../../../faults/fault.ts";
import type { PlanEntry } from "../../plan/plan.ts";
import { type Probe, waitFor } from "../clock.ts";
import { DriverError } from "../driver.ts";
import { prevailingView } from "../leader.ts";
import type { RunLog } from "../run-log.ts";
import type { Sightings } from "./sightings.ts";

export interface ViewContext {
  readonly replicas: readonly Endpoint[];
  readonly sightings: Sightings;
  readonly log: RunLog;
}

const VIEW_DEADLINE_MS = 1_000;

/** Waits for a majority only where the answer matters. */
export async function viewFor(entry: PlanEntry, context: ViewContext): Promise<number> {
  const symbolic = /"(primary|backup#\d+)"/.test(JSON.stringify(entry.resolved));
  return symbolic ? settledView(context) : 0;
}

/** The view that a majority is active in; after a second without one, the best guess. */
async function settledView({ replicas, sightings, log }: ViewContext): Promise<number> {
  const look = (): Probe<number> => {
    const { view, replicas: active } = prevailingView(sightings.statuses(replicas));
    return active * 2 > replicas.length ? { found: view } : { saw: `${active} in view ${view}` };
  };
  try {
    return await waitFor(look, { what: "a majority in one view", deadlineMs: VIEW_DEADLINE_MS });
  } catch (error) {
    if (!(error instanceof DriverError) || error.code !== "TIMEOUT") throw error;
    const { view } = prevailingView(sightings.statuses(replicas));
    log.note("symbolic target", `${error.message}; taken as view ${view}`);
    return view;
  }
}
