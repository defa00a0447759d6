import type { Observations } from "../observations/observations.ts";

/**
 * By how many bytes a value is longer on the wire and in the state than in the history, which has
 * it as it was meant; with each write, and with each append once more.
 */
export function paddingOf({ run, plan }: Pick<Observations, "run" | "plan">): number {
  return run.driver === "simulation" ? (plan.simulation?.paddingBytes ?? 0) : 0;
}
