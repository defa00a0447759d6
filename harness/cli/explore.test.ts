import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { commandUnderTest } from "./command.fixture.ts";
import { register } from "./explore.ts";
import { register as registerReplay } from "./replay.ts";
import { register as registerRun } from "./run.ts";

const command = commandUnderTest((program) => {
  register(program);
  registerRun(program);
  registerReplay(program);
});
const explore = (...options: readonly string[]) =>
  command.run("explore", "--out", folder, "--no-shrink", ...options);

const run = (path: string, ...options: readonly string[]) =>
  command.run("run", path, "--driver", "simulation", "--out", join(folder, "runs"), ...options);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-explore-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("seeds that keep every promise end with exit code 0 and the totals", async () => {
  expect(await explore("--seed", "3", "--seeds", "4")).toBe(0);
  expect(command.printed).toMatch(/^pbft-sig: 4 seeds, 0 failures; \d+ seeds\/min/);
  expect(command.printed).toMatch(/view changes: \d+ in \d+ seeds; state transfers: \d+/);
});

test("where nothing fails no folder is made for what does, and one that was there stays", async () => {
  const out = join(folder, "runs", "explore");
  const seeds = ["--seed", "3", "--seeds", "1", "--part", "protocol"];
  expect(await command.run("explore", "--out", out, ...seeds)).toBe(0);
  expect(readdirSync(folder)).toEqual([]);
  expect(await explore(...seeds)).toBe(0);
  expect(readdirSync(folder)).toEqual([]);
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

const BUG = ["--mutant", "client-takes-first-reply", "--behaviour", "wrong-reply"];

/** Without what a clock makes of it. */
function untimed(text: string): string {
  return text.replace(/\d+ seeds\/min/g, "");
}

test("however many seeds are played at a time, they come to the same, in their order", async () => {
  const seeds = ["--seed", "1", "--seeds", "12", ...BUG];
  expect(await explore("--jobs", "1", ...seeds)).toBe(1);
  const one = untimed(command.printed);
  expect(one).toContain("pbft-sig, PLANTED BUG client-takes-first-reply: 12 seeds, 12 failures");
  expect(await explore("--jobs", "3", ...seeds)).toBe(1);
  expect(untimed(command.printed)).toBe(one + one);
});

test("--stop-at-first plays nothing behind the first seed that fails, with any number of jobs", async () => {
  expect(await explore("--seed", "1", "--stop-at-first", "--jobs", "2", ...BUG)).toBe(1);
  expect(command.printed).toMatch(
    /^pbft-sig, PLANTED BUG client-takes-first-reply: 1 seed, 1 failure;/m,
  );
});

test("where a planted bug is not seen, what it cannot show without is told", async () => {
  const [mutant = "", name = "", ...lie] = BUG;
  expect(await explore("--seed", "1", "--seeds", "1", mutant, name, "--behaviour", "silent")).toBe(
    0,
  );
  expect(command.printed).not.toContain("cannot show without");
  // A liar of another kind is drawn for this seed, or none.
  expect(await explore("--seed", "793686397", "--seeds", "1", mutant, name)).toBe(0);
  expect(command.printed).toContain(`${name} cannot show without ${lie.join(" ")}\n`);
});

test("--for ends it when the time is over", async () => {
  expect(await explore("--seed", "1", "--for", "1ms", "--jobs", "1")).toBe(0);
  expect(command.printed).toMatch(/^pbft-sig: 1 seed, 0 failures;/m);
});

test("--until-reached names what stayed cold, with exit code 2", async () => {
  const mac = ["--protocol", "pbft-mac", "--seed", "1", "--seeds", "1", "--jobs", "1"];
  expect(await explore(...mac, "--until-reached")).toBe(2);
  expect(command.printed).toMatch(/^never reached: .*lower-base/m);
});

test("--until-reached ends as soon as no goal is cold", async () => {
  expect(await explore("--protocol", "unreplicated", "--seed", "1", "--until-reached")).toBe(0);
  expect(command.printed).toMatch(/^unreplicated: 1 seed, 0 failures;/m);
});

test("a planted bug in code that exploration does not run is refused by name", async () => {
  const bug = [
    "summary: a power cut tears nothing",
    'breaks: "what was not durable may be torn"',
    "file: nodes/runtime/log-cut.ts",
    'find: "if (!existsSync(dataDirectory)) return"',
    'replace: "if (tornBytes === 0) return"',
    "caughtBy: [durable]",
  ];
  writeFileSync(join(folder, "cuts-nothing.yaml"), `${bug.join("\n")}\n`);
  const planted = ["--mutants", folder, "--mutant", "cuts-nothing"];
  await expect(explore(...planted)).rejects.toThrow(
    /cuts-nothing changes nodes\/runtime\/log-cut\.ts, which exploration does not run/,
  );
  await expect(explore(...planted, "--part", "runtime")).rejects.toThrow(
    /cuts-nothing changes nodes\/runtime\/log-cut\.ts, which --part runtime does not run/,
  );
});

test("a planted bug of the runtime is found in the exploration of the runtime", async () => {
  const asked = ["--mutant", "no-fsync", "--seed", "1", "--seeds", "10", "--stop-at-first"];
  expect(await explore(...asked)).toBe(1);
  expect(command.printed).toMatch(/^seed \d+: npx bft-chaos explore --part runtime --seed \d+ /m);
  expect(command.printed).toMatch(/^ {2}(durable|false-alarm): /m);
});

test("what is about protocols is no question to the runtime", async () => {
  const asked = explore("--part", "runtime", "--behaviour", "wrong-reply");
  await expect(asked).rejects.toThrow(/--behaviour.*is about protocols/);
  const named = explore("--part", "runtime", "--protocol", "pbft-sig");
  await expect(named).rejects.toThrow(/--protocol.*is about protocols.*allowed: --seed, --seeds/);
});

test("where nothing is about one part, both are explored, a sixth of it the runtime", async () => {
  expect(await explore("--seed", "1", "--seeds", "10")).toBe(0);
  expect(command.printed).toMatch(/^pbft-sig: 10 seeds, 0 failures;.*^runtime: 2 seeds, 0 fail/ms);
});

test("who names a protocol asks for nothing else", async () => {
  expect(await explore("--seed", "1", "--seeds", "1", "--protocol", "pbft-sig")).toBe(0);
  expect(command.printed).not.toMatch(/^runtime:/m);
});

const TORN = ["--mutant", "no-fsync", "--seed", "1"];

test("a seed of the runtime that fails leaves a plan, which replay plays again", async () => {
  expect(await explore(...TORN, "--seeds", "10", "--stop-at-first")).toBe(1);
  const [name = ""] = readdirSync(folder);
  expect(name).toMatch(/^runtime-seed-\d+\.json$/);
  const path = join(folder, name);
  expect(command.printed).toContain(`  kept: npx bft-chaos replay ${path}\n`);
  expect(await command.run("replay", path, "--times", "2")).toBe(1);
  expect(command.printed).toMatch(/PLANTED BUG no-fsync\n {2}\S+: .*\nit fails in 2 of 2\n/s);
  writeFileSync(path, readFileSync(path, "utf8").replace('"no-fsync"', "null"));
  expect(await command.run("replay", path)).toBe(0);
  expect(command.printed).toMatch(/it fails in 0 of 1\n/);
  writeFileSync(path, readFileSync(path, "utf8").replace(/"replicas": \d/, '"replicas": 1'));
  const replayed = command.run("replay", path);
  await expect(replayed).rejects.toThrow(/plan\.replicas: found 1; allowed: at least 2/);
});

test("seeds of the runtime come to the same, however many are played at a time", async () => {
  const seeds = ["--part", "runtime", "--seed", "1", "--seeds", "9"];
  expect(await explore("--jobs", "1", ...seeds)).toBe(0);
  const one = untimed(command.printed);
  expect(await explore("--jobs", "2", ...seeds)).toBe(0);
  expect(untimed(command.printed)).toBe(one + one);
});

test("a seed that fails leaves a plan, which run plays again with the same verdict", async () => {
  expect(await explore("--seed", "1", "--seeds", "1", ...BUG)).toBe(1);
  expect(readdirSync(folder)).toEqual(["pbft-sig-seed-1.json"]);
  const path = join(folder, "pbft-sig-seed-1.json");
  expect(command.printed).toContain(`kept: npx bft-chaos run ${path} --driver simulation\n`);
  expect(await run(path)).toBe(1);
  expect(command.printed).toMatch(/FAIL PLANTED BUG.*S-6 invalid/s);
  const honest = readFileSync(path, "utf8").replace('"client-takes-first-reply"', "null");
  writeFileSync(path, honest);
  expect(await run(path)).not.toBe(1);
});

test("a plan that was kept has its values, and takes no others", async () => {
  await explore("--seed", "1", "--seeds", "1", ...BUG);
  const path = join(folder, "pbft-sig-seed-1.json");
  await expect(run(path, "--seed", "2")).rejects.toThrow("a plan has all its values");
  await expect(run(path, "--set", "seed=2")).rejects.toThrow("a plan has all its values");
  const stale = readFileSync(path, "utf8").replace('"client-takes-first-reply"', '"none-such"');
  writeFileSync(path, stale);
  await expect(run(path)).rejects.toThrow(
    "it has the planted bug none-such, which is in no folder",
  );
});

test("a failure is made small at once, and the small one fails as it does", async () => {
  const seeds = ["--seed", "1", "--seeds", "1", "--out", folder];
  expect(await command.run("explore", ...seeds, ...BUG)).toBe(1);
  expect(command.printed).toMatch(/^ {2}small: faults \d+ -> 1, .*it fails in 10 of 10 replays/m);
  const [whole = "", small = ""] = ["", ".small"].map((end) => `pbft-sig-seed-1${end}.json`);
  expect(readdirSync(folder).toSorted()).toEqual([whole, small].toSorted());
  expect(await run(join(folder, small))).toBe(1);
  expect(command.printed).toMatch(/FAIL PLANTED BUG.*S-6 invalid/s);
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
  await expect(explore("--protocol", "pbft-rsa")).rejects.toThrow(
    / is invalid\. allowed: pbft-sig/,
  );
  await expect(explore("--behaviour", "kindness")).rejects.toThrow(
    / is invalid\. allowed: .*equivocate/,
  );
  await expect(
    explore("--protocol", "unreplicated", "--behaviour", "equivocate", "--seeds", "1"),
  ).rejects.toThrow("equivocate is no lie in unreplicated; it fits pbft-sig");
});

test("a planted bug that nobody knows is told, with the nearest, before a seed is drawn", async () => {
  await expect(explore("--mutant", "none-such", "--seeds", "1")).rejects.toThrow(
    /found "none-such"; allowed: /,
  );
  expect(command.printed).not.toMatch(/first seed/);
  await expect(explore("--mutant", "no-fsnyc", "--seeds", "1")).rejects.toThrow(
    /^--mutant: found "no-fsnyc"; did you mean "no-fsync"\? allowed: /,
  );
});
