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
  const found: LeftRun[] = [];
  const answering: Litter[] = [];
  const silent: DriverError[] = [];
  await Promise.all(
    litters.map(async (litter) => {
      try {
        found.push(...(await litter.find()));
        answering.push(litter);
      } catch (error) {
        if (!(error instanceof DriverError)) throw error;
        silent.push(error);
      }
    }),
  );
  const runs = new Map(found.map(({ runId, owner }) => [runId, { runId, owner }]));
  return { runs: [...runs.values()], answering, silent };
}
