/** End to end: the command line, containers, and every way of dying. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { loadObservations } from "../../observations/load.ts";
import { Bench, until } from "../local/local-run.fixture.ts";
import { residueOf } from "../processes/machine-litter.ts";
import {
  firstObject,
  leftByReaper,
  objectsOf,
  ownerLabelOf,
  reaperOf,
} from "./docker-run.fixture.ts";
import { Engine } from "./engine.ts";
import { engineLitter, leftAt } from "./engine-litter.ts";
import { examineEngine } from "./examine.ts";
import { nameIn, ownerStateOf, RUN_LABEL } from "./labels.ts";

const PAUSE = "{ name: nap, fault: pause, at: 200ms, for: 1500ms, target: r3 }";
const CUT = "{ name: cut, fault: partition, at: 200ms, for: 1500ms, isolate: r3, semantics: drop }";
const CLI = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));
/** In a network namespace without anything. */
const ALONE = ["unshare", "--net"] as const;
const ON_DOCKER = ["--driver", "docker"];

let engine: Engine;
let bench: Bench;

beforeAll(async () => {
  engine = await Engine.connect();
});

beforeEach(() => {
  bench = new Bench();
});

afterEach(() => {
  bench.close();
});

test("a run leaves a complete store and nothing at the engine", async () => {
  const run = bench.run(bench.scenario({ name: "cut", faults: `[${CUT}]` }), { args: ON_DOCKER });
  const runId = await firstObject(engine, run);
  expect(await run.exit(), run.said + run.complained).toBe(0);
  expect(await leftAt(engine, runId)).toEqual([]);
  const observed = loadObservations(run.store("cut"));
  expect(observed.run.harness).toEqual({ state: "ok" });
  expect(observed.run.residue).toEqual([]);
  expect([...observed.audits.keys()]).toEqual([0, 1, 2, 3]);
  expect(observed.history.filter(({ final }) => final)).toHaveLength(16);
  expect(observed.run.versions).toMatchObject({
    docker: expect.stringMatching(/^\d+\./) as string,
  });
});

test("kill -9 of the harness when its first network appears leaves nothing", async () => {
  const run = bench.run(bench.scenario({ name: "early" }), { args: ON_DOCKER });
  const runId = await firstObject(engine, run);
  run.killHarness();
  await run.exit();
  expect(await leftByReaper(engine, runId)).toEqual([]);
});

test("kill -9 of the harness while a replica is paused and cut off leaves nothing", async () => {
  const file = bench.scenario({ name: "middle", faults: `[${PAUSE}, ${CUT}]` });
  const run = bench.run(file, { args: ON_DOCKER });
  const runId = await firstObject(engine, run);
  await run.ledgerHas("middle", "installed");
  run.killHarness();
  await run.exit();
  expect(await leftByReaper(engine, runId)).toEqual([]);
});

test("with harness and reaper dead clean removes it, and not before", async () => {
  const run = bench.run(bench.scenario({ name: "orphan", faults: `[${PAUSE}]` }), {
    args: ON_DOCKER,
  });
  const runId = await firstObject(engine, run);
  await run.ledgerHas("orphan", "intent");
  expect(await bench.clean()).toContain(`run ${runId}: its harness is alive`);
  const reaper = await until("its reaper", () => reaperOf(runId));
  process.kill(reaper, "SIGKILL");
  run.killHarness();
  await run.exit();
  expect(await leftAt(engine, runId)).not.toEqual([]);
  expect((await engineLitter.find()).find((left) => left.runId === runId)?.owner).toBe("dead");
  const said = await bench.clean();
  for (const kind of ["container", "network", "volume", "folder"]) {
    expect(said).toContain(`run ${runId}: removed ${kind}`);
  }
  expect([...(await leftAt(engine, runId)), ...residueOf(runId)]).toEqual([]);
});

test("Ctrl-C heals, judges what there is and exits as aborted", async () => {
  const run = bench.run(bench.scenario({ name: "stopped", faults: `[${PAUSE}]` }), {
    args: ON_DOCKER,
  });
  const runId = await firstObject(engine, run);
  await run.ledgerHas("stopped", "installed");
  run.pressCtrlC();
  expect(await run.exit(), run.complained).toBe(3);
  expect(run.ledger("stopped").map(({ kind }) => kind)).toContain("healed");
  expect(await leftAt(engine, runId)).toEqual([]);
});

test("Toxiproxy killed in the middle is a harness failure with one clear message", async () => {
  const run = bench.run(bench.scenario({ name: "no-proxy", faults: `[${CUT}]` }), {
    args: ON_DOCKER,
  });
  const runId = await firstObject(engine, run);
  await run.ledgerHas("no-proxy", "intent");
  await engine.kill(nameIn(runId, "toxiproxy"));
  expect(await run.exit()).toBe(255);
  // Whoever notices first: the watch on the container, or a question that is on its way.
  expect(run.said + run.complained).toMatch(/Toxiproxy died during the run|\(has it died\?\)/);
  expect(await leftAt(engine, runId)).toEqual([]);
});

test("a power cut leaves of each log on its volume what was synced, and a torn record", async () => {
  const faults = "[{ name: dark, fault: power-cut, at: 200ms, for: 1s }]";
  const halted = "{ verdict: HALTED_SAFELY, shed: 100% }";
  const run = bench.run(bench.scenario({ name: "dark", faults, expect: halted }), {
    args: ON_DOCKER,
  });
  await firstObject(engine, run);
  expect(await run.exit(), run.said + run.complained).toBe(0);
  const healed = run.ledger("dark").flatMap((entry) => (entry.kind === "healed" ? [entry] : []));
  expect(healed.map(({ outcome }) => outcome)).toEqual(["installed"]);
  expect(JSON.stringify(healed)).toMatch(
    /r\d: log cut back to segment \d+, offset \d+: \d+ bytes lost/,
  );
});

test("a planted bug runs from a changed copy, and is caught and named", async () => {
  const mutants = join(bench.folder, "mutants");
  mkdirSync(mutants);
  const mutant = {
    summary: "a replica that ends by itself",
    breaks: "nothing may stop a replica",
    file: "nodes/protocols/pbft/execution.ts",
    find: "state.lastExec = slot.sequence;",
    replace:
      'assert(state.id !== 2 || slot.sequence !== 9, "a ninth life"); state.lastExec = slot.sequence;',
    caughtBy: ["uptime"],
  };
  writeFileSync(join(mutants, "asserts.yaml"), JSON.stringify(mutant));
  const timers = "timers: { request: 300ms, client: 100ms, clientCap: 200ms }";
  const file = bench.scenario({ name: "asserts", cluster: `{ mutant: asserts, ${timers} }` });
  const run = bench.run(file, {
    args: [...ON_DOCKER, "--mutants", mutants, "--set", "phases.quiet=4s"],
  });
  expect(await run.exit()).toBe(1);
  expect(run.said).toContain("PLANTED BUG asserts");
  expect(run.said).toMatch(/r2 ended by itself with exit code 70; it said: .*a ninth life/);
});

test.each([
  ["no engine", { DOCKER_HOST: "unix:///nowhere/docker.sock" }, /set DOCKER_HOST to where it/],
  ["no image", { BFT_NODE_IMAGE: "nobody/has:this" }, /nobody\/has:this: npx bft-chaos images/],
  ["no subnet", { BFT_CHAOS_SUBNETS: "10.1.0.0/29" }, /set BFT_CHAOS_SUBNETS to private ranges/],
])("%s is one clear sentence with what mends it, and nothing is left", async (name, env, words) => {
  const file = bench.scenario({ name: name.replace(" ", "-") });
  const run = bench.run(file, { args: ON_DOCKER, env });
  const label = ownerLabelOf(run);
  expect(await run.exit()).toBe(255);
  expect(run.said + run.complained).toMatch(words);
  expect(await objectsOf(engine, label)).toEqual([]);
});

test("an engine whose networks are not this machine's is refused by name, and keeps nothing", async () => {
  const file = bench.scenario({ name: "elsewhere" });
  const runs = join(bench.folder, "runs");
  const [alone, ...args] = [...ALONE, process.execPath, CLI, "run", file, "--out", runs];
  const before = await engine.networks(RUN_LABEL);
  const { status, stdout } = spawnSync(alone, [...args, ...ON_DOCKER], {
    encoding: "utf8",
  });
  expect(status).toBe(255);
  expect(stdout).toContain("the engine is on another machine, or in a network of its own");
  const known = new Set(before.map(({ id }) => id));
  const owned = (await engine.networks(RUN_LABEL)).filter(
    ({ id, labels }) => !known.has(id) && ownerStateOf(labels, Date.now()) === "dead",
  );
  expect(owned).toEqual([]);
});

test("with direct links there is no Toxiproxy, and replicas reach each other", async () => {
  const run = bench.run(bench.scenario({ name: "direct", cluster: "{ links: direct }" }), {
    args: ON_DOCKER,
  });
  const runId = await firstObject(engine, run);
  await until("the load", () => run.ledger("direct").find(({ kind }) => kind === "load"));
  const names = (await engine.containers(`${RUN_LABEL}=${runId}`)).map(({ name }) => name);
  expect(names).not.toContain(nameIn(runId, "toxiproxy"));
  expect(await run.exit(), run.said + run.complained).toBe(0);
});

test("what doctor says of the engine: what there is, or what is missing and its mend", async () => {
  const examined = async (env: Readonly<Record<string, string>>) => {
    vi.stubEnv("BFT_NODE_IMAGE", env["BFT_NODE_IMAGE"] ?? process.env["BFT_NODE_IMAGE"]);
    vi.stubEnv("DOCKER_HOST", env["DOCKER_HOST"] ?? process.env["DOCKER_HOST"]);
    try {
      return await examineEngine();
    } finally {
      vi.unstubAllEnvs();
    }
  };
  const [there, images] = await examined({});
  expect(there).toMatchObject({ what: "Docker", detail: expect.stringMatching(/^engine \d/) });
  expect([there?.mend, images?.mend]).toEqual([undefined, undefined]);
  const [, missing] = await examined({ BFT_NODE_IMAGE: "nobody/has:this" });
  expect(missing).toMatchObject({
    detail: "no nobody/has:this",
    mend: "npx bft-chaos images build",
  });
  const [none, ...rest] = await examined({ DOCKER_HOST: "unix:///nowhere/docker.sock" });
  expect(none?.detail).toContain("no engine of containers answers");
  expect([none?.mend, rest]).toEqual(["only --driver docker needs one", []]);
});
