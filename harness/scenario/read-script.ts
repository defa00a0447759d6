/** The script of a scenario whose load k6 makes, as the plan keeps it. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { scenarioText } from "./read-text.ts";
import type { Scenario } from "./scenario.ts";
import { ScenarioError } from "./scenario.ts";

export interface Script {
  readonly name: string;
  readonly text: string;
  readonly sha256: string;
}

/** What it imports, but k6's own modules; JavaScript has these two forms of saying so. */
const FOREIGN_IMPORT =
  /(?:\bfrom|\bimport|\brequire)\s*\(?\s*["']((?:\.|\/|file:|https?:)[^"']*)["']/;

/**
 * @param file of the scenario, from whose folder the script is found
 * @returns undefined where the load needs none
 * @throws ScenarioError
 */
export function readScript({ workload, source }: Scenario, file: string): Script | undefined {
  const { generator, script } = workload;
  if (generator !== "k6" || script === undefined) return undefined;
  const text = textAt(join(dirname(file), script), (message) =>
    source.problem(["workload", "script"], message),
  );
  const foreign = FOREIGN_IMPORT.exec(text)?.[1];
  if (foreign !== undefined) {
    const message =
      `${script} imports ${JSON.stringify(foreign)}; allowed: modules of k6 only, because the ` +
      "plan keeps this one file, and must be enough to play it again";
    throw new ScenarioError([source.problem(["workload", "script"], message)]);
  }
  const sha256 = createHash("sha256").update(text).digest("hex");
  return { name: basename(script), text, sha256 };
}

function textAt(
  path: string,
  problem: (message: string) => ReturnType<Scenario["source"]["problem"]>,
): string {
  try {
    return scenarioText(readFileSync(path), path);
  } catch (error) {
    if (error instanceof ScenarioError) throw error;
    const { code = "" } = error as NodeJS.ErrnoException;
    throw new ScenarioError([problem(`${path} cannot be read (${code})`)], { cause: error });
  }
}
