/**
 * The reaper of a driver: `node reaper-main.ts <run id>`. It holds the reading end of a pipe from
 * the harness. An orderly harness writes "stand-down"; any other end of the pipe means that the
 * harness died, kill -9 included, and the reaper removes everything of the run. It runs in a
 * session of its own, so Ctrl-C in the terminal does not reach it, and it does not carry the mark
 * of the run itself.
 */
import type { Litter } from "../litter.ts";
import { type SweepOptions, sweepRun } from "./sweep.ts";

export const READY = "ready\n";
export const STAND_DOWN = "stand-down\n";

/** What a driver's reaper-main does. */
export async function reap(
  runId: string | undefined,
  litters: readonly Litter[],
  options: SweepOptions,
): Promise<void> {
  if (!runId) throw new Error("usage: node reaper-main.ts <run id>");
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
  // The harness may be gone before it reads this; then the end of the pipe says all.
  process.stdout.on("error", () => {});
  process.stdout.write(READY);
  let said = "";
  for await (const chunk of process.stdin) said += String(chunk);
  if (said.includes(STAND_DOWN)) return;
  await sweepRun(runId, litters, options);
}
