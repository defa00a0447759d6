import { Command } from "commander";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { register } from "./explore.ts";

let printed: string;

beforeEach(() => {
  printed = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation(() => true);
});

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

async function explore(...options: readonly string[]): Promise<typeof process.exitCode> {
  const program = new Command().exitOverride();
  register(program);
  for (const command of program.commands) command.exitOverride();
  await program.parseAsync(["explore", ...options], { from: "user" });
  return process.exitCode;
}

test("seeds that keep every promise end with exit code 0 and the totals", async () => {
  expect(await explore("--seed", "3", "--seeds", "4")).toBe(0);
  expect(printed).toMatch(/^4 seeds, 0 failures; \d+ seeds\/min/);
  expect(printed).toMatch(/view changes: \d+ in \d+ seeds; state transfers: \d+/);
});

test("a planted bug is exit code 1, with the check and the line that runs the seed again", async () => {
  const bug = ["--mutant", "client-takes-first-reply", "--behaviour", "wrong-reply"];
  expect(await explore("--seed", "1", "--seeds", "1", ...bug)).toBe(1);
  expect(printed).toMatch(/^ {2}S-6: /m);
  expect(printed).toContain(
    "seed 1: npx bft-chaos explore --seed 1 --seeds 1 --protocol pbft-sig " +
      "--behaviour wrong-reply --mutant client-takes-first-reply",
  );
});

test("a story tells what one seed did, in the order of time", async () => {
  expect(await explore("--seed", "4", "--seeds", "1", "--story")).toBe(0);
  const times = [...printed.matchAll(/^ *(\d+\.\d{3}) /gm)].map(([, time]) => Number(time));
  expect(times.length).toBeGreaterThan(100);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(printed).toMatch(/r0 boot /);
  expect(printed).toMatch(/c {2}ok /);
});

test("names that are not there are refused with those that are", async () => {
  await expect(explore("--protocol", "pbft-rsa")).rejects.toThrow(/Allowed choices are pbft-sig/);
  await expect(explore("--behaviour", "kindness")).rejects.toThrow(
    /Allowed choices are .*equivocate/,
  );
  await expect(explore("--mutant", "none-such", "--seeds", "1")).rejects.toThrow(/no mutant/);
});
