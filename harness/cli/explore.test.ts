import { expect, test } from "vitest";
import { commandUnderTest } from "./command.fixture.ts";
import { register } from "./explore.ts";

const command = commandUnderTest(register);
const explore = (...options: readonly string[]) => command.run("explore", ...options);

test("seeds that keep every promise end with exit code 0 and the totals", async () => {
  expect(await explore("--seed", "3", "--seeds", "4")).toBe(0);
  expect(command.printed).toMatch(/^4 seeds, 0 failures; \d+ seeds\/min/);
  expect(command.printed).toMatch(/view changes: \d+ in \d+ seeds; state transfers: \d+/);
});

test("a seed that was drawn is printed, so that the run can be had again", async () => {
  expect(await explore("--seeds", "1")).toBe(0);
  expect(command.printed).toMatch(/^first seed: (\d+) \(drawn; the same again: --seed \1\)$/m);
  await expect(explore("--seeds", "0")).rejects.toThrow(/whole number from 1/);
});

test("a planted bug is exit code 1, with the check and the line that runs the seed again", async () => {
  const bug = ["--mutant", "client-takes-first-reply", "--behaviour", "wrong-reply"];
  expect(await explore("--seed", "1", "--seeds", "1", ...bug)).toBe(1);
  expect(command.printed).toMatch(/^ {2}S-6: /m);
  expect(command.printed).toContain(
    "seed 1: npx bft-chaos explore --seed 1 --seeds 1 --protocol pbft-sig " +
      "--behaviour wrong-reply --mutant client-takes-first-reply",
  );
});

test("a relay that was never said is read under session keys, and believed by who asks for f", async () => {
  const bug = ["--mutant", "certain-on-f-relays", "--behaviour", "vouched-forgery"];
  expect(await explore("--protocol", "pbft-mac", "--seed", "1", "--seeds", "8", ...bug)).toBe(1);
  expect(command.printed).toMatch(/^ {2}S-3: /m);
});

test("a story tells what one seed did, in the order of time", async () => {
  expect(await explore("--seed", "4", "--seeds", "1", "--story")).toBe(0);
  const times = [...command.printed.matchAll(/^ *(\d+\.\d{3}) /gm)].map(([, time]) => Number(time));
  expect(times.length).toBeGreaterThan(100);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(command.printed).toMatch(/r0 boot /);
  expect(command.printed).toMatch(/c {2}ok /);
});

test("names that are not there are refused with those that are", async () => {
  await expect(explore("--protocol", "pbft-rsa")).rejects.toThrow(/Allowed choices are pbft-sig/);
  await expect(explore("--behaviour", "kindness")).rejects.toThrow(
    /Allowed choices are .*equivocate/,
  );
  await expect(
    explore("--protocol", "unreplicated", "--behaviour", "equivocate", "--seeds", "1"),
  ).rejects.toThrow("equivocate is no lie in unreplicated; it fits pbft-sig");
  await expect(explore("--mutant", "none-such", "--seeds", "1")).rejects.toThrow(
    /found "none-such"; allowed: /,
  );
});
