/** Nights of half a minute and less, on real processes and in the simulator. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { nothingLeft, until } from "../drivers/local/local-run.fixture.ts";
import type { Night } from "../reports/night/night.ts";
import { commandUnderTest } from "./command.fixture.ts";
import { register } from "./nightly.ts";

const MAIN = join(import.meta.dirname, "main.ts");
const SCENARIOS = join(import.meta.dirname, "..", "..", "scenarios");
/** A night plans all its scenarios before it begins, which a busy machine takes its time for. */
const TIMEOUT_MS = 180_000;
const command = commandUnderTest(register);

let folder = "";
let children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-nightly-"));
  children = [];
});
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

const latest = (...parts: readonly string[]) => join(folder, "nightly", "latest", ...parts);
const nightThere = () => JSON.parse(readFileSync(latest("night.json"), "utf8")) as Night;

interface Going {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly ended: Promise<number | null>;
}

function nightly(...args: readonly string[]): Going {
  const child = spawn(process.execPath, [MAIN, "nightly", ...args, "--out", folder], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (part: Buffer) => (said += part.toString()));
  }
  const { promise, resolve } = Promise.withResolvers<number | null>();
  child.on("close", resolve);
  return { child, said: () => said, ended: promise };
}

/** Comes to PASS in a moment; that it expects something else is what breaks. */
function scenarioThatExpects(verdict: string): string {
  const file = join(folder, "short.yaml");
  const lines = [
    "apiVersion: bft-chaos/v1",
    "kind: Scenario",
    "metadata: { name: short }",
    "cluster: { links: direct, durability: none }",
    "workload: { rate: 20/s }",
    "phases: { warmup: 200ms, faults: 300ms, quiet: 8s }",
    `expect: { verdict: ${verdict}, shed: 90% }`,
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  return file;
}

test("a planted bug makes the night red, and its seed is kept with plan and command", {
  timeout: TIMEOUT_MS,
}, async () => {
  // No scenario fits into so short a night.
  const suites = ["smoke", "canaries"].map((suite) => join(SCENARIOS, suite));
  const night = nightly(...suites, "--budget", "24s", "--seed", "1", "--mutant", "local-read");
  expect(await night.ended).toBe(1);
  const { steps, notRun, exitCode, spentMs } = nightThere();
  const [failure] = steps.flatMap((step) => (step.kind === "exploration" ? step.failures : []));
  expect(failure?.rerun).toContain("--mutant local-read");
  const kept = ["run", latest(failure?.plan ?? "none"), "--driver", "simulation"];
  kept.push("--out", join(folder, "again"));
  expect(spawnSync(process.execPath, [MAIN, ...kept], { stdio: "ignore" }).status).toBe(1);
  expect(exitCode).toBe(1);
  expect(spentMs).toBeLessThan(30_000);
  expect(notRun.length).toBeGreaterThan(5);
  expect(notRun.map(({ name }) => name)).not.toContain("canaries/two-halves");
  expect(readFileSync(latest("night.html"), "utf8")).toContain("PLANTED BUG");
  expect(readFileSync(latest("junit.xml"), "utf8")).toContain("<failure");
  const [, , ...again] = (failure?.rerun ?? "").split(" ");
  again.push("--no-shrink", "--out", join(folder, "again"));
  expect(spawnSync(process.execPath, [MAIN, ...again], { stdio: "ignore" }).status).toBe(1);
  // Nothing is left of it to go on with.
  expect(await nightly("--resume").ended).toBe(254);
});

test("a night that was killed goes on: the half-done part again, no other twice", {
  timeout: TIMEOUT_MS,
}, async () => {
  const file = scenarioThatExpects("HALTED_SAFELY");
  const first = nightly(file, "--budget", "10m", "--seed", "3");
  await until("the scenario has begun", () => first.said().includes("short | quiet") || null);
  first.child.kill("SIGKILL");
  await first.ended;
  const { id } = JSON.parse(
    readFileSync(latest("runs", "001-short", "short", "latest", "run.json"), "utf8"),
  ) as { readonly id: string };
  await nothingLeft(id);
  expect(nightThere()).toMatchObject({ state: "running", steps: [], current: { key: file } });

  const second = nightly("--resume");
  await until("the scenario has begun", () => second.said().includes("short | quiet") || null);
  await until("it explores", () => second.said().includes("explore pbft-sig") || null);
  second.child.kill("SIGINT");
  expect(await second.ended).toBe(3);
  expect(second.said()).toContain("short: PASS, expected HALTED_SAFELY");
  const night = nightThere();
  expect(night).toMatchObject({ state: "stopped", sessions: 2, seed: 3, exitCode: 3 });
  const [run, exploration, ...more] = night.steps;
  expect([run, exploration]).toMatchObject([
    { key: file, verdict: "PASS", asExpected: false },
    { kind: "exploration", firstSeed: 3 },
  ]);
  expect(more).toEqual([]);
  // It is not as expected, so its run store and its plan stay.
  const kept = run?.kind === "run" ? run.kept : null;
  expect(existsSync(latest(kept ?? "none", "plan.json"))).toBe(true);
  expect(existsSync(latest(kept ?? "none", "report.html"))).toBe(true);
});

test("Ctrl-C ends the night with its page, and says what was not run", {
  timeout: TIMEOUT_MS,
}, async () => {
  const night = nightly(scenarioThatExpects("PASS"), "--budget", "10m", "--seed", "3");
  await until("the scenario has begun", () => night.said().includes("short | quiet") || null);
  await until("it explores", () => night.said().includes("explore pbft-sig") || null);
  night.child.kill("SIGINT");
  expect(await night.ended).toBe(3);
  expect(nightThere()).toMatchObject({ state: "stopped", exitCode: 3 });
  // What came out as expected is not kept.
  expect(nightThere().steps).toMatchObject([{ kind: "run", kept: null }, { kind: "exploration" }]);
  expect(existsSync(latest("runs", "001-short"))).toBe(false);
  expect(readFileSync(latest("night.html"), "utf8")).toContain("Not a whole night");
});

test("what a night cannot be asked is refused before anything starts", async () => {
  const out = ["--out", folder];
  await expect(command.run("nightly", ...out)).rejects.toThrow(/--budget: how long/);
  await expect(command.run("nightly", "--resume", ...out)).rejects.toThrow(/there is no night/);
  await expect(command.run("nightly", "--budget", "1s", ...out)).rejects.toThrow(/at least 10s/);
  const both = command.run("nightly", "--resume", "--seed", "4", ...out);
  await expect(both).rejects.toThrow(/goes on with the paths, budget, seed/);
  const unknown = command.run("nightly", "--budget", "10s", "--mutant", "nosuch", ...out);
  await expect(unknown).rejects.toThrow(/^mutant: found "nosuch"; allowed: [^\n]*$/);
  const misspelt = command.run("nightly", "--budget", "10s", "--mutant", "local-raed", ...out);
  await expect(misspelt).rejects.toThrow('did you mean "local-read"?');
  expect(existsSync(join(folder, "nightly"))).toBe(false);
});
