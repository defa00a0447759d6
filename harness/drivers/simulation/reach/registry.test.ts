/** Each goal was come to at least once: the plans that did are kept as they were drawn. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { brokenPromises } from "../../../cli/explore-oracle.ts";
import type { Plan } from "../../../plan/plan.ts";
import { usualSimulation } from "../../../plan/simulation.ts";
import { readPlanFile } from "../../../plan-file.ts";
import { drawPlan } from "../draw-plan.ts";
import { honest } from "../explore.fixture.ts";
import { judgePlan } from "../explore.ts";
import { goalsSeenIn } from "../tally.ts";
import { goals } from "./registry.ts";

const folder = join(import.meta.dirname, "seen");

interface Kept {
  readonly goal: string;
  readonly protocol: string;
}

const wanted: readonly Kept[] = goals.flatMap(({ name, protocols }) =>
  protocols.map((protocol) => ({ goal: name, protocol })),
);

function fileOf({ goal, protocol }: Kept): string {
  return `${goal}.${protocol}.json`;
}

function judged(plan: Plan, name: string): ReturnType<typeof judgePlan> {
  return judgePlan(plan, { ...honest(name), judge: brokenPromises });
}

test("every goal of every protocol has its plan, and nothing else is kept", () => {
  expect(readdirSync(folder).toSorted()).toEqual(wanted.map(fileOf).toSorted());
});

/** A change of what is sent moves every delay after it: so many other wires are tried then. */
const WIRES_MAX = 40;

describe("good replicas come to it in the plan that is kept, and no promise is broken", () => {
  test.each(wanted)("$goal, $protocol", (kept) => {
    const plan = readPlanFile(join(folder, fileOf(kept)));
    const seen = Array.from({ length: WIRES_MAX }, (_, wire) => plan.seed + wire).some((seed) => {
      const { played, broken } = judged({ ...plan, seed }, kept.protocol);
      expect(broken, `seed ${seed}`).toEqual([]);
      return goalsSeenIn(played.observations, goals).some(({ name }) => name === kept.goal);
    });
    expect(seen).toBe(true);
  });
});

test.each([...new Set(wanted.map(({ protocol }) => protocol))])(
  "where nothing fails %s comes to none of them, but for requests that others vouch for",
  (name) => {
    const { protocol, service } = honest(name);
    const { simulation = usualSimulation, ...drawn } = drawPlan(17, protocol, service);
    const network = { ...simulation.network, loss: 0, duplication: 0, delayMaxMs: 3 };
    const quiet = { ...drawn, entries: [], simulation: { ...simulation, network, calm: network } };
    // The client's own message may come behind the PRE-PREPARE.
    const { played, broken } = judged(quiet, name);
    expect(broken).toEqual([]);
    const seen = goalsSeenIn(played.observations, goals).map(({ name: goal }) => goal);
    expect(seen.filter((goal) => goal !== "believed-on-prepares")).toEqual([]);
  },
);
