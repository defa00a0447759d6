/**
 * A run on this machine, known by its id alone: every process that carries it in its environment,
 * and every temp folder and every control group named after it.
 */
import { readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CpuGroup, groupParents, groupsNamed } from "../../../faults/injectors/cpu-groups.ts";
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

/** The control group of one replica, of which the name bears the same. */
export function groupName(runId: string, owner: Owner, replica: string): string {
  return `${FOLDER_PREFIX}${runId}-${ownerName(owner)}.${replica}`;
}

export interface RunTraces extends LeftRun {
  readonly pids: readonly number[];
  readonly folders: readonly string[];
  readonly groups: readonly CpuGroup[];
}

/** Everything on this machine that belongs to any run. */
export function findRuns(): readonly RunTraces[] {
  const runs = new Map<string, Found>();
  const traces = (runId: string, owner: string) => {
    const known = runs.get(runId) ?? { owner, pids: [], folders: [], groups: [] };
    runs.set(runId, known);
    return known;
  };
  for (const [pid, variables] of processesWith(RUN_VARIABLE)) {
    if (pid === process.pid || isCollected(pid)) continue;
    traces(variables.get(RUN_VARIABLE) ?? "", variables.get(OWNER_VARIABLE) ?? "").pids.push(pid);
  }
  for (const name of readdirSync(tmpdir())) {
    const [runId, owner] = markOf(name);
    if (runId && owner) traces(runId, owner).folders.push(join(tmpdir(), name));
  }
  for (const parent of groupParents()) {
    for (const name of groupsNamed(parent, FOLDER_PREFIX)) {
      const [runId, owner] = markOf(name.replace(/\.[a-z0-9]+$/, ""));
      if (runId && owner) traces(runId, owner).groups.push(new CpuGroup(parent, name));
    }
  }
  return [...runs].map(([runId, { owner, ...rest }]) => ({
    runId,
    owner: stateOfOwner(owner),
    ...rest,
  }));
}

interface Found {
  readonly owner: string;
  readonly pids: number[];
  readonly folders: string[];
  readonly groups: CpuGroup[];
}

/** The run and the owner that a folder or a group is named after. */
function markOf(name: string): readonly string[] {
  if (!name.startsWith(FOLDER_PREFIX)) return [];
  return /^(.+)-(\d+-\d+-\d+)$/.exec(name.slice(FOLDER_PREFIX.length))?.slice(1) ?? [];
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
    ...traces.groups.map(({ folder }) => `control group ${folder}`),
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
  for (const group of traces.groups) {
    // Until its processes have left it, it is there to be found again.
    if (group.remove()) removed.push(`control group ${group.folder}`);
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
