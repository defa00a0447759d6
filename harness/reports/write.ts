import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { reports } from "./registry.ts";
import type { JudgedRun } from "./report.ts";

/**
 * Writes every registered report into the run store, each in one step, so that a reader never sees
 * half a file and a failed write leaves the older one standing.
 * @returns the path of each report, by its name
 */
export async function writeReports(
  directory: string,
  run: JudgedRun,
): Promise<ReadonlyMap<string, string>> {
  const paths = new Map<string, string>();
  for (const report of reports) {
    const path = join(directory, report.file);
    await writeWhole(path, await report.render(run));
    paths.set(report.name, path);
  }
  return paths;
}

export async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.part`;
  try {
    await writeFile(draft, text);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
