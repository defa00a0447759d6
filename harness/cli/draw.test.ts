import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { planScenarios } from "../run.ts";
import { commandUnderTest } from "./command.fixture.ts";
import { register } from "./draw.ts";

const command = commandUnderTest(register);
const draw = (...options: readonly string[]) => command.run("draw", ...options);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-draw-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("so many files are written, each says which command drew it, and run takes them as they are", async () => {
  const drawn = join(folder, "drawn");
  await draw("--seed", "5", "--count", "3", "--out", drawn);
  const files = readdirSync(drawn).toSorted();
  expect(files).toEqual(["drawn-5-001.yaml", "drawn-5-002.yaml", "drawn-5-003.yaml"]);
  for (const file of files) {
    expect(command.printed).toContain(join(drawn, file));
    const drawnBy = "npx bft-chaos draw --seed 5 --count 3 --protocol pbft-sig --out drawn";
    expect(readFileSync(join(drawn, file), "utf8").split("\n")).toContain(`# Drawn by: ${drawnBy}`);
  }
  expect(planScenarios({ paths: [drawn], driver: "local" })).toHaveLength(3);
});

test("a file that somebody has changed since is not written over, unless it is forced", async () => {
  const options = ["--seed", "5", "--count", "2", "--out", folder];
  await draw(...options);
  // The same again loses nothing.
  await draw(...options);
  const file = join(folder, "drawn-5-002.yaml");
  const drawn = readFileSync(file, "utf8");
  writeFileSync(file, "# mine\n");
  await expect(draw(...options)).rejects.toThrow(/drawn-5-002\.yaml: is there and differs/);
  expect(readFileSync(file, "utf8")).toBe("# mine\n");
  await draw(...options, "--force");
  expect(readFileSync(file, "utf8")).toBe(drawn);
});

test("a seed that is no number of 32 bits is refused before anything is written", async () => {
  const out = join(folder, "none");
  const tooLarge = draw("--seed", "4294967296", "--count", "1", "--out", out);
  await expect(tooLarge).rejects.toThrow(/whole number/);
  await expect(draw("--count", "1", "--out", out)).rejects.toThrow(/--seed/);
  expect(readdirSync(folder)).toEqual([]);
});

test("a cluster that cannot be is said so, and nothing is written", async () => {
  const out = join(folder, "none");
  const impossible = draw("--seed", "1", "--count", "1", "--out", out, "--f", "0");
  await expect(impossible).rejects.toThrow(/at least 4 replicas/);
  expect(readdirSync(folder)).toEqual([]);
});
