/** Whose log it is: written into every segment, compared before a record is read. */
import { hash } from "node:crypto";
import { z } from "zod";
import { nodeName } from "../protocols/contract/core.ts";
import type { ReplicaConfig } from "./config.ts";

export const logIdentity = z.strictObject({
  replica: z.string(),
  protocol: z.string(),
  service: z.string(),
  cluster: z.string(),
  /** A digest of f and the replicas' public keys. */
  members: z.string(),
  epoch: z.number(),
});
export type LogIdentity = z.infer<typeof logIdentity>;

type ConfiguredIdentity = Pick<ReplicaConfig, "id" | "protocol" | "service" | "cluster" | "keys">;

/** Clients are no part of it: they come and go while the cluster stays the same. */
export function identityOf(config: ConfiguredIdentity): LogIdentity {
  const { id, protocol, service, cluster, keys } = config;
  const names = Array.from({ length: cluster.replicas }, (_, replica) => nodeName(replica));
  const members = [cluster.faultsMax, ...names.map((name) => keys.public[name] ?? null)];
  return {
    replica: nodeName(id),
    protocol,
    service: service.name,
    cluster: cluster.clusterId,
    members: hash("sha256", JSON.stringify(members), "hex").slice(0, 32),
    epoch: cluster.epoch,
  };
}

/** What sets the log's identity apart from the replica's own, in words. */
export function differences(found: LogIdentity, own: LogIdentity): string[] {
  return logIdentity
    .keyof()
    .options.filter((key) => found[key] !== own[key])
    .map((key) =>
      key === "replica"
        ? `this log is of ${found.replica}, this replica is ${own.replica}`
        : `this log is of ${key} ${found[key]}, this replica is of ${key} ${own[key]}`,
    );
}
