/** A schedule that broke a promise, as a file that `explore --schedule` plays again. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { drawSchedule, forService } from "../../drivers/simulation/draw-schedule.ts";
import type { Failure, SeedOptions } from "../../drivers/simulation/explore.ts";
import type { Schedule } from "../../drivers/simulation/schedule.ts";
import { ScenarioError } from "../../scenario/scenario.ts";
import type { Assignment } from "./assignment.ts";

/** Enough to tell it from any other file; what else is wrong in it shows when it is played. */
const shape = z.looseObject({
  seed: z.int(),
  cluster: z.looseObject({ timers: z.looseObject({}) }),
  workload: z.looseObject({}),
  network: z.looseObject({}),
  faults: z.array(z.looseObject({ when: z.looseObject({}), what: z.looseObject({}) })),
});

const fields = z.strictObject({
  format: z.literal(1),
  protocol: z.string(),
  service: z.string(),
  signatures: z.enum(["fast", "ed25519"]),
  mutant: z.string().nullable(),
  mutantFolders: z.array(z.string()),
  broken: z.array(z.strictObject({ check: z.string(), what: z.string() })),
  schedule: z.custom<Schedule>((value) => shape.safeParse(value).success, "a drawn schedule"),
});

export interface KeptSchedule {
  readonly assignment: Assignment;
  readonly schedule: Schedule;
}

/** @returns the path of the file */
export function keepFailure(
  { seed, broken }: Failure,
  assignment: Assignment,
  { folder, options }: { readonly folder: string; readonly options: SeedOptions },
): string {
  const { protocol, service, signatures, behaviour, faults, mutant, mutantFolders } = assignment;
  const drawn = drawSchedule(seed, options.protocol, behaviour, faults);
  const schedule = forService(drawn, options.service);
  const names = { protocol, service, signatures, mutant, mutantFolders };
  const path = join(folder, `${protocol}-seed-${seed}.json`);
  const kept = { format: 1, ...names, broken, schedule };
  writeFileSync(path, `${JSON.stringify(kept, null, 2)}\n`);
  return path;
}

/** @throws ScenarioError if it is no such file */
export function keptSchedule(path: string): KeptSchedule {
  const bad = (message: string, cause?: unknown) =>
    new ScenarioError([{ where: path, path: "", message }], { cause });
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw bad(`no schedule: ${error instanceof Error ? error.message : String(error)}`, error);
  }
  const parsed = fields.safeParse(value);
  if (!parsed.success) throw bad(`no schedule: ${z.prettifyError(parsed.error)}`);
  const { protocol, service, signatures, mutant, mutantFolders, schedule } = parsed.data;
  const names = { protocol, service, signatures, mutant, mutantFolders };
  return { assignment: { ...names, behaviour: null, faults: null }, schedule };
}
