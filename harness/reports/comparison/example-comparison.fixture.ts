/** Comparisons that could have been, for the tests of their pages. */
import {
  type ComparedRun,
  type ComparedScenario,
  type Comparison,
  figureRows,
  type Pair,
} from "./comparison.ts";
import { FIGURE_NAMES, type Figures } from "./figures.ts";

export function figuresWith(given: Partial<Figures> = {}): Figures {
  const none = Object.fromEntries(FIGURE_NAMES.map((name) => [name, null]));
  return { ...(none as Figures), availability: 1, ...given };
}

export function comparedRun(given: Partial<ComparedRun> = {}): ComparedRun {
  return {
    harness: { state: "ok" },
    verdict: "PASS",
    expected: "PASS",
    asExpected: true,
    text: "Nothing broke.",
    mutant: null,
    figures: figuresWith(),
    directory: "first/primary-paused/20261129T090000Z-1",
    ...given,
  };
}

/** One pair for each two values of p50, the first side's before the second's. */
export function pairsOf(p50s: readonly (readonly [first: number, second: number])[]): Pair[] {
  return p50s.map(([one, other], index) => ({
    repetition: index + 1,
    seed: 7 + index,
    first: comparedRun({ figures: figuresWith({ p50Ms: one }) }),
    second: comparedRun({ figures: figuresWith({ p50Ms: other }) }),
  }));
}

export function comparedScenario(given: Partial<ComparedScenario> = {}): ComparedScenario {
  const pairs = given.pairs ?? pairsOf([[2, 3]]);
  return {
    scenario: "primary-paused",
    file: "scenarios/smoke/primary-paused.yaml",
    notes: [],
    pairs,
    figures: figureRows(pairs, { seed: 1, isLoadAlike: true }),
    ...given,
  };
}

export function exampleComparison(given: Partial<Comparison> = {}): Comparison {
  return {
    format: 1,
    id: "7f3a91c2",
    startedAt: "2026-11-29T09:00:00.000Z",
    driver: "local",
    sides: {
      first: { name: "pbft-sig", sets: ["cluster.protocol=pbft-sig"] },
      second: { name: "unreplicated", sets: ["cluster.protocol=unreplicated"] },
    },
    repeat: 1,
    scenarios: [comparedScenario()],
    stopped: null,
    exitCode: 0,
    host: { cpus: 2, cpu: "example CPU" },
    versions: { "bft-chaos": "0.1.0" },
    rerun: "npx bft-chaos compare --vary cluster.protocol=pbft-sig,unreplicated some.yaml",
    ...given,
  };
}
