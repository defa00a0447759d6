import { monotonicMs } from "../drivers/clock.ts";
import { SIMULATED_ONLY } from "../plan/simulation.ts";
import { progressView } from "../reports/progress.ts";
import { type FinishedRun, type PlannedScenario, type RunOptions, runPlanned } from "../run.ts";
import { printable } from "../scenario/printable.ts";
import type { Aborts } from "./aborts.ts";
import type { Delivery } from "./delivery.ts";

export interface Showing extends Pick<RunOptions, "out" | "mutantFolders"> {
  /** Null: nobody wants its figures. */
  readonly delivery: Delivery | null;
  /** Stands before the scenario's name: `2/10`. */
  readonly position: string;
  readonly aborts: Aborts;
}

/** One run with its progress on the terminal; Ctrl-C reaches it as long as it lasts. */
export async function shownRun(
  planned: PlannedScenario,
  { position, aborts, out, mutantFolders, delivery }: Showing,
): Promise<FinishedRun> {
  const { scenario: name, seed, cluster } = planned.plan;
  const planted = cluster.mutant === null ? "" : `, PLANTED BUG ${cluster.mutant}`;
  const line = `${position} ${name} (${cluster.protocol}, seed ${seed}, ${planned.driver.name}${planted})`;
  process.stdout.write(`${printable(line)}\n`);
  const isLeftOut = planned.plan.simulation !== undefined && planned.driver.name !== "simulation";
  if (isLeftOut) process.stdout.write(`  ${SIMULATED_ONLY}\n`);
  const view = progressView(process.stdout, name, monotonicMs);
  try {
    const finished = await runPlanned(planned, {
      out,
      mutantFolders,
      onProgress: (progress) => view.update(progress),
      onAbort: (listener) => aborts.listen(listener),
      onRecording: (recording) => delivery?.follow(recording),
    });
    await delivery?.finish(finished);
    return finished;
  } finally {
    view.end();
    aborts.forget();
  }
}
