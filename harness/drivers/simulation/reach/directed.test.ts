/** What nothing that was drawn comes to, somebody came to by hand: with it the rules hold as well. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Observations } from "../../../observations/observations.ts";
import { planScenarios, runPlanned } from "../../../run.ts";
import { type Directed, directed } from "./directed.fixture.ts";
import { goals } from "./registry.ts";

const FOLDER = join(import.meta.dirname, "directed");
/** A change of what is sent moves every delay after it: other wires are tried then. */
const SEEDS = [1, 2, 3, 4, 5];

let out: string;

beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), "bft-chaos-directed-"));
});

afterEach(() => {
  rmSync(out, { recursive: true, force: true });
});

function goalsSeenBy({ plan, audits, history }: Observations): readonly string[] {
  const cluster = { ...plan.cluster.parameters, clusterId: plan.scenario };
  const evidence = { cluster, logs: [...audits.values()], history, kills: [] };
  return goals.filter((goal) => goal.isSeenIn(evidence)).map(({ name }) => name);
}

/** @returns what honest replicas came to, in a run that came out as its file expects */
async function seenIn({ scenario }: Directed, name: string, seed: number) {
  const paths = [join(FOLDER, `${scenario}.yaml`)];
  const sets = [`cluster.protocol=${name}`];
  const [one] = planScenarios({ paths, driver: "simulation", seed, sets });
  if (one === undefined) throw new Error("there is one scenario");
  const options = { out, mutantFolders: [], onProgress: () => {}, onAbort: () => {} };
  const { judged, harness } = await runPlanned(one, options);
  expect(harness).toEqual({ state: "ok" });
  if (judged === null) throw new Error("nothing was judged");
  const { verdict, asExpected, checks } = judged.judgement;
  expect([verdict, asExpected]).toEqual([one.plan.expect.verdict, true]);
  expect(checks.filter(({ outcome }) => outcome === "invalid")).toEqual([]);
  return goalsSeenBy(judged.observations);
}

const runs = directed.flatMap((each) => each.on.map((name) => ({ ...each, name })));

describe("a directed scenario comes to its goals, comes out as expected, and breaks no promise", () => {
  test.each(runs)("$scenario on $name: $goals", async (each) => {
    for (const seed of SEEDS) {
      const seen = await seenIn(each, each.name, seed);
      if (each.goals.every((goal) => seen.includes(goal))) return;
    }
    expect.fail(`none of the seeds ${SEEDS.join()} came to all of them`);
  });
});

test("every directed scenario is played", () => {
  const files = directed.map(({ scenario }) => `${scenario}.yaml`);
  expect(readdirSync(FOLDER).toSorted()).toEqual(files.toSorted());
});
