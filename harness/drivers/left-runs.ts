/** What all earlier runs left behind, asked of every place where it may lie. */
import { DriverError } from "./driver.ts";
import type { LeftRun, Litter } from "./litter.ts";

export interface LeftRuns {
  /** Each once, wherever it lies. */
  readonly runs: readonly LeftRun[];
  /** The places that told. */
  readonly answering: readonly Litter[];
  /** Why the others did not: an engine that is there and says nothing. */
  readonly silent: readonly DriverError[];
}

/** The runs that left something; a place that does not tell keeps nobody from the others. */
export async function leftRuns(litters: readonly Litter[]): Promise<LeftRuns> {
  const answers = await Promise.allSettled(litters.map((litter) => litter.find()));
  const found: LeftRun[] = [];
  const answering: Litter[] = [];
  const silent: DriverError[] = [];
  // In the order of the places, whichever was faster.
  for (const [index, litter] of litters.entries()) {
    const answer = answers[index];
    if (answer?.status === "fulfilled") {
      found.push(...answer.value);
      answering.push(litter);
    } else if (answer?.reason instanceof DriverError) silent.push(answer.reason);
    else throw answer?.reason;
  }
  const runs = new Map(found.map(({ runId, owner }) => [runId, { runId, owner }]));
  return { runs: [...runs.values()], answering, silent };
}
