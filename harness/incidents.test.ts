/**
 * The incidents of scenarios/incidents, in virtual time: as they were, and with the mechanism that
 * each of them is about taken out, or replaced by its nearest neighbour. A figure must tell the two
 * apart, else the mechanism is not there.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Judgement } from "./checkers/verdict/judgement.ts";
import { type PlannedScenario, planScenarios, runPlanned } from "./run.ts";

const INCIDENTS = join(import.meta.dirname, "..", "scenarios", "incidents");

interface Telling {
  readonly figure: string;
  /** What makes of it a fault as large, without the mechanism; left out = it is taken out. */
  readonly instead?: readonly string[];
  /** With the mechanism and without it. */
  readonly differs: (there: Judgement, gone: Judgement) => void;
}

const telling: Readonly<Record<string, Telling>> = {
  "one-link-of-the-leader": {
    figure: "time without redundancy",
    differs(there, gone) {
      expect(there.redundancyLostMs).toBeGreaterThan(5_000);
      expect(gone.redundancyLostMs).toBe(0);
      expect(there.outageMs).toBeLessThan(1_000);
    },
  },
  "forty-three-seconds": {
    figure: "outage",
    // One side has a quorum.
    instead: ["faults.0.groups.0=[r0]", "faults.0.groups.1=[r1, r2, r3]"],
    differs(there, gone) {
      expect(there.outageMs).toBeGreaterThan(4_000);
      expect(gone.outageMs).toBeLessThan(2_000);
    },
  },
  "one-too-many-removed": {
    figure: "verdict",
    differs(there, gone) {
      expect([there.verdict, gone.verdict]).toEqual(["HALTED_SAFELY", "PASS"]);
    },
  },
  "slow-leader": {
    figure: "p99",
    // Another replica is as slow.
    instead: ["faults.0.from=r2"],
    differs(there, gone) {
      expect(there.latencyMs?.p99).toBeGreaterThan(150);
      expect(gone.latencyMs?.p99).toBeLessThan(50);
    },
  },
  "two-of-the-same-leader": {
    figure: "view changes",
    // Somebody else would say two things, and has nothing to say.
    instead: ["faults.0.target=r2"],
    differs(there, gone) {
      expect(there.views.changes).toBeGreaterThan(0);
      expect(gone.views.changes).toBe(0);
    },
  },
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-incidents-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function judgementOf(planned: PlannedScenario): Promise<Judgement> {
  const options = { out: folder, mutantFolders: [], onProgress: () => {}, onAbort: () => {} };
  const { judged, harness } = await runPlanned(planned, options);
  expect(harness).toEqual({ state: "ok" });
  if (judged === null) throw new Error("nothing was judged");
  return judged.judgement;
}

function withoutMechanism(planned: PlannedScenario): PlannedScenario {
  const { instead } = telling[planned.plan.scenario] ?? {};
  if (instead !== undefined) {
    const [other] = planScenarios({ paths: [planned.file], driver: "simulation", sets: instead });
    if (other !== undefined) return other;
  }
  const { mechanism } = planned.plan.labels;
  const entries = planned.plan.entries.filter(({ name }) => name !== mechanism);
  expect(entries.length, `the fault ${mechanism} is there`).toBeLessThan(
    planned.plan.entries.length,
  );
  return { ...planned, plan: { ...planned.plan, entries } };
}

const all = planScenarios({ paths: [INCIDENTS], driver: "simulation" });

test("every incident has a figure that tells its mechanism", () => {
  expect(all.map(({ plan }) => plan.scenario).toSorted()).toEqual(Object.keys(telling).toSorted());
});

describe.each(all.map((one) => [one.plan.scenario, one] as const))("%s", (name, one) => {
  test("says where it comes from, what is modelled and what is not", () => {
    const text = readFileSync(one.file, "utf8").replaceAll(/\n# ?/g, " ");
    expect(text).toMatch(/\b(?:19|20)\d\d \(/);
    for (const word of ["Mechanism: ", "Modelled: ", "Not modelled: "])
      expect(text).toContain(word);
    expect(one.plan.labels["incident"]).toMatch(/^I-\d\d$/);
  });

  test(`comes out as expected; its ${telling[name]?.figure} tells the mechanism`, async () => {
    const there = await judgementOf(one);
    expect(there.asExpected).toBe(true);
    telling[name]?.differs(there, await judgementOf(withoutMechanism(one)));
  });
});
