import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { commandUnderTest } from "./cli/command.fixture.ts";
import { register as registerCompare } from "./cli/compare.ts";
import { register as registerPlan } from "./cli/plan.ts";
import { register as registerReplay } from "./cli/replay.ts";
import { register as registerReport } from "./cli/report.ts";
import { register as registerRun } from "./cli/run.ts";
import { register as registerShrink } from "./cli/shrink.ts";

const commands = [
  registerCompare,
  registerPlan,
  registerReplay,
  registerReport,
  registerRun,
  registerShrink,
];
const command = commandUnderTest((program) => {
  for (const register of commands) register(program);
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-kinds-"));
  writeFileSync(join(folder, "a.yaml"), "kind: Scenario\n");
  writeFileSync(join(folder, "plan.json"), '{"cluster":{},"entries":[]}');
  writeFileSync(join(folder, "printed.json"), '{"plan":{"cluster":{},"entries":[]},"budget":{}}');
  writeFileSync(join(folder, "runtime.json"), '{"part":"runtime"}');
  mkdirSync(join(folder, "run"));
  writeFileSync(join(folder, "run", "run.json"), "{}");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const FOUND = {
  "a.yaml": "found a scenario; allowed: ",
  "plan.json": "found a plan, in which all is fixed; allowed: ",
  "printed.json": "found what `plan --json` prints; allowed: ",
  "runtime.json": "found a plan of the runtime; allowed: ",
  run: "found a run's folder; allowed: ",
} as const;

const vary = ["--vary", "cluster.f=1,2"];
test.each<[string, keyof typeof FOUND, readonly string[], string]>([
  [
    "shrink",
    "a.yaml",
    [],
    "a plan that `explore` kept, plan.json of a run, or a run's folder. `run`",
  ],
  ["replay", "a.yaml", [], "a run's folder, or a plan of the runtime. `run` plays it"],
  ["replay", "plan.json", [], "a run's folder, or a plan of the runtime. `run` plays it"],
  ["report", "a.yaml", [], "a run's folder. `run` plays it and leaves a run's folder"],
  ["report", "plan.json", [], "a run's folder. `run` plays it"],
  ["plan", "plan.json", [], "a scenario file. `run` plays it"],
  ["plan", "run", [], "a scenario file. `replay` plays it again"],
  ["compare", "plan.json", vary, "scenario files, or folders of them. `run` plays it"],
  ["compare", "run", vary, "scenario files, or folders of them. `replay` plays it again"],
  ["run", "run", [], "scenario files, plans, or folders of scenario files. `replay`"],
  ["plan", "printed.json", [], "a scenario file. Its key `plan`, as a file by itself, is a plan"],
  [
    "run",
    "printed.json",
    [],
    "scenario files, plans, or folders of scenario files. Its key `plan`",
  ],
  ["replay", "printed.json", [], "a run's folder, or a plan of the runtime. Its key `plan`"],
  ["report", "printed.json", [], "a run's folder. Its key `plan`"],
  ["compare", "printed.json", vary, "scenario files, or folders of them. Its key `plan`"],
  [
    "shrink",
    "printed.json",
    [],
    "a plan that `explore` kept, plan.json of a run, or a run's folder. Its key `plan`",
  ],
  ["run", "runtime.json", [], "scenario files, plans, or folders of scenario files. `replay`"],
])(
  "%s of %s says what it found, what it takes, and what that is for",
  async (name, file, more, said) => {
    const path = join(folder, file);
    await expect(command.run(name, path, ...more)).rejects.toThrow(
      `${path}: ${FOUND[file]}${said}`,
    );
  },
);

test("JSON of another kind is no plan", async () => {
  writeFileSync(join(folder, "other.json"), '{"entries":[]}');
  const planned = command.run("plan", join(folder, "other.json"));
  await expect(planned).rejects.toThrow("apiVersion: is missing");
});

test("what names no kind is left to who reads it", async () => {
  writeFileSync(join(folder, "torn.json"), "{");
  await expect(command.run("shrink", join(folder, "torn.json"))).rejects.toThrow("found no JSON");
  await expect(command.run("run", join(folder, "none"))).rejects.toThrow("no such file or folder");
});
