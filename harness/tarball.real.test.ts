/** What `npm pack` makes, unpacked as npm does it: below a node_modules, beside its packages. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const project = join(import.meta.dirname, "..");

let folder: string;
let installed: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-tarball-"));
  execFileSync("npm", ["pack", "--pack-destination", folder], { cwd: project, stdio: "pipe" });
  const packages = join(folder, "node_modules");
  installed = join(packages, "bft-chaos");
  mkdirSync(installed, { recursive: true });
  const [tarball = ""] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  const unpack = ["-xzf", join(folder, tarball), "-C", installed, "--strip-components=1"];
  execFileSync("tar", unpack);
  for (const name of readdirSync(join(project, "node_modules"))) {
    if (!name.startsWith(".")) {
      symlinkSync(join(project, "node_modules", name), join(packages, name));
    }
  }
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function bftChaos(...args: readonly string[]) {
  const program = join(installed, "harness", "cli", "bft-chaos.mjs");
  return spawnSync(process.execPath, [program, ...args], { cwd: folder, encoding: "utf8" });
}

test("the package holds what it runs from, and nothing that only tests it", () => {
  const names = readdirSync(installed, { recursive: true, encoding: "utf8" });
  expect(names).toContain("harness/cli/main.js");
  expect(names).toContain("scenarios/smoke/no-fault.yaml");
  expect(names).toContain("harness/reports/html/report.css");
  expect(names.filter((name) => /\.(test|fixture|bench)\.|^runs|^\.ci/.test(name))).toEqual([]);
  // The build has taken away again what it had put beside the sources.
  const cli = readdirSync(join(project, "harness", "cli"));
  expect(cli.filter((name) => name.endsWith(".js"))).toEqual([]);
});

test("list and plan answer from below node_modules, where Node strips no types", () => {
  expect(bftChaos("list", "scenarios").stdout).toContain("scenarios/smoke/no-fault.yaml");
  const smoke = join(installed, "scenarios", "smoke", "no-fault.yaml");
  expect(bftChaos("plan", smoke).stdout).toMatch(/^Plan of no-fault, seed 1/);
});

test("a planted bug runs from a changed copy of the source, in simulator and processes", () => {
  const canary = join(installed, "scenarios", "canaries", "agreement.yaml");
  for (const driver of ["simulation", "local"]) {
    const { status, stdout, stderr } = bftChaos("run", canary, "--driver", driver);
    expect(status, stdout + stderr).toBe(0);
  }
});
