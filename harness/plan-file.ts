/** A plan as a file by itself: what `explore` and `shrink` leave, and `run` plays again. */
import { readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import type { Plan } from "./plan/plan.ts";
import { ScenarioError } from "./scenario/scenario.ts";

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

const plan = z.custom<Plan>((value) => shape.safeParse(value).success);

/** Of a scenario it is told by its name. */
export function isPlanFile(path: string): boolean {
  return path.endsWith(".json");
}

/** @throws ScenarioError if there is no plan in it */
export function readPlanFile(path: string): Plan {
  const bad = (message: string, cause?: unknown) =>
    new ScenarioError([{ where: path, path: "", message: `no plan: ${message}` }], { cause });
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw bad(error instanceof Error ? error.message : String(error), error);
  }
  const parsed = plan.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = shape.safeParse(value).error;
  throw bad(issues === undefined ? "of another kind" : complaint(issues));
}

/** One line: `seed: expected number, received undefined; ...`. */
function complaint({ issues }: z.ZodError): string {
  return issues
    .map(({ path, message }) => {
      const what = message.replace(/^Invalid input: /, "");
      return path.length === 0 ? what : `${path.join(".")}: ${what}`;
    })
    .join("; ");
}

export function writePlanFile(path: string, whole: Plan): void {
  writeFileSync(path, `${JSON.stringify(whole, null, 2)}\n`);
}
