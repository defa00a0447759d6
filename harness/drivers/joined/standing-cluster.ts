/** The cluster that is there: what it was made for, and where each member of it stands. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { goodClients } from "../../plan/hosted-clients.ts";
import type { Plan } from "../../plan/plan.ts";
import { CLIENT_HOST } from "../client-host.ts";
import { DriverError } from "../driver.ts";
import { clusterDifferences } from "./cluster-differences.ts";
import { CONFIG, type StandingCluster } from "./standing-files.ts";

/** Where the harness's container has the clients' folder and each replica's data. */
const FOLDER = "/cluster";

/** @throws {DriverError} NO_CLUSTER, or OTHER_CLUSTER if the plan asks for another one */
export function readStanding(plan: Plan): StandingCluster {
  const path = join(FOLDER, CLIENT_HOST, CONFIG);
  const standing = parsed(path);
  const other = clusterDifferences(plan.cluster, standing.planned);
  if (other.length > 0) throw new DriverError("OTHER_CLUSTER", other.join("; "));
  const clients = goodClients(plan.workload);
  if (clients <= standing.clients) return standing;
  const why = `the scenario needs keys of ${clients} logical clients; the cluster knows ${standing.clients}`;
  throw new DriverError("OTHER_CLUSTER", why);
}

/** The file in which a replica writes down what it decides. */
export function auditOf(replica: number): string {
  return join(FOLDER, "data", `r${replica}`, "audit.jsonl");
}

function parsed(path: string): StandingCluster {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as StandingCluster;
  } catch (cause) {
    const why = `there is no cluster to join: ${cause instanceof Error ? cause.message : ""}`;
    throw new DriverError("NO_CLUSTER", why, { cause });
  }
}
