import { z } from "zod";
import { AUDIT_LEVELS } from "../protocols/contract/audit.ts";
import { AUDIT_KINDS } from "../protocols/contract/audit-events.ts";
import { DURABILITIES } from "../protocols/contract/durability.ts";
import { CLIENT_AUTHS, REPLY_AUTHS, REQUEST_ATS } from "../protocols/contract/traits.ts";
import type { ReplicaConfig } from "./config.ts";
import { readFileSync } from "./files.ts";

/** The configuration file is missing or wrong; the message says which key. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

const port = z.int().min(1).max(65_535);
const address = z.strictObject({ host: z.string().min(1), port });
const milliseconds = z.number().positive();
const count = z.int().positive();

const keys = z.strictObject({
  private: z.record(z.string(), z.string()),
  public: z.record(z.string(), z.string()),
});

const cluster = z.strictObject({
  clusterId: z.string().regex(/^[0-9a-f]{32}$/, "must be 32 lower-case hex digits"),
  epoch: z.int().min(0).max(0xffff_ffff),
  replicas: count,
  faultsMax: z.int().min(0),
  timers: z.strictObject({
    requestMs: milliseconds,
    statusMs: milliseconds,
    clientMs: milliseconds,
    clientCapMs: milliseconds,
  }),
  operationTimeoutMs: milliseconds,
  checkpointInterval: count,
  window: count,
  batchMax: count,
  maxBatchDelayMs: z.number().min(0),
  pipeline: count,
  replyAuth: z.enum(REPLY_AUTHS),
  clientAuth: z.enum(CLIENT_AUTHS),
  requestAt: z.enum(REQUEST_ATS),
});

const replicaConfig: z.ZodType<ReplicaConfig> = z.strictObject({
  protocol: z.string(),
  id: z.int().min(0),
  cluster,
  service: z.strictObject({
    name: z.string(),
    argumentBytes: z.int().min(0),
    resultBytes: z.int().min(0),
  }),
  durability: z.enum(DURABILITIES),
  audit: z.enum(AUDIT_LEVELS),
  keys,
  listen: address,
  http: address,
  dial: z.record(z.string(), address),
  dataDirectory: z.string().min(1),
  auditFile: z.string().min(1),
  announce: z.array(z.enum(AUDIT_KINDS)).optional(),
});

/** @throws {ConfigError} */
export function readReplicaConfig(path: string): ReplicaConfig {
  const parsed = replicaConfig.safeParse(readJson(path));
  if (parsed.success) return parsed.data;
  throw new ConfigError(`${path}: ${z.prettifyError(parsed.error)}`);
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`cannot read the configuration: ${reason}`, { cause });
  }
}
