/** Puts one replica together from its configuration: core, service, keys, log, links, pages. */

import type { NodeAuthenticator } from "../protocols/contract/authenticator.ts";
import { CLIENT_BASE, type NodeId, type ReplicaCore } from "../protocols/contract/core.ts";
import type { Protocol } from "../protocols/contract/protocol.ts";
import type { ServiceDefinition } from "../protocols/contract/service.ts";
import { AuditWriter } from "./audit-writer.ts";
import { countBoot } from "./boot.ts";
import type { ReplicaConfig } from "./config.ts";
import { strangersMax } from "./descriptors.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Identity } from "./handshake.ts";
import { HttpServer } from "./http-server.ts";
import { Ed25519Authenticator } from "./keys.ts";
import { type Disk, Log, type LogEvents } from "./log.ts";
import { identityOf } from "./log-identity.ts";
import { Metrics } from "./metrics.ts";
import { processUse } from "./process-metrics.ts";
import { Replica } from "./replica.ts";
import { hostClockNs } from "./timers.ts";
import { ReplicaTransport } from "./transport.ts";
import { MeteredAuthenticator, WorkMeter } from "./work-meter.ts";

export interface ReplicaProgram {
  readonly protocol: Protocol;
  readonly service: ServiceDefinition;
  /** Called once, when the replica must not go on; nothing leaves it any more. */
  readonly onFatal: (exit: ExitCode, why: string) => void;
  /** Called for what a peer made go wrong and what harms nobody else, so often and no more. */
  readonly onTrouble: (line: string) => void;
  /** Called with each audit line of the kinds that the configuration says. */
  readonly onAudit: (line: string) => void;
  readonly disk?: Disk;
}

export interface RunningReplica {
  readonly boot: number;
  /** Waits for the disk, then closes everything. */
  stop(): Promise<void>;
}

/** Resolves when the replica has recovered and listens. */
export async function startReplica(
  config: ReplicaConfig,
  program: ReplicaProgram,
): Promise<RunningReplica> {
  const { id, cluster } = config;
  const keys = new Ed25519Authenticator(id, config.keys);
  const meter = new WorkMeter();
  const authenticator = new MeteredAuthenticator(keys, meter);
  const core = coreOf(config, program, authenticator);
  const transport = new ReplicaTransport({
    identity: { ...identityIn(config, program.protocol, keys), authenticator },
    replicas: cluster.replicas,
    clientHosts: [...keys.known].filter(isClientHost),
    listen: config.listen,
    dial: config.dial,
    beatMs: cluster.timers.statusMs,
    onFrame: (from, bytes) => {
      metrics.received(bytes);
      replica.input({ kind: "frame", from, bytes });
    },
    meter,
    isCongested: () => replica.isCongested,
    tell: program.onTrouble,
  });
  const metrics = new Metrics(
    {
      status: () => core.status(),
      queues: () => ({ ...core.queues(), outbound: transport.queuedFrames }),
      heldBytes: () => replica.heldBytes,
      logBytes: () => log?.bytes ?? null,
      peers: () => transport.peers,
      refused: () => transport.rejections.snapshot(),
      authenticator: () => authenticator.work,
    },
    { protocol: program.protocol, replica: id, others: cluster.replicas - 1 },
  );
  const { log, records } = await openLog(config, program, {
    onDurable: (mark) => replica.durable(mark),
    onSynced: (seconds) => metrics.observePersist(seconds),
    onFailed: (failure) => replica.fail(EXIT.disk, failure.message),
  });
  // Behind the log: a boot that was counted and no log means that the log was lost.
  const boot = countBoot({ ...config, isDurable: log !== null });
  const audit = auditOf(config, program, boot);
  const replica = new Replica({
    core,
    links: transport,
    audit,
    log,
    meter,
    counts: metrics,
    onFatal: program.onFatal,
  });
  const http = pagesOf({ core, transport, log, replica: id, boot, metrics });
  replica.input({ kind: "recovered", records });
  await transport.start();
  await http.start(config.http);
  metrics.start();
  return {
    boot,
    async stop() {
      replica.stop();
      metrics.stop();
      await Promise.all([transport.stop(), http.stop(), log?.close()]);
      audit.close();
    },
  };
}

/** With what the codes of its channels are made from, where they have any. */
function identityIn(
  { id, cluster }: ReplicaConfig,
  { channels }: Protocol,
  keys: Ed25519Authenticator,
): Omit<Identity, "authenticator"> {
  const identity = { ...cluster, self: id, incarnation: hostClockNs() };
  if (channels === "bare") return identity;
  return { ...identity, secretWith: (...about) => keys.secretWith(...about) };
}

async function openLog(
  config: ReplicaConfig,
  { disk }: ReplicaProgram,
  events: LogEvents,
): Promise<{ readonly log: Log | null; readonly records: readonly Uint8Array[] }> {
  const { dataDirectory: directory, durability } = config;
  if (durability === "none") return { log: null, records: [] };
  const options = { directory, identity: identityOf(config), durability, events };
  return Log.open(disk === undefined ? options : { ...options, disk });
}

function auditOf(config: ReplicaConfig, program: ReplicaProgram, boot: number): AuditWriter {
  const { id: replica, auditFile: file, audit: level, announce: kinds = [] } = config;
  return new AuditWriter({
    file,
    level,
    replica,
    boot,
    announced: { kinds, tell: program.onAudit },
  });
}

function isClientHost(node: NodeId): boolean {
  return node >= CLIENT_BASE && node % CLIENT_BASE === 0;
}

function coreOf(
  { id, cluster, service }: ReplicaConfig,
  program: ReplicaProgram,
  authenticator: NodeAuthenticator,
): ReplicaCore {
  const options = { id, cluster, service: program.service.create(service), authenticator };
  return program.protocol.createReplica(options);
}

function pagesOf({ metrics, ...sources }: StatusSources & { metrics: Metrics }): HttpServer {
  const { rejections } = sources.transport;
  return new HttpServer({
    pages: {
      status: (withDigest) => statusPage(sources, withDigest),
      metrics: () => metrics.text(),
      metricsType: metrics.contentType,
    },
    connectionsMax: strangersMax().pages,
    rejections,
  });
}

interface StatusSources {
  readonly core: ReplicaCore;
  readonly transport: ReplicaTransport;
  readonly log: Log | null;
  readonly replica: number;
  readonly boot: number;
}

function statusPage({ core, transport, log, replica, boot }: StatusSources, withDigest: boolean) {
  return {
    replica,
    boot,
    status: core.status(),
    peers: transport.peers,
    refused: transport.rejections.snapshot(),
    process: processUse(),
    ...(log === null ? {} : { logBytes: log.bytes }),
    ...(withDigest ? { stateDigest: core.stateDigest() } : {}),
  };
}
