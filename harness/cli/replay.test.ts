import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, expect, test } from "vitest";
import { UnreadableRun } from "../observations/load.ts";
import { FILES } from "../observations/store.ts";
import { ScenarioError } from "../scenario/scenario.ts";
import { commandUnderTest } from "./command.fixture.ts";
import { register as registerReplay } from "./replay.ts";
import { register as registerRun } from "./run.ts";

const scenarios = join(import.meta.dirname, "..", "..", "scenarios");
const cli = commandUnderTest((program) => {
  registerRun(program);
  registerReplay(program);
});

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "bft-chaos-replay-"));
});
afterEach(() => rmSync(root, { recursive: true }));

async function play(scenario: string, name: string): Promise<string> {
  await cli.run("run", join(scenarios, scenario), "--driver", "simulation", "--out", root);
  return join(root, name, "latest");
}

const replayed = (directory: string, ...more: readonly string[]) =>
  cli.run("replay", directory, "--out", join(root, "again"), ...more);

test("in the simulator every replay is the same run, byte by byte", async () => {
  const directory = await play("smoke/primary-crash-restart.yaml", "primary-crash-restart");
  expect(await replayed(directory, "--times", "2")).toBe(0);
  expect(cli.printed).toContain("the same outcome as before (PASS): 2 of 2 (100 %)");
  const runs = readdirSync(join(root, "again", "primary-crash-restart"));
  const [first = "", second = ""] = runs.filter((name) => name !== "latest");
  for (const file of [FILES.history, FILES.audit(0), FILES.audit(3), FILES.plan]) {
    const [was, once, twice] = [
      directory,
      join(root, "again", "primary-crash-restart", first),
      join(root, "again", "primary-crash-restart", second),
    ].map((folder) => readFileSync(join(folder, file), "utf8"));
    expect(once).toBe(was);
    expect(twice).toBe(was);
  }
});

test("a planted bug fails again, and for the same reason", async () => {
  const directory = await play("canaries/two-halves.yaml", "canary-two-halves");
  expect(await replayed(directory)).toBe(0);
  expect(cli.printed).toMatch(/= FAIL \(.*S-\d+.*\): 1 of 1/);
});

test("what comes out otherwise is counted, and told by the exit code", async () => {
  const directory = await play("smoke/no-fault.yaml", "no-fault");
  const audit = join(directory, FILES.audit(1));
  const lines = readFileSync(audit, "utf8").split("\n");
  writeFileSync(audit, lines.slice(0, 20).join("\n"));
  expect(await replayed(directory)).toBe(2);
  expect(cli.printed).toMatch(/came to INCONCLUSIVE on simulation\. Not judged: .*audit\/r1/);
  expect(cli.printed).toContain("≠ PASS: 1 of 1");
  expect(cli.printed).toContain("the same outcome as before (INCONCLUSIVE): 0 of 1 (0 %)");
});

test("a replay that could not be judged says why, and counts as neither the same nor another", async () => {
  const directory = await play("smoke/no-fault.yaml", "no-fault");
  change(directory, FILES.run, ({ seals: _, ...rest }) => rest);
  // The old run keeps the load that it had; the new ones shed most of this one.
  change(directory, FILES.plan, ({ workload, ...rest }) => {
    return { ...rest, workload: { ...(workload as object), ratePerSecond: 2_000, clients: 1 } };
  });
  expect(await replayed(directory, "--times", "2")).toBe(2);
  expect(cli.printed).toMatch(/2\/2 INCONCLUSIVE: \S+no-fault\S+\. Not judged: the load was not/);
  expect(cli.printed).toContain("? could not be judged: 2 of 2\n");
  expect(cli.printed).toContain("as before (PASS): 0 of 0 that could be judged\n");
  expect(cli.printed).not.toContain("≠");
});

test("a replay names the run that it was of, and leaves its `latest` alone", async () => {
  const directory = await play("smoke/no-fault.yaml", "no-fault");
  const run = realpathSync(directory);
  await replayed(directory);
  expect(cli.printed).toContain(`${run} came to PASS`);
  const again = join(root, "again", "no-fault", "latest", FILES.run);
  expect(readFileSync(again, "utf8")).toContain(`npx bft-chaos replay ${run} --driver`);
  // Unless told otherwise: a folder that is no scenario's.
  const program = new Command();
  registerReplay(program);
  expect(program.commands[0]?.getOptionValue("out")).toBe("runs/replay");
});

function change(
  directory: string,
  file: string,
  by: (value: Readonly<Record<string, unknown>>) => object,
): void {
  const path = join(directory, file);
  const value = JSON.parse(readFileSync(path, "utf8")) as Readonly<Record<string, unknown>>;
  writeFileSync(path, JSON.stringify(by(value)));
}

test("what is no run, or has a plan of another version, is refused by name", async () => {
  await expect(replayed(root)).rejects.toThrow(UnreadableRun);
  const directory = await play("smoke/no-fault.yaml", "no-fault");
  change(directory, FILES.plan, (plan) => ({ ...plan, version: 9 }));
  await expect(replayed(directory)).rejects.toThrow("version 9");
});

test("a driver that cannot play it is refused before anything starts", async () => {
  const directory = await play("smoke/kill-all-four.yaml", "kill-all-four");
  await expect(replayed(directory, "--driver", "joined")).rejects.toThrow(ScenarioError);
});
