/** A schedule that broke a promise, as a file that `explore --schedule` plays again. */
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { drawSchedule, forService } from "../../drivers/simulation/draw-schedule.ts";
import type { Broken, SeedOptions } from "../../drivers/simulation/explore.ts";
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

/** As it was drawn. */
export function drawnAs(seed: number, assignment: Assignment, options: SeedOptions): Schedule {
  const { behaviour, faults } = assignment;
  return forService(drawSchedule(seed, options.protocol, behaviour, faults), options.service);
}

export function keepSchedule(path: string, kept: KeptSchedule, broken: readonly Broken[]): void {
  writeFileSync(path, `${JSON.stringify(keptFields(kept, broken), null, 2)}\n`);
}

/** What the file holds: with these it plays again, whatever is drawn by then. */
export function keptFields(
  { assignment, schedule }: KeptSchedule,
  broken: readonly Broken[],
): z.input<typeof fields> {
  const { protocol, service, signatures, mutant, mutantFolders } = assignment;
  // Wherever it is played from.
  const folders = mutantFolders.map((folder) => resolve(folder));
  const names = { protocol, service, signatures, mutant, mutantFolders: folders };
  return { format: 1, ...names, broken: [...broken], schedule };
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
