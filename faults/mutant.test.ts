import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { checkers } from "../harness/checkers/registry.ts";
import { runtimeChecks } from "../harness/drivers/runtime-exploration/runtime-checks.ts";
import { behaviours } from "./byzantine/registry.ts";
import { loadMutants, type Mutant, MutantError, mutate, plant } from "./mutant.ts";

const mutants = [...loadMutants().values()];

/** What a scenario says of a planted bug. */
const shown = z.object({
  cluster: z.object({ mutant: z.string() }),
  expect: z.object({ check: z.string() }),
});

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-mutant-test-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Fields of a mutant file, each on a line of its own. */
function write(name: string, fields: Readonly<Record<string, unknown>>): void {
  const lines = Object.entries(fields).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`);
  writeFileSync(join(folder, `${name}.yaml`), lines.join(""));
}

const SOUND = {
  summary: "a service that knows another one",
  breaks: "nothing",
  file: "nodes/services/kv.ts",
  find: 'name: "kv"',
  replace: 'name: "vk"',
  caughtBy: ["S-6"],
};

test.each(mutants)("$name fits the source: its text occurs once, and is changed", (mutant) => {
  const honest = readFileSync(join(import.meta.dirname, "..", mutant.file), "utf8");
  expect(mutate(mutant)).not.toBe(honest);
});

test("no mutant needs a behaviour that is not there", () => {
  const known = new Set(behaviours.map(({ name }) => name));
  const needed = mutants.flatMap(({ behaviour }) => behaviour ?? []);
  expect(needed.filter((name) => !known.has(name))).toEqual([]);
});

test.each(mutants.filter(({ scenario }) => scenario !== undefined))(
  "$name is planted in $scenario, which is to show it by a check that it names",
  ({ name, scenario = "", caughtBy }) => {
    const text = readFileSync(join(import.meta.dirname, "..", scenario), "utf8");
    const { cluster, expect: expected } = shown.parse(parse(text));
    expect(cluster.mutant).toBe(name);
    expect(caughtBy).toContain(expected.check);
  },
);

/** The promises of a runtime name a bug as checks do. */
const checks = new Set([...checkers.map(({ id }) => id), ...Object.keys(runtimeChecks)]);

function unknownChecks(all: readonly Mutant[]): readonly string[] {
  return all.flatMap(({ name, caughtBy }) =>
    caughtBy.filter((check) => !checks.has(check)).map((check) => `${name}: ${check}`),
  );
}

test("no mutant names a check that is not there: it could never be caught by it", () => {
  expect(unknownChecks(mutants)).toEqual([]);
  write("unheard", { ...SOUND, caughtBy: ["S-6", "S-99"] });
  expect(unknownChecks([...loadMutants([folder]).values()])).toEqual(["unheard: S-99"]);
});

test("a mutant whose text is gone, or is there twice, is stale and says so", () => {
  write("gone", { ...SOUND, find: "words that are nowhere in it" });
  write("twice", { ...SOUND, find: "values" });
  const all = loadMutants([folder]);
  const gone = all.get("gone") as Mutant;
  expect(() => mutate(gone)).toThrow(
    "mutant gone is stale: its text occurs 0 times in nodes/services/kv.ts, it must occur once",
  );
  expect(() => mutate(all.get("twice") as Mutant)).toThrow(/twice is stale: its text occurs \d+ /);
});

test("a folder adds its mutants to the project's own", () => {
  write("vk", SOUND);
  expect([...loadMutants([folder]).keys()]).toEqual([...mutants.map(({ name }) => name), "vk"]);
});

test("a file that is no mutant is named, with what is wrong", () => {
  write("odd", { ...SOUND, file: "harness/run.ts", caught: "S-6" });
  expect(() => loadMutants([folder])).toThrow(MutantError);
  expect(() => loadMutants([folder])).toThrow(/odd\.yaml.*\n?.*caught/);
});

test("a mutant names a check that catches it, or says why nothing can show it yet", () => {
  write("unseen", { ...SOUND, caughtBy: [] });
  expect(() => loadMutants([folder])).toThrow(/unseen\.yaml.*\n?.*caughtBy/);
  write("unseen", { ...SOUND, notYetReachable: "the simulator has no CPU time" });
  expect(() => loadMutants([folder])).toThrow(/unseen\.yaml.*\n?.*caughtBy/);
  write("unseen", { ...SOUND, caughtBy: [], notYetReachable: "the simulator has no CPU time" });
  expect(loadMutants([folder]).get("unseen")?.notYetReachable).toContain("CPU");
});

test("the copy has the bug and no tests, and the project's own code stays as it is", () => {
  write("vk", SOUND);
  const nodes = plant(loadMutants([folder]).get("vk") as Mutant, join(folder, "copy"));
  const changed = readFileSync(join(nodes, "services", "kv.ts"), "utf8");
  expect(changed).toContain(SOUND.replace);
  expect(changed).not.toContain(SOUND.find);
  expect(existsSync(join(nodes, "services", "services.test.ts"))).toBe(false);
  const honest = readFileSync(join(import.meta.dirname, "../nodes/services/kv.ts"), "utf8");
  expect(honest).toContain(SOUND.find);
});
