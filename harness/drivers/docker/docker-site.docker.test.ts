/** What the containers of a run can reach and do, and what is left of them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nodeImage } from "../../images/image-names.ts";
import { RunStore } from "../../observations/store.ts";
import { planWith } from "../../plan/plan.fixture.ts";
import { waitFor } from "../clock.ts";
import { findRuns, RUN_VARIABLE } from "../processes/machine-litter.ts";
import { type ContainerRequest, containerOptions, FOLDERS } from "./containers.ts";
import type { DockerLayout } from "./docker-layout.ts";
import { DockerSite } from "./docker-site.ts";
import { Engine } from "./engine.ts";
import { leftAt } from "./engine-litter.ts";
import { assertSameCode } from "./image-code.ts";
import { reachableFrom, saidInside, type Target } from "./inside.fixture.ts";
import { nameIn, RUN_LABEL } from "./labels.ts";
import { addressIn, parseSubnet } from "./subnets.ts";
import { packTar } from "./tar.ts";

const RUN = `site-test-${process.pid}`;
const REPLICAS = ["r0", "r1", "r2", "r3"];
/** In the network of its holder. */
const R0 = nameIn(RUN, "r0");
const HOLDER = nameIn(RUN, "r0-network");

let folder = "";
let engine: Engine;
let site: DockerSite;
let layout: DockerLayout;
let stop: () => Promise<void> = async () => {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-site-"));
  engine = await Engine.connect();
  const store = RunStore.create({ root: folder, scenario: "site", id: RUN });
  site = new DockerSite(planWith(), { runId: RUN, store, mutantFolders: [] });
  const placed = await site.open(() => {});
  layout = placed.layout;
  await placed.platform.start();
  stop = () => placed.platform.stop();
  const ready = REPLICAS.map(async (name) => {
    const replica = placed.platform.spawn(name);
    await new Promise<void>((resolve, reject) => {
      replica.onLine(() => resolve());
      replica.onEnd(({ words }) => reject(new Error(words + replica.lastWords())));
    });
  });
  await Promise.all(ready);
});

afterAll(async () => {
  try {
    await stop();
  } finally {
    await site.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

/** By name: every address at which something of the run listens, but r0's own proxies. */
function others(): Readonly<Record<string, Target>> {
  const { replicas, links, toxiproxy } = layout;
  const strangers = replicas.filter(({ name }) => name !== "r0");
  const named = [
    ...strangers.flatMap(({ name, listen, http }) => [
      [name, listen],
      [`${name}'s status`, http],
    ]),
    ...links.filter(({ from }) => from !== "r0").map(({ name, listen }) => [name, listen]),
    ...(toxiproxy
      ? [
          ["the control port", toxiproxy.api],
          ...toxiproxy.seats.map(({ part, address }) => [
            `the control port at ${part}`,
            { host: address, port: toxiproxy.api.port },
          ]),
        ]
      : []),
    ["the world", { host: "1.1.1.1", port: 53 }],
  ];
  return Object.fromEntries(named) as Readonly<Record<string, Target>>;
}

function ownProxies(): Readonly<Record<string, Target>> {
  const own = layout.links.filter(({ from }) => from === "r0");
  return Object.fromEntries(own.map(({ name, listen }) => [name, listen]));
}

function openOf(seen: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(seen).flatMap(([name, what]) => (what === "open" ? [name] : []));
}

test("a replica reaches its own proxies and nothing else: no replica, no control port, no world", async () => {
  expect(openOf(await reachableFrom(R0, ownProxies()))).toEqual(["r0-r1", "r0-r2", "r0-r3"]);
  expect(openOf(await reachableFrom(R0, others()))).toEqual([]);
});

test("the same look shows a way that was planted, and that it is gone again", async () => {
  const listen = layout.replicas[1]?.listen.host ?? "";
  const free = addressIn(parseSubnet(`${listen}/28`), 4);
  const member = { network: nameIn(RUN, "r1"), container: HOLDER };
  await engine.connect(member, free);
  expect(openOf(await reachableFrom(R0, others()))).toEqual(
    expect.arrayContaining(["r1", "r1's status"]),
  );
  await engine.disconnect(member);
  expect(openOf(await reachableFrom(R0, others()))).toEqual([]);
});

test("disconnecting the holder cuts its replica off; twice is once, there and back", async () => {
  const member = { network: nameIn(RUN, "r0"), container: HOLDER };
  const address = layout.seats.get("r0")?.address ?? "";
  await engine.disconnect(member);
  await engine.disconnect(member);
  expect(openOf(await reachableFrom(R0, ownProxies()))).toEqual([]);
  await engine.connect(member, address);
  await engine.connect(member, address);
  expect(openOf(await reachableFrom(R0, ownProxies()))).toHaveLength(3);
});

test("a replica is nobody: no root, no privilege, nothing to write but its volumes", async () => {
  const said = await saidInside(
    R0,
    `const { readFileSync, writeFileSync } = require("node:fs");
     const status = readFileSync("/proc/1/status", "utf8");
     const line = (name) => status.match(new RegExp("^" + name + ":\\\\s*(.*)$", "m"))[1];
     const tried = (path) => { try { writeFileSync(path, "x"); return "written"; } catch (e) { return e.code; } };
     console.log(JSON.stringify({ user: process.getuid(), group: process.getgid(),
       privileges: line("CapEff"), bounding: line("CapBnd"), noNew: line("NoNewPrivs"),
       root: tried("/x"), code: tried("/app/nodes/main.ts"), temporary: tried("/tmp/x"),
       disk: tried("/data/probe"), init: readFileSync("/proc/1/comm", "utf8").trim() }));`,
  );
  expect(JSON.parse(said)).toEqual({
    user: 10_001,
    group: 10_001,
    privileges: "0000000000000000",
    bounding: "0000000000000000",
    noNew: "1",
    root: "EROFS",
    code: "EROFS",
    temporary: "EROFS",
    disk: "written",
    init: "docker-init",
  });
});

describe("the mark of processes stays out of containers:", () => {
  const docker = new Docker();
  const marked = async () => {
    const filters = { label: [`${RUN_LABEL}=${RUN}`] };
    const all = await docker.listContainers({ all: true, filters });
    const seen = all.map(({ Id }) => docker.getContainer(Id).inspect());
    return (await Promise.all(seen)).flatMap(({ Name, Config }) =>
      Config.Env.some((variable) => variable.startsWith(`${RUN_VARIABLE}=`)) ? [Name] : [],
    );
  };

  test("no container of a run has it", async () => {
    expect(await marked()).toEqual([]);
  });

  test("one that has it is seen, here and by the sweeper of this machine, which would kill it", async () => {
    const name = nameIn(RUN, "planted");
    const { Image } = await docker.getContainer(HOLDER).inspect();
    const request = {
      name,
      labels: { [RUN_LABEL]: RUN },
      image: Image,
      command: ["sleep", "60"],
      environment: [`${RUN_VARIABLE}=${RUN}-planted`],
      mounts: [],
      memoryMb: 16,
      processesMax: 8,
      place: "nowhere" as const,
    };
    const id = await engine.createContainer(containerOptions(request));
    await engine.start(id);
    expect(await marked()).toEqual([`/${name}`]);
    expect(findRuns().map(({ runId }) => runId)).toContain(`${RUN}-planted`);
    await engine.removeContainer(id);
  });
});

test("an engine that is asked twice for the same is content", async () => {
  const container = nameIn(RUN, "r3");
  const reached = {
    pause: "paused",
    resume: "running",
    kill: "exited",
    start: "running",
  } as const;
  // The last one ends what is paused.
  for (const act of ["pause", "resume", "kill", "start", "pause", "kill"] as const) {
    await engine[act](container);
    await engine[act](container);
    const reachedMs = { what: `${act} to have its effect`, deadlineMs: 10_000 };
    const look = async () => {
      const state = (await engine.inspect(container))?.state;
      return state === reached[act] ? { found: state } : { saw: String(state) };
    };
    expect(await waitFor(look, reachedMs)).toBe(reached[act]);
  }
});

test("an image that was built from other code is refused, by the file that differs", async () => {
  const image = nodeImage(process.env);
  const created = (part: string, mounts: ContainerRequest["mounts"]) =>
    engine.createContainer(
      containerOptions({
        name: nameIn(RUN, part),
        labels: { [RUN_LABEL]: RUN },
        image,
        command: ["sleep", "60"],
        mounts,
        memoryMb: 16,
        processesMax: 8,
        place: "nowhere",
      }),
    );
  // A fresh volume begins as a copy of what the image has there.
  const nodes = `${FOLDERS.app}/nodes`;
  const changed = await created("changed", [{ volume: nameIn(RUN, "nodes"), folder: nodes }]);
  await expect(assertSameCode(engine, { container: changed, image })).resolves.toBeUndefined();
  const content = Buffer.from("export {};");
  const file = { path: "main.ts", mode: 0o644, owner: 0, content };
  await engine.upload(changed, nodes, packTar([file]));
  await expect(assertSameCode(engine, { container: changed, image })).rejects.toThrow(
    "(nodes/main.ts differs): npx bft-chaos images build",
  );
  await engine.removeContainer(changed);
  const none = nameIn(RUN, "toxiproxy");
  await expect(assertSameCode(engine, { container: none, image })).rejects.toThrow(/differs/);
});

test("the leak scan names every container, network and volume, and close removes them all", async () => {
  const residue = await site.residue();
  const kinds = residue.map((line) => line.split(" ")[0]);
  expect(new Set(kinds)).toEqual(new Set(["folder", "container", "network", "volume"]));
  expect(residue).toContain(`network ${nameIn(RUN, "control")}`);
  await stop();
  stop = async () => {};
  await site.close();
  expect(await site.residue()).toEqual([]);
  expect(await leftAt(engine, RUN)).toEqual([]);
});
