/**
 * The files of a cluster that outlives runs: made once, with keys that nobody else has, each
 * member's in a folder of its own.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { ClientHostConfig, ReplicaConfig } from "../../../nodes/runtime/config.ts";
import type { Plan, PlannedCluster } from "../../plan/plan.ts";
import { CLIENT_HOST } from "../client-host.ts";
import { DriverError } from "../driver.ts";
import { nodeFiles } from "../processes/layout.ts";
import { clusterDifferences } from "./cluster-differences.ts";
import { EVERYWHERE, proxyOf, standingLayout } from "./standing-layout.ts";

/** In the folder of the clients: what a run that joins the cluster has to know. */
export interface StandingCluster extends ClientHostConfig {
  /** What every scenario that is played against it must ask for. */
  readonly planned: PlannedCluster;
}

/** Where a replica's folders are mounted. */
const DATA = "/data/log";
const AUDIT = "/data/audit.jsonl";
export const CONFIG = "config.json";

/** All of them that matter here have this much in common. */
const madeBefore = z.looseObject({ cluster: z.looseObject({ clusterId: z.string() }) });

/**
 * Leaves alone what is there already, so that a cluster keeps its keys when it is started again.
 * @param folder gets one folder for each replica, `c0` for the clients, and `proxies`
 * @returns whether they were made now
 * @throws {DriverError} STANDING_FILES, if it holds some of them, parts of different clusters, or
 *   those of a cluster that is not the plan's
 */
export function makeStandingFiles(plan: Plan, folder: string): boolean {
  const files = standingFiles(plan);
  const before = new Map([...files.keys()].map((file) => [file, clusterIn(join(folder, file))]));
  const ids = new Set(before.values());
  if (ids.size > 1) throw refused(before);
  if (!ids.has(null)) {
    refuseOther(plan, folder);
    return false;
  }
  const proxies = standingLayout(plan).links.map((link) => ({
    ...proxyOf(link, EVERYWHERE),
    enabled: true,
  }));
  write(join(folder, "proxies"), { file: "toxiproxy.json", value: proxies, mode: 0o644 });
  for (const [member, value] of files) {
    write(join(folder, dirname(member)), { file: CONFIG, value, mode: 0o600 });
  }
  return true;
}

/** By their paths; each holds the private keys of its own member. */
function standingFiles(plan: Plan): ReadonlyMap<string, unknown> {
  const { replicas, client } = nodeFiles(plan, {
    layout: standingLayout(plan),
    dataDirectory: () => DATA,
    auditFile: () => AUDIT,
    // Whoever joins says where his code and his history are.
    clientCode: { clientHost: "", registry: "" },
    historyFile: "",
  });
  const bound = replicas.map((config): readonly [string, ReplicaConfig] => {
    const listen = { ...config.listen, host: EVERYWHERE };
    const http = { ...config.http, host: EVERYWHERE };
    return [join(`r${config.id}`, CONFIG), { ...config, listen, http }];
  });
  const standing: StandingCluster = { ...client.client, planned: plan.cluster };
  return new Map<string, unknown>([...bound, [join(CLIENT_HOST, CONFIG), standing]]);
}

function clusterIn(path: string): string | null {
  try {
    return madeBefore.parse(JSON.parse(readFileSync(path, "utf8"))).cluster.clusterId;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** Started with another one's files a cluster would be that other one, whatever was asked for. */
function refuseOther({ cluster }: Plan, folder: string): void {
  const path = join(folder, CLIENT_HOST, CONFIG);
  const { planned } = JSON.parse(readFileSync(path, "utf8")) as StandingCluster;
  const differences = clusterDifferences(cluster, planned);
  if (differences.length === 0) return;
  const why = `the folders hold the files of another cluster (${differences.join("; ")}): remove all of them`;
  throw new DriverError("STANDING_FILES", why);
}

function refused(before: ReadonlyMap<string, string | null>): DriverError {
  const found = [...before].map(([file, id]) => `${file}: ${id ?? "missing"}`).join(", ");
  const why = `the folders do not hold the files of one cluster (${found}): remove all of them`;
  return new DriverError("STANDING_FILES", why);
}

/** Never half a file: a start that was interrupted leaves none or a whole one. */
function write(
  folder: string,
  { file, value, mode }: { readonly file: string; readonly value: unknown; readonly mode: number },
): void {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, file);
  writeFileSync(`${path}.unfinished`, JSON.stringify(value), { mode });
  renameSync(`${path}.unfinished`, path);
}
