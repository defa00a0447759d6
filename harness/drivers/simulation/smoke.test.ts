/** The smoke suite and the liars' scenarios, in virtual time, on every protocol that they fit. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bearsFaults } from "../../../nodes/protocols/contract/protocol.ts";
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

/** Of scenarios. */
const LEAST = { smoke: 10, byzantine: 14 };

const suites = protocols.filter(bearsFaults).flatMap(({ name }) => [
  { suite: "smoke", name, least: LEAST.smoke },
  { suite: "byzantine", name, least: LEAST.byzantine },
]);

/** Scenarios of a lie that one protocol alone leaves room for. */
const ONLY_IN: Readonly<Record<string, string>> = { "spoilt-vouches": "pbft-mac-proof" };

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
    const only = ONLY_IN[one.plan.scenario] ?? name;
    const owed = one.plan.entries.map(({ name: fault, fault: kind }) => [
      fault,
      kind === "byzantine" && only !== name ? "not-applicable" : "installed",
    ]);
    expect(Object.fromEntries(outcomes)).toEqual(Object.fromEntries(owed));
  });

  test("there are as many of them as there should be", () => {
    expect(planned.length).toBeGreaterThanOrEqual(least);
  });
});
