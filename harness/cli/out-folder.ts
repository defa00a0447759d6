import { existsSync, readdirSync, rmdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { RunStore, StoreError } from "../observations/store.ts";
import { ScenarioError } from "../scenario/scenario.ts";

/** Before anything starts: in the middle of a run nothing could be kept of it. */
export function refuseUnwritable(out: string): void {
  try {
    RunStore.tryOut(out);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new ScenarioError([{ where: "--out", path: "", message: error.message }], {
      cause: error,
    });
  }
}

/** Which would have to be made for it, the innermost first. */
export function missingFolders(out: string): readonly string[] {
  const missing: string[] = [];
  for (let folder = resolve(out); !existsSync(folder); folder = dirname(folder)) {
    missing.push(folder);
  }
  return missing;
}

/** Of folders in each other, the innermost first, those in which nothing was left. */
export function removeEmpty(folders: readonly string[]): void {
  for (const folder of folders) {
    if (!existsSync(folder)) continue;
    if (readdirSync(folder).length > 0) return;
    rmdirSync(folder);
  }
}
