/**
 * Shed: arrivals of the workload that were never sent, because no client was free before the load
 * was switched off. A closed loop sheds nothing.
 */
import type { Observations } from "../../observations/observations.ts";
import { type Lived, livedOperations } from "../windows.ts";

export interface Load {
  /** What was sent; the final reads are the harness's own. */
  readonly sent: readonly Lived[];
  readonly shed: number;
  /** sent + shed */
  readonly arrivals: number;
}

export function loadOf({ history, workload: { shed } }: Observations): Load {
  const sent = livedOperations(history).filter(({ invoke }) => invoke.final !== true);
  return { sent, shed, arrivals: sent.length + shed };
}

/** Why a verdict would be about another load than the scenario's; null = it was delivered. */
export function undelivered(observations: Observations): string | null {
  const { shed, arrivals } = loadOf(observations);
  const { shedMax = 1 } = observations.plan.expect;
  if (shed === 0 || shed <= shedMax * arrivals) return null;
  const counts = `${shed} of ${arrivals} arrivals (${percentage(shed / arrivals)})`;
  return `the load was not delivered: ${counts} were shed, expect.shed allows ${percentage(shedMax)}`;
}

function percentage(fraction: number): string {
  return `${Number((fraction * 100).toFixed(1))}%`;
}
