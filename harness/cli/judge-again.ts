/** An old run, judged with today's checkers. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Subject } from "../checkers/subject.ts";
import { loadObservations, UnreadableRun } from "../observations/load.ts";
import { FILES } from "../observations/store.ts";
import type { Plan } from "../plan/plan.ts";
import type { JudgedRun } from "../reports/report.ts";
import { subjectOf } from "../subject.ts";

/** @throws {UnreadableRun} where there is no run, or none that this version can read */
export async function judgeAgain(directory: string): Promise<JudgedRun> {
  if (!existsSync(directory)) throw new UnreadableRun(`${directory}: no such folder of a run`);
  const missing = [FILES.run, FILES.plan].find((name) => !existsSync(join(directory, name)));
  if (missing !== undefined) {
    const newest = join(directory, "latest");
    const hint = existsSync(join(newest, FILES.run)) ? `; the newest in it is ${newest}` : "";
    throw new UnreadableRun(`${directory} is no run's folder: it has no ${missing}${hint}`);
  }
  // Loaded here: the checkers would slow down every other command.
  const { judge } = await import("../checkers/verdict/judge.ts");
  const observations = loadObservations(directory);
  const judgement = judge(observations, subjectIn(directory, observations.plan));
  return { observations, judgement };
}

function subjectIn(directory: string, plan: Plan): Subject {
  try {
    return subjectOf(plan);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UnreadableRun(`${directory}: ${error.message} in this version`, { cause: error });
  }
}
