/** The smoke suite and the liars' scenarios, in virtual time, on every protocol that they fit. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { misfit } from "../../../faults/byzantine/behaviour.ts";
import { behaviourNamed } from "../../../faults/byzantine/registry.ts";
import { protocols } from "../../../nodes/registry.ts";
import { planScenarios, runPlanned } from "../../run.ts";

const SCENARIOS = join(import.meta.dirname, "../../../scenarios");

let out: string;

beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), "bft-chaos-smoke-"));
});

afterEach(() => {
  rmSync(out, { recursive: true, force: true });
});

const replicated = protocols.filter(({ replicasFor }) => replicasFor(1) > 1);

/** Where there are views to lie about. */
const liedIn = replicated.filter(
  ({ name }) => misfit(behaviourNamed("two-view-changes"), name) === null,
);

const suites = [
  ...replicated.map(({ name }) => ({ suite: "smoke", name, least: 10 })),
  ...liedIn.map(({ name }) => ({ suite: "byzantine", name, least: 9 })),
];

describe.each(suites)("$suite on $name", ({ suite, name, least }) => {
  const sets = [`cluster.protocol=${name}`];
  const planned = planScenarios({ paths: [join(SCENARIOS, suite)], driver: "simulation", sets });

  test.each(planned)("$plan.scenario comes out as expected, each fault proven", async (one) => {
    const options = { out, mutantFolders: [], onProgress: () => {}, onAbort: () => {} };
    const { judged, harness } = await runPlanned(one, options);
    expect(harness).toEqual({ state: "ok" });
    expect(judged?.judgement.verdict).toBe(one.plan.expect.verdict);
    expect(judged?.judgement.asExpected).toBe(true);
    const outcomes = judged?.judgement.faults.map(({ name, outcome }) => [name, outcome]) ?? [];
    // A lie that the protocol leaves no room for is said to be none, and nothing else is.
    const owed = one.plan.entries.map(({ name, notApplicable }) => [
      name,
      notApplicable === undefined ? "installed" : "not-applicable",
    ]);
    expect(Object.fromEntries(outcomes)).toEqual(Object.fromEntries(owed));
  });

  test("there are as many of them as there should be", () => {
    expect(planned.length).toBeGreaterThanOrEqual(least);
  });
});
