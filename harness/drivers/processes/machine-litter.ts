/**
 * A run on this machine, known by its id alone: every process that carries it in its environment
 * and every temp folder named after it.
 */
import { readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LeftRun, Litter } from "../litter.ts";
import { type Owner, ownerName, stateOfOwner } from "./owner.ts";
import { commandOf, processesWith, stateOf } from "./proc.ts";

/** Every child of a run carries these two. */
export const RUN_VARIABLE = "BFT_CHAOS_RUN";
export const OWNER_VARIABLE = "BFT_CHAOS_OWNER";
const FOLDER_PREFIX = "bft-chaos-run-";

export function markedEnvironment(runId: string, owner: Owner): Readonly<Record<string, string>> {
  return { [RUN_VARIABLE]: runId, [OWNER_VARIABLE]: ownerName(owner) };
}

/** The owner is part of the name, so that a folder is never without one, not even for a moment. */
export function runFolder(runId: string, owner: Owner): string {
  return join(tmpdir(), `${FOLDER_PREFIX}${runId}-${ownerName(owner)}`);
}

export interface RunTraces extends LeftRun {
  readonly pids: readonly number[];
  readonly folders: readonly string[];
}

/** Everything on this machine that belongs to any run. */
export function findRuns(): readonly RunTraces[] {
  const runs = new Map<string, { owner: string; pids: number[]; folders: string[] }>();
  const traces = (runId: string, owner: string) => {
    const known = runs.get(runId) ?? { owner, pids: [], folders: [] };
    runs.set(runId, known);
    return known;
  };
  for (const [pid, variables] of processesWith(RUN_VARIABLE)) {
    if (pid === process.pid || isCollected(pid)) continue;
    traces(variables.get(RUN_VARIABLE) ?? "", variables.get(OWNER_VARIABLE) ?? "").pids.push(pid);
  }
  for (const name of readdirSync(tmpdir())) {
    const match = name.startsWith(FOLDER_PREFIX)
      ? /^(.+)-(\d+-\d+-\d+)$/.exec(name.slice(FOLDER_PREFIX.length))
      : null;
    if (match?.[1] && match[2]) traces(match[1], match[2]).folders.push(join(tmpdir(), name));
  }
  return [...runs].map(([runId, { owner, pids, folders }]) => ({
    runId,
    owner: stateOfOwner(owner),
    pids,
    folders,
  }));
}

export const machineLitter: Litter = {
  find: async () => findRuns(),
  residueOf: async (runId) => residueOf(runId),
  remove: async (runId) => removeNow(runId),
};

/** What is left of one run, one line each; empty = clean. */
export function residueOf(runId: string): readonly string[] {
  const traces = findRuns().find((run) => run.runId === runId);
  if (!traces) return [];
  return [
    ...traces.pids.map(
      (pid) => `process ${pid} (${stateOf(pid)}): ${commandOf(pid).slice(0, 120)}`,
    ),
    ...traces.folders.map((folder) => `folder ${folder}`),
  ];
}

function removeNow(runId: string): readonly string[] {
  const traces = findRuns().find((run) => run.runId === runId);
  if (!traces) return [];
  const removed: string[] = [];
  for (const pid of traces.pids) {
    const what = commandOf(pid).slice(0, 120);
    if (killed(pid)) removed.push(`process ${pid}: ${what}`);
  }
  for (const folder of traces.folders) {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    removed.push(`folder ${folder}`);
  }
  return removed;
}

/** SIGKILL ends stopped processes too, so nothing has to be continued first. */
function killed(pid: number): boolean {
  try {
    process.kill(pid, "SIGKILL");
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}

/** Ended, and only its entry in the process table is left: nothing can or need be done about it. */
function isCollected(pid: number): boolean {
  const state = stateOf(pid);
  return state === null || state === "Z" || state === "X";
}
