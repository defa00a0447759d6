/**
 * `docker-compose.yml` as CI can start it, with the file that leaves Grafana out. It needs the
 * images (`npx bft-chaos images build`), Debian's Prometheus in one (.ci/prometheus/build) and the
 * compose plugin of Docker's command line.
 */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { harnessImage, nodeImage, toxiproxyImage } from "./images/image-names.ts";

const root = join(import.meta.dirname, "..");
const project = `bft-chaos-test-${process.pid}`;
const run = promisify(execFile);
const UP_MS = 240_000;

const service = z.looseObject({
  image: z.string(),
  user: z.string().optional(),
  read_only: z.boolean().optional(),
  cap_drop: z.array(z.string()).optional(),
  mem_limit: z.union([z.string(), z.number()]).optional(),
  pids_limit: z.number().optional(),
  healthcheck: z.looseObject({ test: z.array(z.string()) }).optional(),
  volumes: z.array(z.looseObject({ source: z.string(), target: z.string() })).optional(),
  networks: z.record(z.string(), z.unknown()).optional(),
  environment: z.record(z.string(), z.unknown()).nullish(),
  ports: z.array(z.looseObject({ host_ip: z.string() })).optional(),
});
const composed = z.looseObject({
  services: z.record(z.string(), service),
  networks: z.record(z.string(), z.looseObject({ internal: z.boolean().optional() })),
});

let port: number;

async function compose(args: readonly string[], files = ["docker-compose.yml"]): Promise<string> {
  const named = files.flatMap((file) => ["--file", file]);
  const env = { ...process.env, BFT_PROMETHEUS_PORT: String(port) };
  const all = ["compose", "--project-name", project, "--project-directory", ".", ...named, ...args];
  const { stdout } = await run("docker", all, { cwd: root, env, maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

const inCi = (...args: readonly string[]): Promise<string> =>
  compose(args, ["docker-compose.yml", join(".ci", "compose.yaml")]);

/** Runs JavaScript in the container of a service. */
const evaluate = (name: string, script: string): Promise<string> =>
  inCi("exec", "-T", name, "node", "--eval", script);

const PRINT_CONFIG = `console.log(require("fs").readFileSync("/keys/config.json", "utf8"))`;

/** Whether a connection comes about from the container of a service: `yes` or `no`. */
async function dialled(from: string, address: string): Promise<string> {
  const [host, at] = address.split(":");
  const said = await evaluate(
    from,
    `const end = (word) => { console.log(word); process.exit(); };
     const socket = require("net").connect({ host: "${host}", port: ${at}, timeout: 3000 });
     socket.on("connect", () => end("yes")).on("error", () => end("no")).on("timeout", () => end("no"));`,
  );
  return said.trim();
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function configured(...args: readonly string[]): Promise<z.output<typeof composed>> {
  const profile = ["--profile", "chaos"];
  return composed.parse(
    JSON.parse(await compose([...profile, "config", "--format=json", ...args])),
  );
}

beforeAll(async () => {
  port = await freePort();
});

describe("the file", () => {
  test("every image has one variable and a default, which is what images build makes", () => {
    const text = readFileSync(join(root, "docker-compose.yml"), "utf8");
    const { services } = z
      .looseObject({ services: z.record(z.string(), z.looseObject({ image: z.string() })) })
      .parse(parse(text, { merge: true }));
    const defaults = Object.values(services).map(({ image }) => {
      const [, variable = "", reference = ""] =
        /^\$\{(BFT_\w+_IMAGE):-([\w./:-]+)\}$/.exec(image) ?? [];
      return `${variable} ${reference}`;
    });
    expect([...new Set(defaults)].toSorted()).toEqual([
      expect.stringMatching(/^BFT_GRAFANA_IMAGE grafana\/grafana:[\d.]+$/),
      `BFT_HARNESS_IMAGE ${harnessImage({})}`,
      `BFT_NODE_IMAGE ${nodeImage({})}`,
      expect.stringMatching(/^BFT_PROMETHEUS_IMAGE prom\/prometheus:v[\d.]+$/),
      `BFT_TOXIPROXY_IMAGE ${toxiproxyImage({})}`,
    ]);
  });

  test("all services are confined and limited, those that stay have health checks", async () => {
    for (const [name, found] of Object.entries((await configured()).services)) {
      expect(found, name).toMatchObject({ read_only: true, cap_drop: ["ALL"] });
      expect(Number(found.mem_limit), name).toBeGreaterThan(0);
      expect(found.pids_limit, name).toBeGreaterThan(0);
      const passes = name === "keys" || name === "harness";
      expect(found.healthcheck !== undefined, name).toBe(!passes);
    }
  });

  test("what is published is on loopback, and in a network that is not internal", async () => {
    const { services, networks } = await configured();
    const published = Object.entries(services).filter(([, { ports = [] }]) => ports.length > 0);
    expect(published.map(([name]) => name).toSorted()).toEqual(["grafana", "prometheus"]);
    for (const [name, { ports = [], networks: joined = {} }] of published) {
      expect(
        ports.map(({ host_ip: address }) => address),
        name,
      ).toEqual(["127.0.0.1"]);
      expect(Object.keys(joined).some((network) => networks[network]?.internal !== true)).toBe(
        true,
      );
    }
  });

  test("no two members have a volume of keys in common but for who makes them", async () => {
    const { services } = await configured();
    const holders = Object.entries(services).flatMap(([name, { volumes = [] }]) =>
      volumes
        .filter(({ source }) => source.startsWith("keys-"))
        .map(({ source }) => `${source} ${name}`),
    );
    expect(holders.filter((holder) => !holder.endsWith(" keys")).toSorted()).toEqual([
      "keys-c0 harness",
      "keys-r0 r0",
      "keys-r1 r1",
      "keys-r2 r2",
      "keys-r3 r3",
    ]);
  });

  test("one variable says what is spoken, to who makes the cluster and to who plays on it", async () => {
    const { services } = await configured();
    const set = { BFT_CHAOS_SET: "cluster.protocol=pbft-mac" };
    expect(services["keys"]?.environment).toEqual(set);
    expect(services["harness"]?.environment).toMatchObject(set);
  });

  test("no service has Docker's socket", async () => {
    const mounts = Object.values((await configured()).services).flatMap(
      ({ volumes = [] }) => volumes,
    );
    expect(mounts.filter(({ source }) => source.includes("docker.sock"))).toEqual([]);
  });
});

describe("the cluster", () => {
  beforeAll(async () => {
    await inCi("up", "--detach", "--wait");
  }, UP_MS);

  afterAll(async () => {
    await inCi("--profile", "chaos", "down", "--volumes", "--timeout", "1");
    const { stdout: left } = await run("docker", [
      "ps",
      "--all",
      "--quiet",
      "--filter",
      `label=com.docker.compose.project=${project}`,
    ]);
    if (left !== "") throw new Error(`left behind: ${left}`);
  }, UP_MS);

  test("a replica knows its own private key, and reaches no other replica nor Toxiproxy's orders", async () => {
    const config = await evaluate("r1", PRINT_CONFIG);
    const { keys } = z
      .object({ keys: z.object({ private: z.record(z.string(), z.string()) }) })
      .parse(JSON.parse(config));
    expect(Object.keys(keys.private)).toEqual(["r1"]);
    const others = ["r0:7000", "r0:8000", "toxiproxy:8474", "toxiproxy-control:8474"];
    expect(await Promise.all(others.map((address) => dialled("r1", address)))).toEqual(
      others.map(() => "no"),
    );
    // Its proxy towards r0.
    expect(await dialled("r1", "toxiproxy:20003")).toBe("yes");
  });

  test("nor by the address that it would have, if it knew it", async () => {
    const address = await evaluate(
      "r0",
      `console.log(Object.values(require("os").networkInterfaces()).flat().filter(({ internal }) => !internal).map(({ address }) => address)[0])`,
    );
    expect(await dialled("r1", `${address.trim()}:8000`)).toBe("no");
  });

  test("Prometheus, on the published port, holds what the replicas count", async () => {
    const query = async (): Promise<number> => {
      const url = `http://127.0.0.1:${port}/api/v1/query?query=count(bft_view{protocol="pbft-mac"})`;
      const { data } = (await (await fetch(url)).json()) as {
        data: { result: readonly { value: readonly [number, string] }[] };
      };
      return Number(data.result[0]?.value[1] ?? 0);
    };
    await expect.poll(query, { timeout: 60_000, interval: 500 }).toBe(4);
  });

  test("the harness plays link faults against it, and names what it leaves out", async () => {
    const load = [
      "--set",
      "workload.rate=20/s",
      "--set",
      "expect.minOperations=10",
      "--set",
      "expect.shed=100%",
    ];
    const smoke = [
      "scenarios/smoke/primary-partition-drop.yaml",
      "scenarios/smoke/primary-paused.yaml",
    ];
    const args = ["--profile", "chaos", "run", "--rm", "-T", "harness", "run", ...smoke, ...load];
    const { stdout, stderr } = await run(
      "docker",
      [
        "compose",
        "--project-name",
        project,
        "--file",
        "docker-compose.yml",
        "--file",
        ".ci/compose.yaml",
        ...args,
      ],
      { cwd: root, env: { ...process.env, BFT_PROMETHEUS_PORT: String(port) } },
    );
    expect(stderr).toContain(
      "primary-paused is left out: pause-primary: pause needs a hold on the processes of replicas",
    );
    expect(stdout).toMatch(/primary-partition-drop +pbft-mac +\S+ PASS +yes +1\/1 proven/);
  });

  test("a scenario that needs more is refused before anything starts, one of another cluster is told", async () => {
    const tried = async (...args: readonly string[]): Promise<{ code: number; said: string }> => {
      try {
        await inCi("--profile", "chaos", "run", "--rm", "-T", "harness", "run", ...args);
        return { code: 0, said: "" };
      } catch (error) {
        const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
        return { code, said: stdout + stderr };
      }
    };
    const refused = await tried("scenarios/smoke/primary-paused.yaml");
    expect(refused.said).toContain(
      "pause needs a hold on the processes of replicas, which the driver joined has not",
    );
    expect(refused.code).toBe(254);
    const other = await tried(
      "scenarios/smoke/no-fault.yaml",
      "--set",
      "cluster.protocol=pbft-sig",
    );
    expect(other.said).toContain(
      'cluster.protocol is "pbft-sig", the running cluster has "pbft-mac"',
    );
    expect(other.code).not.toBe(0);
  });

  test(
    "started again it has the same keys and what it had stored",
    async () => {
      const before = await evaluate("r2", PRINT_CONFIG);
      await inCi("down", "--timeout", "1");
      await inCi("up", "--detach", "--wait");
      expect(await evaluate("r2", PRINT_CONFIG)).toBe(before);
      const said = await evaluate(
        "r2",
        `fetch("http://127.0.0.1:8000/status").then((answer) => answer.json()).then(({ boot, status }) => console.log(boot, status.lastExec > 0))`,
      );
      expect(said.trim()).toBe("2 true");
    },
    UP_MS,
  );
});
