/**
 * What an engine says when something is so already, against a made-up engine on a socket: it gives
 * one answer to the act, and shows whatever it is told to show.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createSocketServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { withDeadline } from "../clock.ts";
import { Engine } from "./engine.ts";
import { parseSubnet } from "./subnets.ts";

const ENGINE = new URL("engine.ts", import.meta.url).href;

type Json = Readonly<Record<string, unknown>>;

interface MadeUp {
  /** Of the act itself: everything but GET. */
  readonly status: number;
  readonly message?: string | undefined;
  /** What a look at a container or a network gives; null = 404. */
  readonly shows: Json | null;
}

let folder = "";
const servers: Server[] = [];
const before = process.env["DOCKER_HOST"];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-engine-"));
});

afterAll(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true, force: true });
  if (before === undefined) delete process.env["DOCKER_HOST"];
  else process.env["DOCKER_HOST"] = before;
});

async function engineThat({ status, message, shows }: MadeUp): Promise<Engine> {
  const server = createServer((request, response) => {
    const ping = request.url === "/_ping";
    const look = request.method === "GET" && !ping;
    const missing = look && shows === null;
    const say = (code: number, body: unknown) => {
      response.writeHead(code, { "content-type": "application/json" });
      response.end(code === 304 || code === 204 ? undefined : JSON.stringify(body));
    };
    if (ping) say(200, "OK");
    else if (missing) say(404, { message: "No such container: c" });
    else if (look) say(200, shows);
    else say(status, { message });
  });
  const path = join(folder, `engine-${servers.length}.sock`);
  servers.push(server);
  server.listen(path);
  await once(server, "listening");
  process.env["DOCKER_HOST"] = `unix://${path}`;
  return Engine.connect();
}

function container(state: "running" | "paused" | "exited", networks: Json = {}): Json {
  const Running = state !== "exited";
  const State = { Status: state, Running, Paused: state === "paused", Pid: 1, ExitCode: 0 };
  return { State, NetworkSettings: { Networks: networks } };
}

interface Case {
  readonly act: (engine: Engine) => Promise<unknown>;
  readonly status: number;
  readonly message?: string;
  readonly agrees: Json | null;
  readonly contradicts: Json | null;
}

const member = { network: "n", container: "c" };
const AT = "10.0.0.3";
const joined = container("running", { n: { NetworkID: "id", IPAMConfig: { IPv4Address: AT } } });
const joinedElsewhere = container("running", {
  n: { NetworkID: "id", IPAMConfig: { IPv4Address: "10.0.0.9" } },
});

const cases: Readonly<Record<string, Case>> = {
  "started already (304)": {
    act: (engine) => engine.start("c"),
    status: 304,
    agrees: container("running"),
    contradicts: container("exited"),
  },
  "killed already (409)": {
    act: (engine) => engine.kill("c"),
    status: 409,
    message: "Cannot kill container: c: Container c is not running",
    agrees: container("exited"),
    contradicts: container("running"),
  },
  "killed, and removed by somebody (404)": {
    act: (engine) => engine.kill("c"),
    status: 404,
    message: "No such container: c",
    agrees: null,
    contradicts: container("running"),
  },
  "paused already (409)": {
    act: (engine) => engine.pause("c"),
    status: 409,
    message: "Container c is already paused",
    agrees: container("paused"),
    contradicts: container("running"),
  },
  "resumed already (500)": {
    act: (engine) => engine.resume("c"),
    status: 500,
    message: "Container c is not paused",
    agrees: container("running"),
    contradicts: container("paused"),
  },
  "disconnected already (500)": {
    act: (engine) => engine.disconnect(member),
    status: 500,
    message: "container c is not connected to network n",
    agrees: container("running"),
    contradicts: joined,
  },
  "connected already (403)": {
    act: (engine) => engine.connect(member, AT),
    status: 403,
    message: "endpoint with name c already exists in network n",
    agrees: joined,
    contradicts: joinedElsewhere,
  },
  "being removed already (409)": {
    act: (engine) => engine.removeContainer("c"),
    status: 409,
    message: "removal of container c is already in progress",
    agrees: null,
    contradicts: container("running"),
  },
};

describe.each(Object.entries(cases))("%s", (_, { act, status, message, agrees }) => {
  test("is a success where the engine shows the same", async () => {
    await expect(
      act(await engineThat({ status, message, shows: agrees })),
    ).resolves.toBeUndefined();
  });

  test("is none with that code and other words", async () => {
    const code = status === 304 ? 500 : status;
    const engine = await engineThat({ status: code, message: "no space left", shows: agrees });
    await expect(act(engine)).rejects.toThrow(/no space left/);
  });
});

test("no such answer is believed where the engine shows the contrary", async () => {
  const believed: string[] = [];
  const tried: Promise<void>[] = [];
  for (const [name, { act, status, message, contradicts }] of Object.entries(cases)) {
    const engine = await engineThat({ status, message, shows: contradicts });
    const acted = act(engine).then(
      () => void believed.push(name),
      (error: unknown) => expect(String(error)).toContain("the engine said"),
    );
    tried.push(acted);
  }
  await Promise.all(tried);
  expect(believed).toEqual([]);
});

test("a subnet that somebody else has is told from every other trouble", async () => {
  const request = {
    name: "n",
    subnet: parseSubnet("10.0.0.0/28"),
    gateway: "10.0.0.1",
    labels: {},
  };
  const overlap = "Pool overlaps with other one on this address space";
  const taken = await engineThat({ status: 403, message: overlap, shows: null });
  expect(await taken.createNetwork(request)).toBe(false);
  const full = await engineThat({ status: 500, message: "no more bridges", shows: null });
  await expect(full.createNetwork(request)).rejects.toThrow(/no more bridges/);
});

test("where nothing listens it is told what to do, and nothing is found", async () => {
  process.env["DOCKER_HOST"] = `unix://${join(folder, "nobody.sock")}`;
  await expect(Engine.connect()).rejects.toMatchObject({
    code: "NO_ENGINE",
    message: expect.stringContaining("DOCKER_HOST") as string,
  });
  expect(await Engine.find()).toBeNull();
});

test("an engine that takes a call and never answers is given up, and lets the process end", async () => {
  const path = join(folder, "silent.sock");
  const server = createSocketServer();
  server.listen(path);
  await once(server, "listening");
  const program = `
    const { Engine } = await import(${JSON.stringify(ENGINE)});
    const words = ({ code, message }) => code + " " + message;
    // Nobody knows what it has: that is not nothing.
    const said = [Engine.connect(), Engine.find()].map((call) => call.catch(words));
    console.log((await Promise.all(said)).join("\\n"));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    env: { ...process.env, DOCKER_HOST: `unix://${path}` },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const said = await text(child.stdout);
  const line = /^NO_ENGINE .*gave up waiting for an answer/;
  expect(said.trim().split("\n")).toEqual([
    expect.stringMatching(line),
    expect.stringMatching(line),
  ]);
  const exit = withDeadline(ended, { what: "its end", deadlineMs: 10_000 });
  await exit.finally(() => child.kill("SIGKILL"));
  expect(child.exitCode).toBe(0);
  server.close();
});

test("whoever waits for a container is let go when the run is over, whatever the engine does", async () => {
  const path = join(folder, "waits.sock");
  let asked = 0;
  const both = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    if (request.url === "/_ping") response.end("OK");
    else if (++asked === 2) both.resolve();
  });
  servers.push(server);
  server.listen(path);
  await once(server, "listening");
  process.env["DOCKER_HOST"] = `unix://${path}`;
  const engine = await Engine.connect();
  const waits = [engine.attach("c"), engine.ended("c")].map((wait) =>
    wait.then(
      () => "answered",
      () => "let go",
    ),
  );
  await both.promise;
  engine.stopWaiting();
  expect(await Promise.all(waits)).toEqual(["let go", "let go"]);
});
