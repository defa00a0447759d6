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
