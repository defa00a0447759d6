/** Recovery: the time from the last heal to the next answer. */
import { isAnswer } from "../observations/history.ts";
import type { HistoryEvent, Observations } from "../observations/observations.ts";
import { endOfRun, livedOperations } from "./windows.ts";

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
  if (answer !== null) return { ms: (answer - from) / 1e6, waitedMs: (answer - from) / 1e6 };
  const end = endOfRun(observations);
  const waits = livedOperations(history)
    .filter(({ givenUp }) => givenUp > from)
    .map(({ invoke, givenUp }) => Math.min(end, givenUp) - Math.max(from, invoke.time));
  return { ms: null, waitedMs: waits.reduce((longest, ns) => Math.max(longest, ns), 0) / 1e6 };
}

/** When the first operation was answered at or after a moment; null = never. */
export function nextAnswer(history: readonly HistoryEvent[], from: number): number | null {
  return history.find((event) => isAnswer(event) && event.time >= from)?.time ?? null;
}
