import { monotonicMs } from "../drivers/clock.ts";
import { progressView } from "../reports/progress.ts";
import { type FinishedRun, type PlannedScenario, type RunOptions, runPlanned } from "../run.ts";
import { printable } from "../scenario/printable.ts";
import type { Aborts } from "./aborts.ts";

export interface Showing extends Pick<RunOptions, "out" | "mutantFolders"> {
  /** Stands before the scenario's name: `2/10`. */
  readonly position: string;
  readonly aborts: Aborts;
}

/** One run with its progress on the terminal; Ctrl-C reaches it as long as it lasts. */
export async function shownRun(
  planned: PlannedScenario,
  { position, aborts, out, mutantFolders }: Showing,
): Promise<FinishedRun> {
  const { scenario: name, seed, cluster } = planned.plan;
  const planted = cluster.mutant === null ? "" : `, PLANTED BUG ${cluster.mutant}`;
  const line = `${position} ${name} (seed ${seed}, ${planned.driver.name}${planted})`;
  process.stdout.write(`${printable(line)}\n`);
  const view = progressView(process.stdout, name, monotonicMs);
  try {
    return await runPlanned(planned, {
      out,
      mutantFolders,
      onProgress: (progress) => view.update(progress),
      onAbort: (listener) => aborts.listen(listener),
    });
  } finally {
    view.end();
    aborts.forget();
  }
}
