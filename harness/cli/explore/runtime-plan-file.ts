/** A plan of the runtime as a file by itself: what `explore` leaves and `replay` plays again. */
import { writeFileSync } from "node:fs";
import { z } from "zod";
import { type RuntimePlan, runtimePlan } from "../../drivers/runtime-exploration/runtime-plan.ts";
import { isOfRuntime, RUNTIME_PART } from "../../input-kind.ts";
import { parsedAs, readJson } from "../../kept-file.ts";

const WHOLE =
  "no plan of the runtime; `explore --part runtime` keeps such, shrink makes them small";
const shape = z.strictObject({
  version: z.literal(1),
  part: z.literal(RUNTIME_PART),
  mutant: z.string().nullable(),
  plan: runtimePlan,
});

export interface KeptRuntimePlan {
  /** The planted bug that it was played with. */
  readonly mutant: string | null;
  readonly plan: RuntimePlan;
}

/**
 * @returns null if it is a file of another kind
 * @throws ScenarioError if it is no JSON, or something in such a plan is wrong
 */
export function readRuntimePlan(path: string): KeptRuntimePlan | null {
  const value = readJson(path);
  return isOfRuntime(value) ? parsedAs(shape, value, { where: path, whole: WHOLE }) : null;
}

export function writeRuntimePlan(path: string, kept: KeptRuntimePlan): void {
  writeFileSync(path, `${JSON.stringify(keptRuntimePlan(kept), null, 2)}\n`);
}

/** As its file has it. */
export function keptRuntimePlan({ mutant, plan }: KeptRuntimePlan): z.input<typeof shape> {
  return { version: 1, part: RUNTIME_PART, mutant, plan: { ...plan, mishaps: [...plan.mishaps] } };
}
