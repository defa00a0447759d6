import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { observationsOf, quietRun } from "../checkers/run.fixture.ts";
import { FILES, RunStore } from "../observations/store.ts";
import { exampleRun } from "../reports/example-run.fixture.ts";
import { reports } from "../reports/registry.ts";
import type { JudgedRun } from "../reports/report.ts";
import { VERDICTS } from "../scenario/verdict.ts";

const main = join(import.meta.dirname, "main.ts");

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "bft-chaos-report-"));
});
afterEach(() => rmSync(root, { recursive: true }));

/** An old run as a run store holds it; only the audit log has times of the host's own clock. */
function oldRun(
  { observations }: Pick<JudgedRun, "observations"> = exampleRun({ durationMs: 10_000 }),
): string {
  const { run, plan, workload, ledger, history, samples, audits } = observations;
  const store = RunStore.create({ root, scenario: run.scenario, id: run.id });
  store.writeJson(FILES.run, run);
  store.writeJson(FILES.plan, plan);
  store.writeJson(FILES.workload, workload);
  for (const line of ledger) store.append(FILES.ledger, line);
  for (const line of history) store.append(FILES.history, line);
  for (const line of samples) store.append(FILES.samples, line);
  for (const [replica, records] of audits) {
    for (const record of records) {
      const time = Number(run.zero) + record.time;
      store.append(FILES.audit(replica), { ...record, time });
    }
  }
  store.close();
  return join(root, run.scenario, "latest");
}

const reportOf = (directory: string) => tried(directory).stdout;

test("an old run is judged again and every report is written anew", () => {
  const directory = oldRun();
  const table = reportOf(directory);
  expect(table).toContain("bad-minute");
  expect(table).toContain(join(directory, "report.html"));
  for (const { file } of reports) {
    expect(readFileSync(join(directory, file), "utf8")).toContain("bad-minute");
  }
  const text = readFileSync(join(directory, FILES.results), "utf8");
  const results = JSON.parse(text) as { readonly verdict: string };
  expect(VERDICTS).toContain(results.verdict);
});

test("a verdict that is no longer the same is pointed out", () => {
  const directory = oldRun();
  expect(reportOf(directory)).not.toContain("The verdict was");
  new RunStore(directory).writeJson(FILES.results, { verdict: "LIVENESS_MISS" });
  expect(reportOf(directory)).toContain("The verdict was LIVENESS_MISS before.");
});

/** What `report` prints and how it ends, whatever that is. */
const tried = (directory: string) =>
  spawnSync(process.execPath, [main, "report", directory], { encoding: "utf8" });

/** One that has nothing wrong with it. */
const quiet = () => oldRun({ observations: observationsOf(quietRun()) });

function rewriteRun(directory: string, change: object): void {
  const run = JSON.parse(readFileSync(join(directory, FILES.run), "utf8")) as object;
  new RunStore(directory).writeJson(FILES.run, { ...run, ...change });
}

test.each([
  ["failed", 255],
  ["aborted", 3],
] as const)("of a run whose harness %s nothing is judged that it did not write", (state, code) => {
  const directory = quiet();
  rewriteRun(directory, { harness: { state, why: "kill -9" } });
  rmSync(join(directory, FILES.workload));
  const history = readFileSync(join(directory, FILES.history), "utf8");
  writeFileSync(join(directory, FILES.history), history.slice(0, history.length / 2));
  const { status, stdout } = tried(directory);
  expect(stdout).toContain("INCONCLUSIVE");
  expect(stdout).toContain(`the harness ${state} (kill -9)`);
  expect(stdout).toContain("S-3 unknown");
  expect(status).toBe(code);
});

test("a run whose history is missing or torn is one that the harness failed", () => {
  const directory = quiet();
  expect(tried(directory).status).toBe(0);
  const history = readFileSync(join(directory, FILES.history), "utf8");
  writeFileSync(join(directory, FILES.history), history.slice(0, -5));
  const torn = tried(directory);
  expect(torn.stdout).toContain("history.jsonl is torn in its last line");
  rmSync(join(directory, FILES.history));
  const missing = tried(directory);
  expect(missing.stdout).toContain("history.jsonl is missing");
  expect([torn.status, missing.status]).toEqual([255, 255]);
});

test("a run without its clients' totals cannot be one whose harness was well", () => {
  const directory = quiet();
  rmSync(join(directory, FILES.workload));
  const { status, stdout } = tried(directory);
  expect(stdout).toContain("the harness failed (workload.json is missing)");
  expect(status).toBe(255);
});

test("a history that no client can have produced is not judged, and every report written", () => {
  const directory = quiet();
  const path = join(directory, FILES.history);
  const [first, second, ...rest] = readFileSync(path, "utf8").split("\n");
  writeFileSync(path, [second, first, ...rest].join("\n"));
  const { stdout, stderr } = tried(directory);
  expect(stderr).toBe("");
  expect(stdout).toContain("INCONCLUSIVE");
  expect(stdout).toContain("history.jsonl has another line in the place of line 1");
  for (const { file } of reports) expect(existsSync(join(directory, file))).toBe(true);
});

test("a folder that holds no run is bad input", () => {
  const { status, stderr } = spawnSync(process.execPath, [main, "report", root], {
    encoding: "utf8",
  });
  expect(status).toBe(254);
  expect(stderr).toBe(`${root} is no run's folder: it has no run.json\n`);
});

test("the folder of a scenario is told from that of its newest run", () => {
  const runs = join(root, "many");
  mkdirSync(join(runs, "latest"), { recursive: true });
  writeFileSync(join(runs, "latest", "run.json"), "{}");
  const { status, stderr } = spawnSync(process.execPath, [main, "report", runs], {
    encoding: "utf8",
  });
  expect(status).toBe(254);
  expect(stderr).toContain(`it has no run.json; the newest in it is ${join(runs, "latest")}\n`);
});
