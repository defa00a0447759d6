/** Arguments and files that are not what they are taken for: one message, never a stack. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { register as canaries } from "./canaries.ts";
import { register as check } from "./check.ts";
import { commandUnderTest } from "./command.fixture.ts";
import { register as draw } from "./draw.ts";
import { report as complain } from "./exit-codes.ts";
import { register as explore } from "./explore.ts";
import { register as images } from "./images.ts";
import { register as keys } from "./keys.ts";
import { register as list } from "./list.ts";
import { register as plan } from "./plan.ts";
import { register as report } from "./report.ts";
import { register as run } from "./run.ts";

const every = [canaries, check, draw, explore, images, keys, list, plan, report, run];
const command = commandUnderTest((program: Command) => {
  for (const register of every) register(program);
  program.configureOutput({ writeErr: () => undefined });
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-hostile-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

/** A folder with such a `run.json` and `plan.json`. */
function store(runJson: string, planJson: string): string {
  file("run.json", runJson);
  file("plan.json", planJson);
  return folder;
}

function mutants(content: string | Uint8Array): readonly string[] {
  file("a.yaml", content);
  return ["canaries", "--mutants", folder];
}

const ESC = "\u001b[2J";
const RUN = '{"scenario":"s","zero":"0"}';

test.each<[string, () => readonly string[], RegExp]>([
  ["no folder of mutants", () => ["canaries", "--mutants", join(folder, "no")], /no folder/],
  ["a file for one", () => ["explore", "--mutant", "x", "--mutants", file("m", "")], /ENOTDIR/],
  ["a mutant that is no YAML", () => mutants("x: [1"), /a\.yaml: no planted bug/],
  [
    "one of another kind",
    () => mutants("kind: Scenario"),
    /^[^\n]*a\.yaml: no planted bug \(summary: [^✖]*; file: [^✖]*$/,
  ],
  ["a binary one", () => mutants(Buffer.of(0, 255, 27)), /a\.yaml/],
  ["a mutant that is not there", () => ["explore", "--mutant", ESC], /^--mutant: found/],
  ["a torn plan", () => ["report", store(RUN, '{"cl')], /plan\.json: no whole JSON/],
  ["a torn run.json", () => ["report", store('{"id', "{}")], /run\.json: no whole JSON/],
  ["a list for a plan", () => ["report", store(RUN, "[]")], /plan\.json: no JSON object/],
  ["a plan without version", () => ["report", store(RUN, "{}")], /has no version/],
  ["a later plan", () => ["report", store(RUN, '{"version":2}')], /has version 2.*reads version 1/],
  [
    "a plan of nothing",
    () => ["report", store(RUN, '{"version":1}')],
    /plan\.json is of another run/,
  ],
  ["a run that is none", () => ["report", store("{}", '{"version":1}')], /does not say which run/],
  ["a scenario in binary", () => ["run", file("s.yaml", Buffer.of(0, 255))], /s\.yaml/],
  ["a folder to plan", () => ["plan", folder], /it is a folder, and plan takes one/],
  ["nothing to plan", () => ["plan", join(folder, "no.yaml")], /no such file/],
  ["no place for runs", () => ["run", "scenarios/smoke", "--out", "/proc/x"], /^--out: .*ENOENT/],
  ["no place to keep", () => ["explore", "--out", "/proc/x"], /^--out: /],
  [
    "a file for keys",
    () => ["keys", "a.yaml", file("k", "")],
    /k: found a file; allowed: a folder/,
  ],
  ["no plan", () => ["run", join(folder, "no.json")], /no such file or folder/],
  ["a torn one", () => ["run", file("a.json", "{")], /a\.json: found no JSON/],
  [
    "a list for one",
    () => ["run", file("a.json", "[]")],
    /a\.json: no plan; .*found a list of 0; allowed: a map/s,
  ],
  [
    "a later one",
    () => ["run", file("a.json", '{"version":2}')],
    /no plan; .*version: found 2; allowed: 1/s,
  ],
  [
    "nothing of one",
    () => ["run", file("a.json", "{}")],
    /no plan; .*cluster: is missing; allowed: a map of keys/s,
  ],
  ["no place to draw", () => ["draw", "--seed=1", "--count=1", "--out", "/proc/x"], /^--out: /],
])("%s is exit 254 and one message without a stack", async (_what, args, message) => {
  const error: unknown = await command.run(...args()).catch((thrown: unknown) => thrown);
  expect(complain(error)).toBe(254);
  expect(command.complained).toMatch(message);
  expect(command.complained).not.toMatch(/^ {4}at |\u001b/m);
});

test("images without an engine of containers are one message without a stack", async () => {
  vi.stubEnv("DOCKER_HOST", `unix://${join(folder, "nowhere.sock")}`);
  const error: unknown = await command.run("images", "build").catch((thrown: unknown) => thrown);
  vi.unstubAllEnvs();
  expect(complain(error)).toBe(255);
  expect(command.complained).toMatch(
    /^bft-chaos: no engine of containers answers .*: start Docker/,
  );
  expect(command.complained).not.toMatch(/^ {4}at /m);
});

test("words of the language are no commands, and what was typed comes back harmless", () => {
  const main = join(import.meta.dirname, "main.ts");
  for (const word of ["__proto__", "constructor", ESC]) {
    const { status, stderr } = spawnSync(process.execPath, [main, word], { encoding: "utf8" });
    expect(status).toBe(254);
    expect(stderr).toMatch(/^error: unknown command/);
    expect(stderr).not.toContain("\u001b");
  }
});

test("behind a complaint stands the help of the sub-command that was typed", () => {
  const main = join(import.meta.dirname, "main.ts");
  const hintAt = (...typed: readonly string[]) =>
    spawnSync(process.execPath, [main, ...typed], { encoding: "utf8" }).stderr.trimEnd();
  expect(hintAt("bench", "overhead", "--no")).toMatch(/there is: bft-chaos bench overhead --help$/);
  expect(hintAt("plan", "--no")).toMatch(/there is: bft-chaos plan --help$/);
  expect(hintAt("no")).toMatch(/there is: bft-chaos --help$/);
});

test("what a history holds cannot move the terminal's cursor", async () => {
  const key = JSON.stringify(`${ESC}k`);
  const lines = [
    `{"process":0,"type":"invoke","f":"read","key":${key},"value":null}`,
    `{"process":0,"type":"ok","f":"read","key":${key},"value":"never \u009b2J written"}`,
  ];
  const path = file("h.jsonl", `${lines.join("\n")}\n`);
  expect(await command.run("check", path, "--model", "kv")).toBe(1);
  file("h.jsonl", `{"process":${ESC}`);
  expect(await command.run("check", path, "--model", "kv")).toBe(254);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
  expect(command.printed + command.complained).not.toMatch(
    /[\u0000-\u0009\u000b-\u001f\u0080-\u009f]/,
  );
});
