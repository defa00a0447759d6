/** The files that the paths on a command line stand for. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { ScenarioError } from "./scenario.ts";

export interface ScenarioFile {
  readonly file: string;
  /** Nobody named it, but a folder that it is in. */
  readonly isOfFolder: boolean;
}

/** A folder stands for every YAML file below it, by name. */
export function scenarioFiles(paths: readonly string[]): readonly ScenarioFile[] {
  return paths.flatMap((path) => {
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found) throw bad(path, "no such file or folder");
    if (!found.isDirectory()) return [{ file: path, isOfFolder: false }];
    const files = readdirSync(path, { recursive: true, encoding: "utf8" })
      .filter((name) => /\.ya?ml$/.test(name))
      .toSorted()
      .map((name) => ({ file: join(path, name), isOfFolder: true }));
    if (files.length === 0) throw bad(path, "there is no YAML file in this folder");
    return files;
  });
}

function bad(where: string, message: string): ScenarioError {
  return new ScenarioError([{ where, path: "", message }]);
}
