/** Availability: the share of the time under load in which operations were answered. */
import { endOfRun, stalls } from "../../checkers/windows.ts";
import type { Observations } from "../../observations/observations.ts";

/**
 * Somebody waits and nobody is answered: for so long it is latency, from then on all of it was time
 * without service. Longer than any delay that a scenario puts on a link and a client still calls
 * slow, shorter than any view change.
 */
export const OUTAGE_MIN_MS = 250;

/** From the end of the warm-up until the load went off for good; null if there was no such time. */
export function availabilityOf(observations: Observations): number | null {
  const { ledger, history } = observations;
  const end = endOfRun(observations);
  const faults = ledger.find((line) => line.kind === "phase" && line.phase === "faults");
  const off = ledger.findLast((line) => line.kind === "load" && !line.on);
  const [from, to] = [faults?.time ?? end, Math.min(off?.time ?? end, end)];
  if (to <= from) return null;
  const lost = stalls(history, end)
    .map((stall) => Math.min(stall.to, to) - Math.max(stall.from, from))
    .filter((length) => length >= OUTAGE_MIN_MS * 1e6)
    .reduce((sum, length) => sum + length, 0);
  return 1 - lost / (to - from);
}
