/** The smoke suite, in virtual time, on every protocol that replicates. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { protocols } from "../../../nodes/registry.ts";
import { planScenarios, runPlanned } from "../../run.ts";

const SCENARIOS = join(import.meta.dirname, "../../../scenarios/smoke");

let out: string;

beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), "bft-chaos-smoke-"));
});

afterEach(() => {
  rmSync(out, { recursive: true, force: true });
});

const replicated = protocols.filter(({ replicasFor }) => replicasFor(1) > 1);

describe.each(replicated)("$name", ({ name }) => {
  const sets = [`cluster.protocol=${name}`];
  const planned = planScenarios({ paths: [SCENARIOS], driver: "simulation", sets });

  test.each(planned)("$plan.scenario comes out as expected, each fault proven", async (one) => {
    const options = { out, mutantFolders: [], onProgress: () => {}, onAbort: () => {} };
    const { judged, harness } = await runPlanned(one, options);
    expect(harness).toEqual({ state: "ok" });
    expect(judged?.judgement.verdict).toBe(one.plan.expect.verdict);
    expect(judged?.judgement.asExpected).toBe(true);
    const outcomes = judged?.judgement.faults.map(({ outcome }) => outcome) ?? [];
    expect(outcomes.filter((outcome) => outcome !== "installed")).toEqual([]);
  });

  test("there are at least ten of them", () => {
    expect(planned.length).toBeGreaterThanOrEqual(10);
  });
});
