/** What a path on the command line names, and what is said where a command takes another kind. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readJson } from "./kept-file.ts";
import { FILES } from "./observations/store.ts";
import { isPlanFile } from "./plan-file.ts";
import { ScenarioError } from "./scenario/scenario.ts";

export type InputKind = "scenario" | "plan" | "printed plan" | "runtime plan" | "run";

/** How such a file says what it is. */
export const RUNTIME_PART = "runtime";
const ofRuntime = z.object({ part: z.literal(RUNTIME_PART) });
/** What no file but a plan has. */
const ofPlan = z.object({ cluster: z.looseObject({}), entries: z.array(z.unknown()) });
/** What `plan --json` prints. */
const ofPrinted = z.object({ plan: ofPlan, budget: z.unknown() });

interface Told {
  readonly found: string;
  /** What can be done with it. */
  readonly use: string;
}

const KINDS: Readonly<Record<InputKind, Told>> = {
  scenario: { found: "a scenario", use: "`run` plays it and leaves a run's folder with its plan" },
  plan: { found: "a plan, in which all is fixed", use: "`run` plays it, `shrink` makes it small" },
  "printed plan": {
    found: "what `plan --json` prints",
    use: "Its key `plan`, as a file by itself, is a plan, which `run` plays",
  },
  "runtime plan": {
    found: "a plan of the runtime",
    use: "`replay` plays it, `shrink` makes it small",
  },
  run: { found: "a run's folder", use: "`replay` plays it again, `report` judges it again" },
};

/**
 * @param kinds those that the command does not take
 * @param allowed what it takes, and how to come by it
 * @throws ScenarioError where the path names one of them
 */
export function refuseKinds(path: string, kinds: readonly InputKind[], allowed: string): void {
  const kind = kindOf(path);
  if (kind === null || !kinds.includes(kind)) return;
  const { found, use } = KINDS[kind];
  const message = `found ${found}; allowed: ${allowed}. ${use}`;
  throw new ScenarioError([{ where: path, path: "", message }]);
}

/** Null where nobody can tell: whoever reads it says what is wrong with it. */
function kindOf(path: string): InputKind | null {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return null;
  if (found.isDirectory()) return existsSync(join(path, FILES.run)) ? "run" : null;
  if (/\.ya?ml$/.test(path)) return "scenario";
  if (!isPlanFile(path)) return null;
  try {
    const value = readJson(path);
    if (isOfRuntime(value)) return "runtime plan";
    if (ofPrinted.safeParse(value).success) return "printed plan";
    return ofPlan.safeParse(value).success ? "plan" : null;
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    return null;
  }
}

export function isOfRuntime(value: unknown): boolean {
  return ofRuntime.safeParse(value).success;
}
