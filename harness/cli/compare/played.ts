/** The runs of a comparison, put together again: pairs, scenarios, figures. */
import {
  type ComparedRun,
  type ComparedScenario,
  figureRows,
  type Pair,
} from "../../reports/comparison/comparison.ts";
import type { PlannedPair, Turn } from "./pairs.ts";

export interface Played extends Turn {
  readonly run: ComparedRun;
}

/** Scenarios in the order of their first pair; a run that did not take place is null. */
export function playedScenarios(
  planned: readonly PlannedPair[],
  runs: readonly Played[],
): readonly ComparedScenario[] {
  const files = Map.groupBy(planned, ({ first }) => first.file);
  return [...files].map(([file, group]) => {
    const pairs = group.map((pair) => playedPair(pair, runs));
    const { scenario, seed } = group[0]?.first.plan ?? { scenario: file, seed: 0 };
    const notes = [...new Set(group.flatMap((pair) => pair.notes))];
    const isLoadAlike = group.every((pair) => pair.isLoadAlike);
    return { scenario, file, notes, pairs, figures: figureRows(pairs, { seed, isLoadAlike }) };
  });
}

function playedPair(pair: PlannedPair, runs: readonly Played[]): Pair {
  const ofPair = runs.filter((played) => played.pair === pair);
  const runOf = (side: Turn["side"]) => ofPair.find((played) => played.side === side)?.run ?? null;
  const { repetition, first } = pair;
  return { repetition, seed: first.plan.seed, first: runOf("first"), second: runOf("second") };
}
