/** What a replica process says, and how it ends, when the log it finds is not one to vote with. */
import {
  appendFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { ClientHost } from "../client/client-host.ts";
import { protocols } from "../registry.ts";
import { layOut } from "./cluster.fixture.ts";
import type { ReplicaConfig } from "./config.ts";
import { echo } from "./echo.fixture.ts";
import { EXIT } from "./exit-codes.ts";
import { generateKeys, keysOf } from "./keys.ts";
import { atEnd, cleanUp, layOutOne, MAIN, start } from "./replica-process.fixture.ts";

afterEach(cleanUp);

const folder = (config: ReplicaConfig) => join(config.dataDirectory, "..");
const segment = (config: ReplicaConfig) => join(config.dataDirectory, "log-00000001.wal");
const mark = (config: ReplicaConfig) => join(config.dataDirectory, "log.synced");

/** A replica that has served twenty operations of about 100 bytes, and was killed. */
async function killedReplica(parameters = {}) {
  const { layout, config } = layOutOne(parameters);
  const replica = await start(config, layout.folder).ready();
  const host = new ClientHost(layout.client, echo);
  atEnd(() => host.close());
  for (let index = 0; index < 20; index++) {
    const operation = Buffer.from(`operation ${index} `.padEnd(100, "x"));
    await new Promise((resolve) => host.invoke(1, operation, resolve));
  }
  await replica.kill();
  return { layout, config };
}

/** Starts it again; @returns the exit code and the one line that it leaves. */
async function refusal(config: ReplicaConfig, program?: string) {
  const before = existsSync(config.dataDirectory) ? contents(config.dataDirectory) : null;
  const replica = start(config, folder(config), program);
  const code = await replica.ended();
  if (before !== null) expect(contents(config.dataDirectory)).toEqual(before);
  expect(replica.stdout).toBe("");
  expect(replica.stderr.trimEnd().split("\n")).toHaveLength(1);
  expect(replica.stderr).not.toContain(".ts:");
  return { code, why: replica.stderr };
}

/** The log's files: a refusal leaves them as they were. */
function contents(directory: string): ReadonlyMap<string, string> {
  const names = readdirSync(directory).filter((name) => name.startsWith("log"));
  return new Map(names.map((name) => [name, readFileSync(join(directory, name), "latin1")]));
}

test.each([
  ["gone", (config: ReplicaConfig) => rmSync(mark(config))],
  ["truncated to nothing", (config: ReplicaConfig) => truncateSync(mark(config), 0)],
  ["cut in half", (config: ReplicaConfig) => truncateSync(mark(config), 30)],
  ["zeroed", (config: ReplicaConfig) => zero(mark(config))],
])("D14: a log whose mark is %s is doubtful, also where half of it is lost", async (_, harm) => {
  const { config } = await killedReplica();
  harm(config);
  truncateSync(segment(config), readFileSync(segment(config)).length >> 1);
  const { code, why } = await refusal(config);
  expect(code).toBe(EXIT.corruptLog);
  expect(why).toContain("log.synced");
  expect(why).toContain("forgotten");
});

function zero(path: string): void {
  writeFileSync(path, Buffer.alloc(readFileSync(path).length));
}

test("D14: a replica that started before and finds no log at all has forgotten what it said", async () => {
  const { config } = await killedReplica();
  rmSync(segment(config));
  rmSync(mark(config));
  const { code, why } = await refusal(config);
  expect(code).toBe(EXIT.corruptLog);
  expect(why).toContain("has started before");
});

test("H7: half a segment is a loss of what was durable", async () => {
  const { config } = await killedReplica();
  truncateSync(segment(config), readFileSync(segment(config)).length >> 1);
  const { code, why } = await refusal(config);
  expect(code).toBe(EXIT.corruptLog);
  expect(why).toContain("was durable up to");
});

test("H7: a log says whose it is: of another replica it is refused", async () => {
  const layout = layOut({ protocol: "echo", replicas: 2 });
  atEnd(layout.remove);
  const [r0, r1] = layout.replicas as [ReplicaConfig, ReplicaConfig];
  await (await start(r0, layout.folder).ready()).kill();
  cpSync(r0.dataDirectory, r1.dataDirectory, { recursive: true });
  const { code, why } = await refusal(r1);
  expect(code).toBe(EXIT.foreignLog);
  expect(why).toContain("this log is of r0, this replica is r1");
});

test("H7: a log of another epoch, cluster, membership or service is refused by name", async () => {
  const { config, layout } = await killedReplica();
  const others: [what: string, config: ReplicaConfig][] = [
    ["epoch 1, this replica is of epoch 2", withCluster(config, { epoch: 2 })],
    [
      `cluster ${config.cluster.clusterId}, this replica is of cluster ${"f".repeat(32)}`,
      withCluster(config, { clusterId: "f".repeat(32) }),
    ],
    ["members", { ...config, keys: keysOf(generateKeys(Object.keys(layout.keys.public)), ["r0"]) }],
  ];
  for (const [what, other] of others) {
    const { code, why } = await refusal(other);
    expect(code).toBe(EXIT.foreignLog);
    expect(why).toContain(what);
  }
});

function withCluster(config: ReplicaConfig, changes: Partial<ReplicaConfig["cluster"]>) {
  return { ...config, cluster: { ...config.cluster, ...changes } };
}

test("H7: a log of another protocol or epoch never reaches the core", async () => {
  const layout = layOut({ protocol: "unreplicated", replicas: 1, service: "kv" });
  atEnd(layout.remove);
  const [config] = layout.replicas as [ReplicaConfig];
  await (await start(config, layout.folder, MAIN).ready()).kill();
  for (const { name } of protocols.filter((protocol) => protocol.name !== "unreplicated")) {
    const { code, why } = await refusal({ ...config, protocol: name }, MAIN);
    expect(code).toBe(EXIT.foreignLog);
    expect(why).toContain(`protocol unreplicated, this replica is of protocol ${name}`);
  }
});

test("H7: a log of an older format is refused by its number", async () => {
  const { config } = await killedReplica();
  const bytes = readFileSync(segment(config));
  bytes.write("BFTLOG1\n", "latin1");
  writeFileSync(segment(config), bytes);
  const { code, why } = await refusal(config);
  expect(code).toBe(EXIT.foreignLog);
  expect(why).toContain("format 1");
});

test("D15: a tail of random bytes is cut off, and the replica starts", async () => {
  const { config, layout } = await killedReplica();
  const noise = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 7919) % 251));
  appendFileSync(segment(config), noise);
  const replica = await start(config, layout.folder).ready();
  expect(replica.stderr).toBe("");
});
