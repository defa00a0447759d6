/**
 * The scenarios of the null operation, in virtual time: what they measure is judged by the history
 * of the very run, and a service that is not linearizable shows in it.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { planScenarios, runPlanned } from "./run.ts";

const SCENARIO = join(import.meta.dirname, "../scenarios/overhead/null-unreplicated.yaml");
const STALE = {
  summary: "A read finds nothing.",
  breaks: "a read answers what was written last",
  file: "nodes/services/kv.ts",
  find: "      return current === undefined ? ABSENT : valueResult(current);",
  replace: "      return ABSENT;",
  caughtBy: ["S-6"],
};

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-overhead-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Some hundred operations of several clients. */
async function linearizableWith(...more: readonly string[]) {
  const short = ["workload.operationsMax=600", "workload.clients=4", "expect.minOperations=1"];
  writeFileSync(join(folder, "stale.yaml"), JSON.stringify(STALE));
  const sets = [...short, "phases.warmup=50ms", "phases.faults=100ms", ...more];
  const options = { paths: [SCENARIO], driver: "simulation", mutantFolders: [folder] };
  const [planned] = planScenarios({ ...options, sets });
  if (planned === undefined) throw new Error("there is no such scenario");
  const { judged } = await runPlanned(planned, {
    out: folder,
    mutantFolders: [folder],
    onProgress: () => undefined,
    onAbort: () => undefined,
  });
  return judged?.judgement.checks.find(({ id }) => id === "S-6");
}

test("S-6 judges the reads and writes among the null operations, beside the final reads", async () => {
  const check = await linearizableWith("workload.mix={ 'null': 80%, read: 10%, write: 10% }");
  expect(check?.outcome).toBe("valid");
  // The keys are read once more at the end.
  expect(check?.judged).toBeGreaterThan(16 + 60);
});

test("and goes red where a read does not find what was written", async () => {
  const check = await linearizableWith("cluster.mutant=stale");
  expect(check?.outcome).toBe("invalid");
});
