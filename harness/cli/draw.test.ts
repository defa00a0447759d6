import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { planScenarios } from "../run.ts";
import { register } from "./draw.ts";

let folder: string;
let printed: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-draw-"));
  printed = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation(() => true);
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

function draw(...options: readonly string[]): void {
  const program = new Command().exitOverride();
  register(program);
  for (const command of program.commands) command.exitOverride();
  program.parse(["draw", ...options], { from: "user" });
}

test("so many files are written, each says which command drew it, and run takes them as they are", () => {
  const drawn = join(folder, "drawn");
  draw("--seed", "5", "--count", "3", "--out", drawn);
  const files = readdirSync(drawn).toSorted();
  expect(files).toEqual(["drawn-5-001.yaml", "drawn-5-002.yaml", "drawn-5-003.yaml"]);
  for (const file of files) {
    expect(printed).toContain(join(drawn, file));
    const command = "npx bft-chaos draw --seed 5 --count 3 --protocol pbft-sig --out drawn";
    expect(readFileSync(join(drawn, file), "utf8").split("\n")).toContain(`# Drawn by: ${command}`);
  }
  expect(planScenarios({ paths: [drawn], driver: "local" })).toHaveLength(3);
});

test("a seed that is no number of 32 bits is refused before anything is written", () => {
  const out = join(folder, "none");
  expect(() => draw("--seed", "4294967296", "--count", "1", "--out", out)).toThrow(/whole number/);
  expect(() => draw("--count", "1", "--out", out)).toThrow(/--seed/);
  expect(readdirSync(folder)).toEqual([]);
});

test("a cluster that cannot be is said so, and nothing is written", () => {
  const out = join(folder, "none");
  const ask = () => draw("--seed", "1", "--count", "1", "--out", out, "--f", "0");
  expect(ask).toThrow(/at least 4 replicas/);
  expect(readdirSync(folder)).toEqual([]);
});
