/** `npm run test:k6`: the Go client by itself, and inside k6 against replicas of this project. */
import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  EXTENSION,
  goEnvironment,
  provisionGosec,
  provisionK6,
  provisionXk6,
} from "../../harness/drivers/local/k6-binary.ts";
import type { HistoryEvent } from "../../harness/observations/observations.ts";
import type { ClusterParameters } from "../protocols/contract/protocol.ts";
import { protocolNamed, protocols } from "../registry.ts";
import { type ClusterLayout, layOut, until } from "../runtime/cluster.fixture.ts";
import {
  atEnd,
  cleanUp,
  MAIN,
  type ReplicaUnderTest,
  start,
} from "../runtime/replica-process.fixture.ts";

const context = { env: process.env, progress: (line: string) => console.log(line) };
const project = join(EXTENSION, "..", "..");
let k6: string;

beforeAll(async () => {
  k6 = await provisionK6(context);
});
afterEach(cleanUp);

/** @returns what it said, on both channels */
async function ran(program: string, args: readonly string[], env = goEnvironment(process.env)) {
  const options = { cwd: EXTENSION, env, maxBuffer: 64 * 1024 * 1024 };
  try {
    const { stdout, stderr } = await promisify(execFile)(program, [...args], options);
    return { code: 0, said: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, said: stdout + stderr };
  }
}

describe("the Go sources", () => {
  test("are formatted", async () => {
    expect(await ran("gofmt", ["-l", "."])).toEqual({ code: 0, said: "" });
  });

  test("have nothing that vet finds", async () => {
    expect(await ran("go", ["vet", "./..."])).toEqual({ code: 0, said: "" });
  });

  test("pass their own tests, the vectors of the wire among them", async () => {
    const { code, said } = await ran("go", ["test", "-count=1", "./..."]);
    expect(code, said).toBe(0);
    for (const name of ["wire", "quorum", "transport", "bft"]) {
      expect(said).toMatch(new RegExp(`^ok\\s+xk6-bft/${name}\\b`, "m"));
    }
  });

  test("pass the checks of xk6 lint that a folder of another project can pass", async () => {
    const [xk6, gosec] = await Promise.all([provisionXk6(context), provisionGosec(context)]);
    const path = [dirname(gosec), process.env["PATH"]].join(delimiter);
    const checks = "security,module,replace,readme,license,build,examples,types";
    const args = ["lint", "--enable-only", checks, "--k6-version", "v2.2.0", "--json", "."];
    const { code, said } = await ran(xk6, args, goEnvironment({ ...process.env, PATH: path }));
    expect(code, said).toBe(0);
    expect(said.match(/"passed":\s*true/g)?.length, said).toBeGreaterThanOrEqual(8);
  });
});

interface TestCluster extends ClusterLayout {
  readonly processes: readonly ReplicaUnderTest[];
  /** The configuration that k6 reads, and where it writes its history. */
  readonly hostFile: string;
  readonly historyFile: string;
}

type Spoken = readonly [protocol: string, parameters: Partial<ClusterParameters>];

/** Every protocol, and every way of standing behind its requests and replies. */
const SPOKEN: readonly Spoken[] = protocols.flatMap(({ name, traits }) =>
  traits.clientAuths.flatMap((clientAuth): Spoken[] =>
    traits.replyAuths.map((replyAuth) => [name, { clientAuth, replyAuth }]),
  ),
);
const SIGNED: Spoken = ["pbft-sig", { clientAuth: "signature", replyAuth: "signature" }];

async function startCluster(
  service: string,
  {
    replicasUp = 4,
    spoken: [protocol, parameters] = SIGNED,
  }: {
    readonly replicasUp?: number;
    readonly spoken?: Spoken;
  } = {},
): Promise<TestCluster> {
  const replicas = protocolNamed(protocol).replicasFor(1);
  const layout = layOut({ protocol, replicas, clients: 32, service, parameters });
  atEnd(layout.remove);
  const hostFile = join(layout.folder, "c0.json");
  writeFileSync(hostFile, JSON.stringify(layout.client));
  const processes = layout.replicas
    .slice(0, replicasUp)
    .map((config) => start(config, layout.folder, MAIN));
  await Promise.all(processes.map((process) => process.ready()));
  return { ...layout, processes, hostFile, historyFile: join(layout.folder, "history.jsonl") };
}

interface Load {
  readonly cluster: TestCluster;
  readonly script: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Four replicas and k6 share two cores here, perhaps with others. */
const GENTLE = { RATE: "25" };

/** The summary's metrics, by name. */
async function load({ cluster, script, env = {} }: Load) {
  const summary = join(cluster.folder, "summary.json");
  const variables = { HOST: cluster.hostFile, HISTORY: cluster.historyFile, ...env };
  const options = ["--quiet", "--no-usage-report", "--no-color", "--summary-export", summary];
  const set = Object.entries(variables).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
  const file = join(EXTENSION, "examples", script);
  const { code, said } = await ran(k6, ["run", ...options, ...set, file]);
  const { metrics } = JSON.parse(readFileSync(summary, "utf8")) as {
    metrics: Record<string, Record<string, number>>;
  };
  return { code, said, metrics };
}

function checkHistory(file: string) {
  const program = join(project, "harness", "cli", "bft-chaos.mjs");
  const args = [program, "check", file, "--model", "kv"];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  return { status, said: stdout + stderr };
}

function historyOf({ historyFile }: TestCluster): readonly HistoryEvent[] {
  const lines = readFileSync(historyFile, "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as HistoryEvent);
}

function isAnswered({ historyFile }: TestCluster): boolean {
  return existsSync(historyFile) && readFileSync(historyFile, "utf8").includes('"type":"ok"');
}

describe("k6 against four replicas", () => {
  test("mixed.js: every operation has an answer, and their history is linearizable", async () => {
    const cluster = await startCluster("kv");
    const { code, said, metrics } = await load({ cluster, script: "mixed.js", env: GENTLE });
    expect(code, said).toBe(0);
    expect(metrics["bft_ops"]?.["count"]).toBeGreaterThan(100);
    const history = historyOf(cluster);
    const kinds = new Set(history.map(({ f }) => f));
    expect([...kinds].toSorted()).toEqual(["append", "cas", "delete", "read", "write"]);
    const answers = history.filter(({ type }) => type !== "invoke");
    expect(answers.length).toBe(metrics["bft_ops"]?.["count"]);
    expect(answers.filter(({ type }) => type === "info")).toEqual([]);
    expect(checkHistory(cluster.historyFile)).toMatchObject({ status: 0 });
  });

  test.each(SPOKEN)(
    "mixed.js against %s, %o: it is spoken, and linearizable",
    async (...spoken) => {
      const cluster = await startCluster("kv", { spoken });
      const env = { ...GENTLE, DURATION: "2s" };
      const { code, said, metrics } = await load({ cluster, script: "mixed.js", env });
      expect(code, said).toBe(0);
      expect(metrics["bft_ops"]?.["count"]).toBeGreaterThan(20);
      expect(historyOf(cluster).filter(({ type }) => type === "info")).toEqual([]);
      expect(checkHistory(cluster.historyFile)).toMatchObject({ status: 0 });
    },
  );

  test("a history in which one read says something else is not linearizable", async () => {
    const cluster = await startCluster("kv");
    await load({ cluster, script: "mixed.js", env: { ...GENTLE, DURATION: "2s" } });
    const events = historyOf(cluster);
    const read = events.findIndex(({ f, type, value }) => f === "read" && type === "ok" && value);
    const planted = events.map((event, at) => (at === read ? { ...event, value: "x" } : event));
    writeFileSync(cluster.historyFile, planted.map((event) => JSON.stringify(event)).join("\n"));
    expect(checkHistory(cluster.historyFile)).toMatchObject({ status: 1 });
  });

  test("mixed.js, and its primary is killed: the load goes on in the next view", async () => {
    const cluster = await startCluster("kv");
    const env = { ...GENTLE, DURATION: "8s" };
    const running = load({ cluster, script: "mixed.js", env });
    await until("the load has begun", () => isAnswered(cluster), 60_000);
    await cluster.processes[0]?.kill();
    const { metrics } = await running;
    expect(metrics["bft_retransmits"]?.["count"]).toBeGreaterThan(0);
    const views = historyOf(cluster).map(({ view }) => view ?? 0);
    expect(Math.max(...views)).toBeGreaterThan(0);
    expect(checkHistory(cluster.historyFile)).toMatchObject({ status: 0 });
  });

  test("null-operation.js: bytes there and back", async () => {
    const cluster = await startCluster("null");
    const { code, said, metrics } = await load({ cluster, script: "null-operation.js" });
    expect(code, said).toBe(0);
    expect(metrics["checks"]?.["fails"]).toBe(0);
    expect(metrics["bft_ops"]?.["count"]).toBe(200);
  });

  test("outage.js: without a quorum operations end unknown, and no script is thrown at", async () => {
    const cluster = await startCluster("kv", { replicasUp: 2 });
    const { code, said, metrics } = await load({ cluster, script: "outage.js" });
    expect(code, said).toBe(0);
    expect(metrics["bft_op_failed"]?.["value"]).toBe(1);
    expect(new Set(historyOf(cluster).map(({ type }) => type))).toEqual(
      new Set(["invoke", "info"]),
    );
    expect(checkHistory(cluster.historyFile)).toMatchObject({ status: 0 });
  });

  test("scenario.js: its options come from the environment, its end from the standard input", async () => {
    const cluster = await startCluster("kv");
    const { folder, historyFile, client } = cluster;
    const settings = join(folder, "settings.json");
    const given = { host: client, history: historyFile, clock: "host", until: "stdin" };
    writeFileSync(settings, JSON.stringify(given));
    const beganNs = Number(process.hrtime.bigint());
    const run = { script: "scenario.js" };
    const file = join(EXTENSION, "examples", run.script);
    const args = ["run", "--quiet", "--no-usage-report", "-e", "DURATION=10m", file];
    const env = { ...process.env, ...GENTLE, BFT_CLIENT: settings };
    const k6Run = spawn(k6, args, { env, stdio: ["pipe", "ignore", "ignore"] });
    const ended = once(k6Run, "exit");
    atEnd(() => k6Run.kill("SIGKILL"));
    await until("the load has begun", () => isAnswered(cluster), 60_000);
    k6Run.stdin.end();
    // As after Ctrl-C, but with everything answered.
    expect(await ended).toEqual([105, null]);
    const history = historyOf(cluster);
    const counted = (type: string) => history.filter((event) => event.type === type).length;
    expect(counted("info")).toBe(0);
    expect(counted("invoke")).toBe(counted("ok") + counted("fail"));
    const times = history.map(({ time }) => time);
    expect(Math.min(...times)).toBeGreaterThan(beganNs);
    expect(Math.max(...times)).toBeLessThan(Number(process.hrtime.bigint()));
    expect(checkHistory(historyFile)).toMatchObject({ status: 0 });
  });

  test("every example is run by a test of this file", () => {
    const here = readFileSync(import.meta.filename, "utf8");
    const examples = readdirSync(join(EXTENSION, "examples"));
    expect(examples.filter((name) => !here.includes(`script: "${name}"`))).toEqual([]);
  });
});
