/** What every replica executable does around its replica: configuration, signals, exit codes. */

import type { Protocol } from "../protocols/contract/protocol.ts";
import type { ServiceDefinition } from "../protocols/contract/service.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { writeSync } from "./files.ts";
import { ForeignLogError, LogCorruptError } from "./log-errors.ts";
import { ConfigError, readReplicaConfig } from "./read-config.ts";
import { startReplica } from "./start-replica.ts";

export interface ReplicaRegistry {
  readonly protocols: readonly Protocol[];
  readonly services: readonly ServiceDefinition[];
}

/** Prints `{"ready":true,...}` on stdout once it serves; ends the process on any failure. */
export async function runReplicaProcess(
  configPath: string | undefined,
  registry: ReplicaRegistry,
): Promise<void> {
  process.on("uncaughtException", (error) => end(EXIT.bug, error.stack ?? error.message));
  try {
    if (configPath === undefined) throw new ConfigError("usage: node main.ts <config.json>");
    const config = readReplicaConfig(configPath);
    const running = await startReplica(config, {
      protocol: named(registry.protocols, config.protocol),
      service: named(registry.services, config.service.name),
      onFatal: end,
      onTrouble: (line) => process.stderr.write(`${line}\n`),
      onAudit: (line) => process.stdout.write(`{"audit":${line.trimEnd()}}\n`),
    });
    process.once("SIGTERM", () => {
      running.stop().then(() => process.exit(EXIT.clean), endWith);
    });
    const ready = { ready: true, pid: process.pid, replica: config.id, boot: running.boot };
    process.stdout.write(`${JSON.stringify(ready)}\n`);
  } catch (error) {
    endWith(error);
  }
}

function named<Entry extends { readonly name: string }>(
  entries: readonly Entry[],
  name: string,
): Entry {
  const entry = entries.find((candidate) => candidate.name === name);
  if (entry !== undefined) return entry;
  const known = entries.map((candidate) => candidate.name).join(", ");
  throw new ConfigError(`nothing is registered as "${name}"; there is: ${known}`);
}

function endWith(error: unknown): never {
  end(exitCodeOf(error), error instanceof Error ? error.message : String(error));
}

function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof ConfigError || error instanceof RangeError) return EXIT.configuration;
  if (error instanceof LogCorruptError) return EXIT.corruptLog;
  if (error instanceof ForeignLogError) return EXIT.foreignLog;
  if (!(error instanceof Error) || !("syscall" in error)) return EXIT.bug;
  return error.syscall === "listen" || error.syscall === "bind" ? EXIT.cannotListen : EXIT.disk;
}

/** Synchronous to the last byte: a pipe that is written later may never be. */
function end(exit: ExitCode, why: string): never {
  writeSync(2, `${why}\n`);
  process.exit(exit);
}
