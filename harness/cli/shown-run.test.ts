import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Driver } from "../drivers/driver.ts";
import { simulationDriver } from "../drivers/simulation/driver.ts";
import { planFor } from "../run.ts";
import { Aborts } from "./aborts.ts";
import { shownRun } from "./shown-run.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-shown-"));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

/** What is printed of a run that its driver breaks off at once. */
async function begun(name: string, more: string): Promise<string> {
  const file = join(folder, "tried.yaml");
  const head = "apiVersion: bft-chaos/v1\nkind: Scenario\nmetadata: { name: tried }\n";
  writeFileSync(file, `${head}${more}`);
  const run = () => Promise.reject(new Error("broken off"));
  const driver: Driver = { ...simulationDriver, name, run };
  const [planned] = planFor(driver, { paths: [file] });
  if (planned === undefined) throw new Error("there is a scenario");
  let printed = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  using aborts = new Aborts();
  const showing = { out: folder, mutantFolders: [], aborts, position: "1/1", delivery: null };
  expect((await shownRun(planned, showing)).harness.state).toBe("failed");
  return printed;
}

test("a run whose driver takes no notice of `simulation` says so as it begins", async () => {
  const told = /^1\/1 tried .*\n {2}simulation: is only for --driver simulation/;
  const section = "simulation: { network: { loss: 1% } }\n";
  expect(await begun("half", section)).toMatch(told);
  expect(await begun("simulation", section)).not.toMatch(told);
  expect(await begun("half", "")).not.toMatch(told);
});
