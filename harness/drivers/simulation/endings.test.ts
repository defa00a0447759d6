import { expect, test } from "vitest";
import type { Protocol } from "../../../nodes/protocols/contract/protocol.ts";
import { brokenPromises } from "../../cli/explore-oracle.ts";
import type { Plan } from "../../plan/plan.ts";
import { inputsMax } from "./endings.ts";
import { honest } from "./explore.fixture.ts";
import { drawnPlan, judgePlan } from "./explore.ts";

const HONEST = { ...honest(), signatures: "fast", judge: brokenPromises } as const;
const PLAN: Plan = { ...drawnPlan(1, { ...HONEST, faults: 1 }), entries: [] };

test("a drawn quiet phase is the recovery bound, what had doubled before, and the rest", () => {
  for (const seed of [1, 2, 3, 4]) {
    const { phases, recoveryBound, cluster, ending } = drawnPlan(seed, HONEST);
    const grown = phases.faultsMs * 2 ** cluster.parameters.faultsMax;
    const restMs = ending?.restMs ?? 0;
    expect(phases.quietMs).toBe(Math.ceil(recoveryBound.totalMs + grown + restMs));
  }
});

/** One replica is deaf from the middle of the faults phase on, until so long after its end. */
function deafFor(protocol: Protocol, { phases }: Plan, extraMs: number): Protocol {
  return {
    ...protocol,
    createReplica: (options: Parameters<typeof protocol.createReplica>[0]) => {
      const core = protocol.createReplica(options);
      const isDeaf = (now: number) =>
        options.id === 3 && now > phases.faultsMs / 2 && now < phases.faultsMs + extraMs;
      const step: typeof core.step = (input, now, effects) => {
        if (input.kind !== "frame" || !isDeaf(now)) core.step(input, now, effects);
      };
      const status = () => core.status();
      return { step, status, queues: () => ({}), stateDigest: () => core.stateDigest() };
    },
  };
}

/** As long as the quiet phase was before it followed from what is owed. */
function asBefore(plan: Plan): Plan {
  return { ...plan, phases: { ...plan.phases, quietMs: 3 * plan.phases.quietMs } };
}

test("who catches up only after what is owed is told, and once was not", () => {
  const { protocol, service, judge } = HONEST;
  const slow = deafFor(protocol, PLAN, 1.5 * PLAN.phases.quietMs);
  const checksOf = (plan: Plan) =>
    judgePlan(plan, { protocol: slow, service, judge }).broken.map(({ check }) => check);
  expect(checksOf(PLAN)).toContain("convergence");
  expect(checksOf(asBefore(PLAN))).not.toContain("convergence");
});

test("the bound on work follows from the plan, and is a fraction of the constants of before", () => {
  const operations = 60;
  const nowMs = PLAN.phases.faultsMs + PLAN.phases.quietMs;
  const before = 400_000 + 1_000 * operations + 40 * nowMs;
  expect(inputsMax(PLAN, { operations, nowMs })).toBeLessThan(before / 5);
  const longer = { operations, nowMs: 2 * nowMs };
  expect(inputsMax(PLAN, longer)).toBeGreaterThan(inputsMax(PLAN, { operations, nowMs }));
  const more = { operations: 2 * operations, nowMs };
  expect(inputsMax(PLAN, more)).toBeGreaterThan(inputsMax(PLAN, { operations, nowMs }));
});
