/** What Ted does to a cluster, and what his guards make of it, played in virtual time. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { operatorErrors } from "../../../faults/operator/registry.ts";
import type { Judgement } from "../../checkers/verdict/judgement.ts";
import { type PlannedScenario, planScenarios, runPlanned } from "../../run.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-operator-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const SCENARIOS = join(import.meta.dirname, "../../../scenarios/operator");

const planned = planScenarios({ paths: [SCENARIOS], driver: "simulation" });

async function judgementOf(one: (typeof planned)[number]): Promise<Judgement> {
  const options = { out: folder, mutantFolders: [], onProgress: () => {}, onAbort: () => {} };
  const { judged, harness } = await runPlanned(one, options);
  expect(harness).toEqual({ state: "ok" });
  if (judged === null) throw new Error("nothing was judged");
  return judged.judgement;
}

test("every error has a scenario of its own name", () => {
  const names = planned.map(({ plan }) => plan.scenario);
  expect(names).toEqual(expect.arrayContaining(operatorErrors.map(({ name }) => name)));
});

test.each(planned)("$plan.scenario comes out as expected, each deed proven", async (one) => {
  const { asExpected, faults } = await judgementOf(one);
  expect(asExpected).toBe(true);
  expect(faults.filter(({ outcome }) => outcome !== "installed")).toEqual([]);
});

interface Shift {
  readonly errors: string;
  readonly guards: string;
  readonly errorProbability?: string;
}

async function shift(asked: Shift): Promise<Judgement> {
  return judgementOf(shiftOf(asked));
}

function shiftOf({ errors, guards, errorProbability = "100%" }: Shift): PlannedScenario {
  const path = join(folder, "shift.yaml");
  const text = `apiVersion: bft-chaos/v1
kind: Scenario
metadata: { name: shift }
seed: 4
workload: { rate: 40/s, clients: 4, keys: 4 }
phases: { warmup: 500ms, faults: 18s, quiet: 15s }
faults:
  - name: ted
    fault: ted
    at: 500ms
    errors: [${errors}]
    guards: [${guards}]
    errorProbability: ${errorProbability}
expect: { verdict: PASS, shed: 100% }
`;
  writeFileSync(path, text);
  const [one] = planScenarios({ paths: [path], driver: "simulation" });
  if (one === undefined) throw new Error("there is one scenario");
  return one;
}

function outcomes({ faults }: Judgement): readonly string[] {
  return faults.map(({ outcome }) => outcome);
}

describe("wait-recovered", () => {
  const guards = "wait-recovered";

  test("stops a rolling restart that does not wait at its second replica", async () => {
    const judged = await shift({ errors: "rolling-restart-without-waiting", guards });
    const [first, second, third] = judged.faults;
    expect([first, second, third].map((fault) => fault?.outcome)).toEqual([
      "installed",
      "prevented",
      "prevented",
    ]);
    expect(second?.evidence).toEqual([
      "wait-recovered: 2 replicas would be away at once, with r0 not recovered; allowed: f=1",
    ]);
    expect(judged.verdict).toBe("PASS");
  });

  test("lets a rolling restart that waits pass, all of it", async () => {
    const errors = "rolling-restart-without-waiting";
    const judged = await shift({ errors, guards, errorProbability: "0%" });
    expect(outcomes(judged)).toEqual(["installed", "installed", "installed", "installed"]);
    expect(judged.verdict).toBe("PASS");
  });

  test("knows nothing of orders: a cable in the wrong direction is within f", async () => {
    expect(outcomes(await shift({ errors: "cable-in-the-wrong-direction", guards }))).toEqual([
      "installed",
    ]);
  });
});

describe("two-person", () => {
  const guards = "two-person";

  test.each(["wrong-cable", "cable-in-the-wrong-direction"])(
    "stops %s, and the run shows it",
    async (errors) => {
      const { faults, verdict } = await shift({ errors, guards });
      expect(faults).toMatchObject([{ outcome: "prevented", installedAtMs: null }]);
      expect(faults[0]?.evidence[0]).toMatch(/^two-person: the order says something else: /);
      expect(verdict).toBe("PASS");
    },
  );

  test.each(["wrong-cable", "cable-in-the-wrong-direction"])(
    "lets the approved work instead of %s pass",
    async (errors) => {
      const { faults, verdict } = await shift({ errors, guards, errorProbability: "0%" });
      expect(faults.map(({ outcome }) => outcome)).toEqual(["installed"]);
      expect(verdict).toBe("PASS");
    },
  );

  test("does not ask whether an order is wise", async () => {
    const judged = await shift({ errors: "generator-test", guards });
    expect(outcomes(judged)).toEqual(["installed", "installed"]);
    expect(judged.verdict).toBe("HALTED_SAFELY");
  });
});

/** What each guard stops of an error's wrong deeds; the README shows the same. */
const stopped: readonly (readonly [error: string, none: string, recovered: string, two: string])[] =
  [
    ["coffee-on-the-air-conditioning", "0 of 7", "0 of 7", "0 of 7"],
    ["tapes-overwritten", "0 of 1", "0 of 1", "1 of 1"],
    ["generator-test", "0 of 2", "1 of 2", "0 of 2"],
    ["goes-home", "0 of 1", "0 of 1", "0 of 1"],
    ["rolling-restart-without-waiting", "0 of 4", "2 of 4", "0 of 4"],
    ["cable-in-the-wrong-direction", "0 of 1", "0 of 1", "1 of 1"],
    ["wrong-cable", "0 of 1", "1 of 1", "1 of 1"],
    ["kills-what-eats-cpu", "0 of 3", "1 of 3", "0 of 3"],
    ["lunch", "0 of 1", "0 of 1", "0 of 1"],
  ];

test("every error stands in the table of guards", () => {
  expect(stopped.map(([error]) => error)).toEqual(operatorErrors.map(({ name }) => name));
});

test.each(stopped)("of %s no guard stops %s, wait-recovered %s, two-person %s", async (...row) => {
  const [errors, ...told] = row;
  const counts: string[] = [];
  for (const guards of ["", "wait-recovered", "two-person"]) {
    const planned = shiftOf({ errors, guards });
    const { faults } = await judgementOf(planned);
    const wrong = planned.plan.entries.flatMap(({ operator }, index) =>
      operator?.wrong === true ? [faults[index]?.outcome] : [],
    );
    const prevented = wrong.filter((outcome) => outcome === "prevented").length;
    counts.push(`${prevented} of ${wrong.length}`);
  }
  expect(counts).toEqual(told);
  const readme = readFileSync(join(SCENARIOS, "..", "..", "README.md"), "utf8");
  expect(readme).toContain(`| \`${errors}\` | ${told.slice(1).join(" | ")} |`);
});
