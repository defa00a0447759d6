/** Nights that could have been, for the tests of their page. */
import type { ExplorationStep, Night, RunStep } from "./night.ts";

export function explorationStep(fields: Partial<ExplorationStep> = {}): ExplorationStep {
  return {
    kind: "exploration",
    source: "exploration",
    key: "explore pbft-sig from seed 7",
    tookMs: 10_000,
    protocol: "pbft-sig",
    firstSeed: 7,
    totals: {
      seeds: 80,
      operations: 4_000,
      unknown: 12,
      viewChanges: 200,
      seedsWithViewChange: 60,
      stateTransfers: 11,
      crashes: 90,
      powerCuts: 8,
      totalOutages: 9,
      steps: 1_000_000,
      virtualMs: 900_000,
    },
    failures: [],
    ...fields,
  };
}

export function runStep(fields: Partial<RunStep> = {}): RunStep {
  return {
    kind: "run",
    source: "suites",
    key: "scenarios/smoke/no-fault.yaml",
    tookMs: 12_000,
    suite: "smoke",
    scenario: "no-fault",
    seed: 1,
    mutant: null,
    faults: [],
    verdict: "PASS",
    expected: "PASS",
    asExpected: true,
    text: "Every promise was kept.",
    broken: [],
    harness: { state: "ok" },
    operations: 1_234,
    p99Ms: 12.3,
    outageMs: 20,
    rerun: "npx bft-chaos run scenarios/smoke/no-fault.yaml --driver local --seed 1",
    kept: null,
    ...fields,
  };
}

export function exampleNight(fields: Partial<Night> = {}): Night {
  return {
    format: 1,
    id: "7f3a91c2",
    seed: 7,
    budgetMs: 1_200_000,
    mutant: null,
    mutantFolders: [],
    paths: ["scenarios"],
    startedAt: "2026-11-28T23:00:00.000Z",
    sessions: 1,
    spentMs: 1_190_000,
    state: "over",
    why: null,
    owner: "1-2-3",
    steps: [explorationStep(), runStep()],
    current: null,
    notRun: [],
    exitCode: 0,
    host: { cpu: "example CPU", cpus: 2 },
    versions: { "bft-chaos": "0.1.0" },
    rerun: "npx bft-chaos nightly --budget 1200s --seed 7",
    ...fields,
  };
}
