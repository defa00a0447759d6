/** Bugs that nothing shows but what the simulated world costs and bears (harness §7.5, §7.6). */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Plan } from "../../../plan/plan.ts";
import { planScenarios, runPlanned } from "../../../run.ts";

const canaries = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith(".yaml"))
  .map((file) => ({ file }));

let out: string;

beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), "bft-chaos-canaries-"));
});

afterEach(() => {
  rmSync(out, { recursive: true, force: true });
});

/** @returns the verdict, and what was broken */
async function played(file: string, changed: (plan: Plan) => Plan) {
  const paths = [join(import.meta.dirname, file)];
  const [one] = planScenarios({ paths, driver: "simulation", sets: [] });
  if (one === undefined) throw new Error("there is one scenario");
  const options = { out, mutantFolders: [], onProgress: () => {}, onAbort: () => {} };
  const { judged } = await runPlanned({ ...one, plan: changed(one.plan) }, options);
  if (judged === null) throw new Error("nothing was judged");
  const { verdict, checks, asExpected } = judged.judgement;
  const broken = checks.filter(({ outcome }) => outcome === "invalid").map(({ id }) => id);
  return { check: one.plan.expect.check, asExpected, verdict, broken };
}

function honest(plan: Plan): Plan {
  return { ...plan, cluster: { ...plan.cluster, mutant: null } };
}

describe.each(canaries)("$file", ({ file }) => {
  test("the planted bug comes to the verdict that the file expects, by the check", async () => {
    const { check, asExpected } = await played(file, (plan) => plan);
    expect(check).not.toBeNull();
    expect(asExpected).toBe(true);
  });

  test("the honest code keeps every promise", async () => {
    expect(await played(file, honest)).toMatchObject({ verdict: "PASS", broken: [] });
  });
});

test("where work costs nothing nobody sees that repeats have no limit", async () => {
  const { verdict } = await played("unlimited-repeats.yaml", ({ simulation, ...plan }) => {
    if (simulation === undefined) return plan;
    const { costs: _, ...costless } = simulation;
    return { ...plan, simulation: costless };
  });
  expect(verdict).toBe("PASS");
});
