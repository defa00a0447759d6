/**
 * `nodes/` linked to machines of memory: a copy, honest or with a planted bug, in which the few
 * modules that reach for the machine are those of this folder. All other code is what a replica
 * process runs.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Mutant, mutate, plant, plantNothing } from "../../../faults/mutant.ts";
import type { ClientHost } from "../../../nodes/client/client-host.ts";
import type * as realMetrics from "../../../nodes/runtime/process-metrics.ts";
import type { startReplica } from "../../../nodes/runtime/start-replica.ts";
import { memoryChecksum } from "./memory-checksum.ts";
import { memoryFiles } from "./memory-files.ts";
import { memoryRandomness } from "./memory-randomness.ts";
import { memorySockets } from "./memory-sockets.ts";
import { memoryTimers } from "./memory-timers.ts";

export interface LinkedRuntime {
  readonly startReplica: typeof startReplica;
  readonly ClientHost: typeof ClientHost;
}

/** All replicas are in one process here, of which nobody asks how it is. */
const noMetrics = {
  processMetrics: () => ({ contentType: "text/plain", metrics: () => Promise.resolve("") }),
  processUse: () => ({ rssBytes: 1, cpuSeconds: 1 }),
} satisfies Record<keyof typeof realMetrics, unknown>;

const DOORS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  checksum: memoryChecksum,
  files: memoryFiles,
  "process-metrics": noMetrics,
  randomness: memoryRandomness,
  sockets: memorySockets,
  timers: memoryTimers,
};

/** Where a linked module finds what stands behind its door. */
const KEY = "bft-chaos/runtime-exploration";

/** By the file that is changed, and its text: a module is never unloaded. */
const linked = new Map<string, Promise<LinkedRuntime>>();

/** @param mutant null: the honest code */
export function linkRuntime(mutant: Mutant | null): Promise<LinkedRuntime> {
  const key = mutant === null ? "" : `${mutant.file}\n${mutate(mutant)}`;
  const known = linked.get(key) ?? link(mutant);
  linked.set(key, known);
  return known;
}

/** What stands around a replica. */
const NOT_RUN = ["log-cut", "read-config", "replica-process"];

/** Exploration of the runtime runs that file; a door is replaced as a whole. */
export function runsLinked({ file }: Pick<Mutant, "file">): boolean {
  const name = /^nodes\/(?:runtime|client)\/([^/]+)\.ts$/.exec(file)?.[1];
  return name !== undefined && !(name in DOORS) && !NOT_RUN.includes(name);
}

async function link(mutant: Mutant | null): Promise<LinkedRuntime> {
  Object.assign(globalThis, { [KEY]: DOORS });
  const folder = mkdtempSync(join(tmpdir(), "bft-chaos-runtime-"));
  try {
    const nodes = mutant === null ? plantNothing(folder) : plant(mutant, folder);
    for (const [door, behind] of Object.entries(DOORS)) {
      writeFileSync(join(nodes, "runtime", `${door}.ts`), doorText(door, Object.keys(behind)));
    }
    const load = async (path: string): Promise<object> =>
      (await import(pathToFileURL(join(nodes, path)).href)) as object;
    const modules = [await load("runtime/start-replica.ts"), await load("client/client-host.ts")];
    return Object.assign({}, ...modules) as LinkedRuntime;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function doorText(door: string, names: readonly string[]): string {
  return `export const { ${names.join(", ")} } = globalThis["${KEY}"]["${door}"];\n`;
}
