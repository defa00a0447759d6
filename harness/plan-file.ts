/** A plan as a file by itself: what `explore` and `shrink` leave, and `run` plays again. */
import { writeFileSync } from "node:fs";
import { z } from "zod";
import { parsedAs, readJson } from "./kept-file.ts";
import type { Plan } from "./plan/plan.ts";

/** Enough to tell it from any other file; what else is wrong in it shows when it is played. */
const shape = z.looseObject({
  version: z.literal(1),
  scenario: z.string().regex(/^[\w.-]{1,100}$/, "a name: letters, digits and hyphens"),
  seed: z.int(),
  cluster: z.looseObject({
    protocol: z.string(),
    mutant: z.string().nullable(),
    service: z.looseObject({ name: z.string() }),
    parameters: z.looseObject({ replicas: z.int(), timers: z.looseObject({}) }),
  }),
  workload: z.looseObject({ executor: z.string(), clients: z.int(), keys: z.int() }),
  phases: z.strictObject({ warmupMs: z.number(), faultsMs: z.number(), quietMs: z.number() }),
  entries: z.array(z.looseObject({ id: z.string(), fault: z.string(), atMs: z.number() })),
  expect: z.looseObject({ verdict: z.string() }),
  recoveryBound: z.looseObject({ totalMs: z.number() }),
});

/** Of a scenario it is told by its name. */
export function isPlanFile(path: string): boolean {
  return path.endsWith(".json");
}

const WHOLE = "no plan; `explore` and `shrink` keep such, and plan.json of a run store is one";

/** What the shape leaves out shows when it is played. */
const plan = z.custom<Plan>();

/** @throws ScenarioError if there is no plan in it */
export function readPlanFile(path: string): Plan {
  const value = readJson(path);
  parsedAs(shape, value, { where: path, whole: WHOLE });
  return plan.parse(value);
}

export function writePlanFile(path: string, whole: Plan): void {
  writeFileSync(path, `${JSON.stringify(whole, null, 2)}\n`);
}
