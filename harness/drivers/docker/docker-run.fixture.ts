/** A run of the command line on containers, found at the engine by who owns it. */
import { type Probe, waitFor } from "../clock.ts";
import type { CliRun } from "../local/local-run.fixture.ts";
import { residueOf } from "../processes/machine-litter.ts";
import { ownerName, ownerOf } from "../processes/owner.ts";
import { commandOf, processesWith } from "../processes/proc.ts";
import type { Engine, Labelled } from "./engine.ts";
import { leftAt } from "./engine-litter.ts";
import { OWNER_LABEL, RUN_LABEL } from "./labels.ts";

const START_DEADLINE_MS = 60_000;
/** The reaper waits until an engine has ended what it was asked for. */
const CLEAN_DEADLINE_MS = 60_000;

/** Of this harness; asked while it lives. */
export function ownerLabelOf(run: CliRun): string {
  return `${OWNER_LABEL}=${ownerName(ownerOf(run.pid))}`;
}

export async function objectsOf(engine: Engine, label: string): Promise<readonly Labelled[]> {
  const kinds = [engine.containers(label), engine.networks(label), engine.volumes(label)];
  return (await Promise.all(kinds)).flat();
}

/** @returns the run's id as soon as the engine has anything of it */
export async function firstObject(engine: Engine, run: CliRun): Promise<string> {
  const label = ownerLabelOf(run);
  const look = async (): Promise<Probe<string>> => {
    const [found] = await objectsOf(engine, label);
    const runId = found?.labels[RUN_LABEL];
    return runId === undefined ? { saw: run.said + run.complained } : { found: runId };
  };
  const what = "the first thing of the run at the engine";
  return waitFor(look, { what, deadlineMs: START_DEADLINE_MS, everyMs: 5 });
}

/**
 * What is left of a run when its reaper has left: only then does nothing come any more that the
 * engine was still busy with.
 */
export async function leftByReaper(engine: Engine, runId: string): Promise<readonly string[]> {
  const look = (): Probe<true> =>
    reaperOf(runId) === null ? { found: true } : { saw: "it is still there" };
  await waitFor(look, { what: `the reaper of ${runId} to leave`, deadlineMs: CLEAN_DEADLINE_MS });
  return [...residueOf(runId), ...(await leftAt(engine, runId))];
}

/** It carries no mark, so it is known by its command. */
export function reaperOf(runId: string): number | null {
  const pids = [...processesWith("PATH").keys()];
  return pids.find((pid) => commandOf(pid).endsWith(`reaper-main.ts ${runId}`)) ?? null;
}
