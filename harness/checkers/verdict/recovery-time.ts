/** Recovery: the time from the last heal to the next answer. */
import { isAnswer } from "../../observations/history.ts";
import type { HistoryEvent, Observations } from "../../observations/observations.ts";
import { endOfRun, longestStall, stalls } from "../windows.ts";

export interface Recovery {
  /** Null: nobody was answered after the last heal. */
  readonly ms: number | null;
  /** How long somebody had waited for it by then, or by the end of the run. */
  readonly waitedMs: number;
}

/** Null where nothing was healed, so that there was nothing to recover from. */
export function recoveryOf(observations: Observations): Recovery | null {
  const { history, ledger } = observations;
  const healed = ledger.flatMap((line) => (line.kind === "healed" ? [line.time] : []));
  if (healed.length === 0) return null;
  const from = healed.reduce((latest, time) => Math.max(latest, time));
  const answer = nextAnswer(history, from);
  const end = endOfRun(observations);
  // Until somebody asks there is nothing to wait for.
  const waited = longestStall(stalls(history, end), [{ from, to: answer ?? end }]);
  return { ms: answer === null ? null : (answer - from) / 1e6, waitedMs: waited.ns / 1e6 };
}

/** When the first operation was answered at or after a moment; null = never. */
export function nextAnswer(history: readonly HistoryEvent[], from: number): number | null {
  return history.find((event) => isAnswer(event) && event.time >= from)?.time ?? null;
}
