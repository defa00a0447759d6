import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AuditWriter } from "../../nodes/runtime/audit-writer.ts";
import { RunLog } from "../drivers/run-log.ts";
import { loadObservations } from "./load.ts";
import { movedLine } from "./moved-line.ts";
import { FILES, RunStore } from "./store.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "bft-chaos-moved-"));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

/** A run that was killed before it could seal its files: two boots of r0, the first one torn. */
function killedRun(): RunStore {
  const store = RunStore.create({ root, scenario: "smoke", id: "a1" });
  const harness = { state: "failed", why: "it was killed" };
  store.writeJson(FILES.run, { id: "a1", scenario: "smoke", zero: "0", harness });
  const cluster = { parameters: { replicas: 1 } };
  store.writeJson(FILES.plan, { version: 1, scenario: "smoke", cluster });
  mkdirSync(store.path("audit"), { recursive: true });
  const file = store.path(FILES.audit(0));
  for (const boot of [1, 2]) {
    const writer = new AuditWriter({ file, level: "full", replica: 0, boot });
    for (const n of [1, 2, 3]) {
      writer.add({ e: "checkpoint", n: 10 * boot + n, d: "naïve" });
      writer.write();
    }
    writer.close();
    if (boot === 1) appendFileSync(file, '{"offset":2');
  }
  const log = new RunLog(store);
  log.begin(0n);
  for (const phase of ["warmup", "faults", "quiet"] as const) {
    log.ledger({ kind: "phase", phase }, 1n);
    log.sample({ replica: 0, up: false }, 1n);
  }
  store.close();
  return store;
}

function without(store: RunStore, file: string, line: number): void {
  const lines = readFileSync(store.path(file), "utf8").split("\n");
  writeFileSync(store.path(file), lines.toSpliced(line - 1, 1).join("\n"));
}

test("a run that was killed and whose replica was torn in a line reads as it was written", () => {
  const { audits, ledger, samples, completeness } = loadObservations(killedRun().directory);
  expect(audits.get(0)?.map((record) => (record.e === "checkpoint" ? record.n : 0))).toEqual([
    11, 12, 13, 21, 22, 23,
  ]);
  expect([ledger.length, samples.length, completeness.changed]).toEqual([3, 3, false]);
});

test.each([
  [FILES.audit(0), 1, "audit/r0.jsonl has line 1 elsewhere than it was written"],
  [FILES.audit(0), 2, "audit/r0.jsonl has line 2 elsewhere than it was written"],
  [FILES.audit(0), 5, "audit/r0.jsonl has line 5 elsewhere than it was written"],
  [FILES.ledger, 1, "ledger.jsonl has another line in the place of line 1"],
  [FILES.ledger, 2, "ledger.jsonl has another line in the place of line 2"],
  [FILES.samples, 2, "metrics/status.jsonl has another line in the place of line 2"],
])("of a run that was killed a line taken out is missed: %s, line %d", (file, line, why) => {
  const store = killedRun();
  without(store, file, line);
  const { run, completeness } = loadObservations(store.directory);
  expect(completeness.changed).toBe(true);
  expect(run.harness).toMatchObject({ state: "failed" });
  expect("why" in run.harness ? run.harness.why : "").toContain(why);
});

test("a line that was put in is seen at the next one", () => {
  const store = killedRun();
  const file = store.path(FILES.audit(0));
  const lines = readFileSync(file, "utf8").split("\n");
  writeFileSync(file, lines.toSpliced(1, 0, '{"e":"checkpoint"}').join("\n"));
  expect(movedLine(readFileSync(file))).toBe(3);
});

test("files of older versions tell of no places and are read as before", () => {
  const store = killedRun();
  for (const file of [FILES.audit(0), FILES.ledger, FILES.samples]) {
    const text = readFileSync(store.path(file), "utf8");
    writeFileSync(store.path(file), text.replaceAll(/"(?:offset|index)":\d+,/g, ""));
  }
  const { audits, ledger, samples, completeness } = loadObservations(store.directory);
  expect([audits.get(0)?.length, ledger.length, samples.length]).toEqual([6, 3, 3]);
  expect(completeness.changed).toBe(false);
});
