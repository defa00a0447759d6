import { appendFileSync, cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { ClientHost } from "../client/client-host.ts";
import type { AuditRecord } from "../protocols/contract/audit.ts";
import type { Completion } from "../protocols/contract/core.ts";
import type { ReplicaOptions } from "../protocols/contract/protocol.ts";
import { nullService } from "../services/null.ts";
import { AuditWriter } from "./audit-writer.ts";
import { type ClusterLayout, type LayoutOptions, layOut, until } from "./cluster.fixture.ts";
import type { ReplicaConfig } from "./config.ts";
import { EchoReplica, echo, POISON, text } from "./echo.fixture.ts";
import { EXIT } from "./exit-codes.ts";
import type { StatusPage } from "./http-server.ts";
import { type Disk, realDisk } from "./log.ts";
import { cutToSyncedMark } from "./log-cut.ts";
import { type RunningReplica, startReplica } from "./start-replica.ts";

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Node {
  readonly core: EchoReplica;
  readonly running: RunningReplica;
  readonly fatal: { exit: number; why: string }[];
  stop(): Promise<void>;
}

async function startNode(config: ReplicaConfig, disk?: Disk): Promise<Node> {
  const fatal: Node["fatal"] = [];
  let core = new EchoReplica(config);
  const createReplica = (options: ReplicaOptions) => {
    core = new EchoReplica(options);
    return core;
  };
  const running = await startReplica(config, {
    protocol: { ...echo, createReplica },
    service: nullService,
    onFatal: (exit, why) => fatal.push({ exit, why }),
    onTrouble: () => undefined,
    onAudit: () => undefined,
    ...(disk === undefined ? {} : { disk }),
  });
  let isRunning = true;
  const stop = async () => {
    if (isRunning) await running.stop();
    isRunning = false;
  };
  cleanUps.push(stop);
  return { core, running, fatal, stop };
}

function layOutEcho(options: Partial<LayoutOptions> = {}): ClusterLayout {
  const layout = layOut({ protocol: "echo", replicas: 1, ...options });
  cleanUps.push(layout.remove);
  return layout;
}

function only(layout: ClusterLayout): ReplicaConfig {
  const [config] = layout.replicas;
  if (config === undefined) throw new Error("the layout has no replica");
  return config;
}

function startClient(layout: ClusterLayout) {
  const host = new ClientHost(layout.client, echo);
  cleanUps.push(() => host.close());
  const completions: Completion[] = [];
  return {
    host,
    completions,
    /** Resolves with the completion. */
    ask: (operation: string, index = 1) =>
      new Promise<Completion>((resolve) => {
        host.invoke(index, Buffer.from(operation), (completion) => {
          completions.push(completion);
          resolve(completion);
        });
      }),
  };
}

function auditOf(config: ReplicaConfig): AuditRecord[] {
  const lines = readFileSync(config.auditFile, "utf8")
    .split("\n")
    .filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as AuditRecord);
}

async function get(config: ReplicaConfig, path: string): Promise<Response> {
  return fetch(`http://${config.http.host}:${config.http.port}${path}`);
}

async function statusOf(config: ReplicaConfig, query = ""): Promise<StatusPage> {
  return (await (await get(config, `/status${query}`)).json()) as StatusPage;
}

test("four replicas and two clients: every operation is answered and told to everybody", async () => {
  const layout = layOutEcho({ replicas: 4, clients: 2 });
  const nodes = await Promise.all(layout.replicas.map((config) => startNode(config)));
  const client = startClient(layout);
  for (let index = 0; index < 50; index++) {
    const answers = await Promise.all([client.ask(`a${index}`, 1), client.ask(`b${index}`, 2)]);
    expect(answers.map((answer) => answer.outcome)).toEqual(["ok", "ok"]);
  }
  await until("all have heard all", () =>
    nodes.every((node) => [...node.core.told.values()].flat().length === 300),
  );
  expect(nodes.map((node) => node.core.operations.length)).toEqual([100, 100, 100, 100]);
  expect(nodes.flatMap((node) => node.fatal)).toEqual([]);
});

test("a replica that was stopped recovers what it had persisted, and counts its starts", async () => {
  const layout = layOutEcho();
  const config = only(layout);
  const client = startClient(layout);
  const first = await startNode(config);
  await client.ask("one");
  await client.ask("two");
  await first.stop();
  const second = await startNode(config);
  expect(second.core.operations).toEqual(["one", "two"]);
  await client.ask("three");
  expect([first.running.boot, second.running.boot]).toEqual([1, 2]);
  await second.stop();
  const boots = auditOf(config).filter((record) => record.e === "boot");
  expect(boots).toMatchObject([
    { boot: 1, replica: 0, lastExec: 0 },
    { boot: 2, replica: 0, lastExec: 2 },
  ]);
});

test("durability none: nothing is written, nothing recovered, starts are counted all the same", async () => {
  const layout = layOutEcho({ overrides: { durability: "none" } });
  const config = only(layout);
  const client = startClient(layout);
  const first = await startNode(config);
  await client.ask("one");
  await first.stop();
  const second = await startNode(config);
  expect(second.core.operations).toEqual([]);
  expect(second.running.boot).toBe(2);
  expect(() => readFileSync(join(config.dataDirectory, "boot"))).toThrow("ENOENT");
});

test("a wiped data directory does not repeat the number of a start", async () => {
  const layout = layOutEcho();
  const config = only(layout);
  const first = await startNode(config);
  await first.stop();
  rmSync(config.dataDirectory, { recursive: true });
  expect((await startNode(config)).running.boot).toBe(2);
});

/** A disk whose data syncs wait until they are let go. */
function patientDisk() {
  const waiting: (() => void)[] = [];
  let isPatient = false;
  const disk: Disk = {
    ...realDisk,
    async datasync(descriptor) {
      if (isPatient) await new Promise<void>((resolve) => waiting.push(resolve));
      await realDisk.datasync(descriptor);
    },
  };
  return {
    disk,
    waiting,
    wait: () => {
      isPatient = true;
    },
    letGo: () => {
      isPatient = false;
      for (const resolve of waiting.splice(0)) resolve();
    },
  };
}

test("an answer, and what the audit says behind a persist, waits until that is durable", async () => {
  const layout = layOutEcho();
  const config = only(layout);
  const patient = patientDisk();
  const node = await startNode(config, patient.disk);
  const client = startClient(layout);
  await client.ask("quick");
  patient.wait();
  const answer = client.ask("slow");
  await until("the disk was asked", () => patient.waiting.length === 1);
  expect(auditOf(config).at(-1)).toMatchObject({ e: "checkpoint", d: "slow" });
  const beats = (await statusOf(config)).peers["c0"]?.beatSent ?? 0;
  await until("beats went on", () => (client.host.peers()["r0"]?.beatReceived ?? 0) > beats + 5);
  expect(client.completions).toHaveLength(1);
  patient.letGo();
  expect((await answer).outcome).toBe("ok");
  expect(auditOf(config).at(-1)).toMatchObject({ e: "stable", d: "slow" });
  expect(node.fatal).toEqual([]);
});

test("a power cut before the sync loses only what was never answered", async () => {
  const layout = layOutEcho();
  const config = only(layout);
  const patient = patientDisk();
  const node = await startNode(config, patient.disk);
  const client = startClient(layout);
  await client.ask("answered");
  patient.wait();
  void client.ask("never answered");
  await until("the disk was asked", () => patient.waiting.length === 1);
  const copy = { ...config, dataDirectory: join(layout.folder, "after the cut") };
  cpSync(config.dataDirectory, copy.dataDirectory, { recursive: true });
  expect(cutToSyncedMark(copy.dataDirectory, { tornBytes: 5 }).lostBytes).toBeGreaterThan(0);
  patient.letGo();
  client.host.close();
  await node.stop();
  expect((await startNode(copy)).core.operations).toEqual(["answered"]);
});

test("a failed fsync stops the replica: it never goes on as if it were durable", async () => {
  const layout = layOutEcho();
  let isBroken = false;
  const node = await startNode(only(layout), {
    ...realDisk,
    async datasync(descriptor) {
      if (isBroken) throw new Error("EIO: i/o error, fdatasync");
      await realDisk.datasync(descriptor);
    },
  });
  const client = startClient(layout);
  await client.ask("one");
  isBroken = true;
  void client.ask("two");
  await until("it has stopped", () => node.fatal.length > 0);
  expect(node.fatal).toMatchObject([{ exit: EXIT.disk }]);
  expect(node.fatal[0]?.why).toContain("EIO");
  expect(client.completions).toHaveLength(1);
});

test("an audit log that cannot be written stops the replica before it answers", async () => {
  const layout = layOutEcho({ overrides: { auditFile: "/dev/full" } });
  const node = await startNode(only(layout));
  await until("it has stopped", () => node.fatal.length > 0);
  expect(node.fatal).toMatchObject([{ exit: EXIT.disk }]);
  expect(node.fatal[0]?.why).toContain("ENOSPC");
});

test("a core that fails an assertion takes its replica down, once, and says which", async () => {
  const layout = layOutEcho();
  const node = await startNode(only(layout));
  const client = startClient(layout);
  await client.ask("one");
  void client.ask(POISON);
  await until("it has stopped", () => node.fatal.length > 0);
  void client.host.peers();
  expect(node.fatal).toHaveLength(1);
  expect(node.fatal[0]).toMatchObject({ exit: EXIT.bug });
  expect(node.fatal[0]?.why).toContain("this replica was poisoned");
});

test("a damaged log keeps the replica from starting", async () => {
  const layout = layOutEcho();
  const config = only(layout);
  const client = startClient(layout);
  const node = await startNode(config);
  await client.ask("one");
  await client.ask("two");
  await node.stop();
  const path = join(config.dataDirectory, "log-00000001.wal");
  const bytes = readFileSync(path);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  writeFileSync(path, bytes);
  await expect(startNode(config)).rejects.toThrow("was durable up to");
});

test("a torn last audit line does not spoil the lines after it", async () => {
  const layout = layOutEcho();
  const config = only(layout);
  const first = await startNode(config);
  await first.stop();
  appendFileSync(config.auditFile, '{"time":12,"repl');
  const second = await startNode(config);
  await second.stop();
  const lines = readFileSync(config.auditFile, "utf8").trimEnd().split("\n");
  expect(lines[1]).toBe('{"time":12,"repl');
  expect(JSON.parse(lines[2] ?? "")).toMatchObject({ boot: 2, e: "boot" });
});

test("audit times are those of the clock that all processes of the host share", async () => {
  const config = only(layOutEcho());
  const before = process.hrtime.bigint();
  await (await startNode(config)).stop();
  const [record] = auditOf(config);
  expect(record?.time).toBeGreaterThanOrEqual(Number(before));
  expect(record?.time).toBeLessThanOrEqual(Number(process.hrtime.bigint()));
});

test.each([
  ["full", 2],
  ["decisions", 1],
  ["off", 0],
] as const)("audit level %s writes what it promises", async (level, lines) => {
  const config = only(layOutEcho({ overrides: { audit: level } }));
  const writer = new AuditWriter({ file: config.auditFile, level, replica: 0, boot: 1 });
  writer.add({ e: "timer", id: "t", afterMs: 3 });
  writer.add({ e: "stable", n: 1, d: "d", by: [0] });
  writer.write();
  writer.close();
  if (level === "off") expect(() => auditOf(config)).toThrow("ENOENT");
  else expect(auditOf(config)).toHaveLength(lines);
});

test("/status says how the core and its links are; the digest only when asked for", async () => {
  const layout = layOutEcho({ replicas: 2 });
  const [config] = layout.replicas;
  if (config === undefined) throw new Error("no replica");
  for (const one of layout.replicas) await startNode(one);
  const client = startClient(layout);
  await client.ask("one");
  const status = await statusOf(config);
  expect(status).toMatchObject({ replica: 0, boot: 1, status: { lastExec: 1, active: true } });
  expect(Object.keys(status.peers).toSorted()).toEqual(["c0", "r1"]);
  expect(status.peers["c0"]).toMatchObject({ connected: true, connects: 1 });
  expect(status.process.rssBytes).toBeGreaterThan(1e6);
  expect(status).not.toHaveProperty("stateDigest");
  expect(await statusOf(config, "?digest=1")).toMatchObject({ stateDigest: "one" });
});

test("/metrics is Prometheus text with what the replica counted", async () => {
  const layout = layOutEcho();
  const config = only(layout);
  await startNode(config);
  const client = startClient(layout);
  await client.ask("one");
  const response = await get(config, "/metrics");
  const metrics = await response.text();
  expect(response.headers.get("content-type")).toContain("text/plain");
  for (const pattern of [
    /^bft_frames_received_total\{peer="c0",protocol="echo",replica="r0"\} \d+$/m,
    /^bft_executed_sequence\{protocol="echo",replica="r0"\} 1$/m,
    /^bft_connected\{peer="c0",protocol="echo",replica="r0"\} 1$/m,
    /^bft_messages_total\{type="other",direction="received",.*\} 1$/m,
    /^bft_persist_seconds_count\{.*\} [1-9]/m,
    /^process_resident_memory_bytes\{.*\} \d+/m,
    /^nodejs_eventloop_lag_seconds\{/m,
  ]) {
    expect(metrics).toMatch(pattern);
  }
  expect((await get(config, "/else")).status).toBe(404);
});

test("an operation that nobody answers is unknown after its time, and the client goes on", async () => {
  const layout = layOutEcho({ parameters: { operationTimeoutMs: 50 } });
  const client = startClient(layout);
  expect(await client.ask("nobody there")).toEqual({ outcome: "unknown", timestamp: 1 });
  await startNode(only(layout));
  await until("it is connected", () => client.host.peers()["r0"]?.connected === true);
  const answer = await client.ask("now there is");
  expect(answer).toMatchObject({ outcome: "ok", timestamp: 2, repliers: [0] });
  if (answer.outcome === "ok") expect(text(answer.result)).toBe("now there is");
});

test("a client completes while replicas go and come back", async () => {
  const layout = layOutEcho({ replicas: 2 });
  const [config0, config1] = layout.replicas;
  if (config0 === undefined || config1 === undefined) throw new Error("two replicas");
  const client = startClient(layout);
  let [r0, r1] = [await startNode(config0), await startNode(config1)];
  for (let round = 0; round < 3; round++) {
    await r0.stop();
    expect((await client.ask(`without r0 ${round}`)).outcome).toBe("ok");
    r0 = await startNode(config0);
    await until("r0 is back", () => client.host.peers()["r0"]?.connected === true);
    await r1.stop();
    expect((await client.ask(`without r1 ${round}`)).outcome).toBe("ok");
    r1 = await startNode(config1);
    await until("r1 is back", () => client.host.peers()["r1"]?.connected === true);
  }
  expect(r0.core.operations.length + r1.core.operations.length).toBeGreaterThanOrEqual(6);
});
