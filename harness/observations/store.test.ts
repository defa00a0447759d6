import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { COMPLETE } from "./completeness.ts";
import { loadObservations } from "./load.ts";
import type { HarnessState, RunInfo } from "./observations.ts";
import { FILES, RunStore, StoreError } from "./store.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "bft-chaos-store-"));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function create(id = "a1"): RunStore {
  const startedAt = new Date("2026-11-21T03:04:05.678Z");
  return RunStore.create({ root, scenario: "smoke", id, startedAt });
}

test("a run gets a folder of its own, and `latest` points at the newest", () => {
  const first = create("a1");
  expect(first.directory).toBe(join(root, "smoke", "20261121T030405Z-a1"));
  create("a2");
  expect(readlinkSync(join(root, "smoke", "latest"))).toBe("20261121T030405Z-a2");
});

test("two runs never share a folder", () => {
  create("a1");
  expect(() => create("a1")).toThrow(/EEXIST/);
});

test("where no run store can be made is known before anything starts, and takes no time", () => {
  RunStore.tryOut(join(root, "not", "yet", "there"));
  expect(readdirSync(join(root, "not", "yet", "there"))).toEqual([]);
  // /proc is there and takes no entries: Node's recursive mkdir would try for ever.
  expect(() => RunStore.tryOut("/proc/x")).toThrow(StoreError);
  writeFileSync(join(root, "file"), "");
  expect(() => RunStore.tryOut(join(root, "file"))).toThrow(/file cannot be written: ENOTDIR/);
  expect(() => RunStore.create({ root: "/proc/x", scenario: "s", id: "1" })).toThrow(StoreError);
});

test("a store whose folder was removed says so at the next line, and does not come back", () => {
  const store = create();
  store.append(FILES.ledger, { time: 1 });
  rmSync(root, { recursive: true });
  const why = /smoke.* cannot be written: the folder was removed or replaced/;
  expect(() => store.append(FILES.ledger, { time: 2 })).toThrow(why);
  expect(() => store.writeJson(FILES.run, {})).toThrow(StoreError);
  expect(existsSync(root)).toBe(false);
  store.close();
});

test("appended lines are in the file before append returns", () => {
  const store = create();
  store.append("history.jsonl", { index: 0 });
  store.append("history.jsonl", { index: 1 }, { sync: true });
  expect(readFileSync(store.path("history.jsonl"), "utf8")).toBe('{"index":0}\n{"index":1}\n');
  store.close();
});

const PLAN = { version: 1, scenario: "smoke", cluster: { parameters: { replicas: 2 } } };
const DEAD: HarnessState = { state: "failed", why: "it was killed" };

function writeMinimal(store: RunStore): void {
  store.writeJson(FILES.run, { id: "a1", scenario: "smoke", zero: "1000", harness: DEAD });
  store.writeJson(FILES.plan, PLAN);
}

test("audit times come back relative to the run's zero", () => {
  const store = create();
  writeMinimal(store);
  store.append(FILES.audit(0), {
    e: "boot",
    time: 1500,
    replica: 0,
    boot: 1,
    v: 0,
    h: 0,
    lastExec: 0,
  });
  expect(loadObservations(store.directory).audits.get(0)?.[0]?.time).toBe(500);
  store.close();
});

test("a missing audit is a missing map entry, missing histories are empty", () => {
  const store = create();
  writeMinimal(store);
  store.append(FILES.audit(1), {
    e: "boot",
    time: 1500,
    replica: 1,
    boot: 1,
    v: 0,
    h: 0,
    lastExec: 0,
  });
  const observations = loadObservations(store.directory);
  expect([...observations.audits.keys()]).toEqual([1]);
  expect(observations.history).toEqual([]);
  expect(observations.workload).toEqual({ shed: 0 });
  store.close();
});

test("a torn last line is dropped, and nothing after a broken line is read", () => {
  const store = create();
  writeMinimal(store);
  store.append(FILES.ledger, { time: 1, kind: "load", on: true });
  appendFileSync(store.path(FILES.ledger), '{"time":2,"ki');
  expect(loadObservations(store.directory).ledger).toHaveLength(1);
  writeFileSync(store.path(FILES.ledger), '{"time":1}\n{"time":2,"ki\n{"time":3}\n');
  const { ledger, completeness } = loadObservations(store.directory);
  expect(ledger).toHaveLength(1);
  expect(completeness.files.get(FILES.ledger)).toBe(1);
  expect(completeness.injectionsUntil).toBe(1);
  store.close();
});

test("an audit line torn by a kill is dropped where the next start follows, and only there", () => {
  const store = create();
  writeMinimal(store);
  const line = (boot: number): string => `{"e":"boot","time":1,"replica":0,"boot":${boot}}\n`;
  writeFileSync(store.path(FILES.audit(0)), `${line(1)}{"e":"exec\n${line(2)}`);
  expect(loadObservations(store.directory).audits.get(0)).toHaveLength(2);
  writeFileSync(store.path(FILES.audit(0)), `${line(1)}{"e":"exec\n${line(1)}`);
  expect(loadObservations(store.directory).audits.get(0)).toHaveLength(1);
  store.close();
});

/** A run that got to its end, with a line in every file. */
function writeWhole(store: RunStore): RunInfo {
  const lines: Readonly<Record<string, object>> = {
    [FILES.ledger]: { time: 9, index: 1, kind: "phase", phase: "end" },
    [FILES.history]: { time: 5, index: 1 },
    [FILES.samples]: { time: 6, index: 1 },
    [FILES.audit(0)]: { time: 1_007, replica: 0, boot: 1 },
    [FILES.audit(1)]: { time: 1_008, replica: 1, boot: 1 },
  };
  for (const [file, line] of Object.entries(lines)) {
    store.append(file, { ...line, time: 1_001, index: 0 });
    store.append(file, line);
  }
  store.writeJson(FILES.plan, PLAN);
  store.writeJson(FILES.workload, { shed: 0 });
  const run = {
    id: "a1",
    scenario: "smoke",
    zero: "1000",
    harness: { state: "ok" },
    files: store.sizes(2),
    seals: store.seals(2),
  };
  store.writeJson(FILES.run, run);
  return run as unknown as RunInfo;
}

test("a run that is as it was left misses nothing", () => {
  const store = create();
  writeWhole(store);
  const { run, completeness } = loadObservations(store.directory);
  expect(run.harness).toEqual({ state: "ok" });
  expect(completeness).toEqual(COMPLETE);
  store.close();
});

test.each([FILES.ledger, FILES.history, FILES.samples, FILES.audit(0), FILES.audit(1)])(
  "a %s that was cut short, or is gone, is trouble with the harness",
  (file) => {
    const store = create();
    writeWhole(store);
    const text = readFileSync(store.path(file), "utf8");
    for (const length of [text.length - 1, text.indexOf("\n") + 1, 3, 0]) {
      writeFileSync(store.path(file), text.slice(0, length));
      const { harness } = loadObservations(store.directory).run;
      const why = `${file} is cut short (${length} of ${text.length} bytes)`;
      expect(harness).toEqual({ state: "failed", why });
    }
    rmSync(store.path(file));
    const { harness } = loadObservations(store.directory).run;
    expect(harness).toEqual({ state: "failed", why: `${file} is missing` });
    store.close();
  },
);

const CHANGES: readonly (readonly [string, (lines: readonly string[]) => readonly string[]])[] = [
  ["a line doubled", ([first = "", ...rest]) => [first, first, ...rest]],
  ["its lines swapped", ([first = "", second = ""]) => [second, first, ""]],
  ["a digit changed", (lines) => lines.map((line) => line.replace("1", "2"))],
];

describe.each(CHANGES)("with %s", (_what, change) => {
  test.each([FILES.ledger, FILES.history, FILES.samples, FILES.audit(0)])(
    "a %s is no file of this run, and nothing of it is read",
    (file) => {
      const store = create();
      writeWhole(store);
      const lines = readFileSync(store.path(file), "utf8").split("\n");
      writeFileSync(store.path(file), change(lines).join("\n"));
      const { run, completeness, history, ledger, audits, samples } = loadObservations(
        store.directory,
      );
      expect(run.harness).toEqual({ state: "failed", why: `${file} is not as the run left it` });
      expect(completeness.changed).toBe(true);
      const lengths = [history, ledger, samples, audits.get(0) ?? []].map(({ length }) => length);
      expect(lengths.toSorted()).toEqual([0, 2, 2, 2]);
      store.close();
    },
  );
});

test("a run that died tells by their numbers whether its history's lines are its own", () => {
  const store = create();
  const { files: _, seals: __, ...run } = writeWhole(store);
  store.writeJson(FILES.run, { ...run, harness: DEAD });
  const [first, second] = readFileSync(store.path(FILES.history), "utf8").split("\n");
  for (const lines of [[second], [first, first], [second, first]]) {
    writeFileSync(store.path(FILES.history), lines.map((line) => `${line}\n`).join(""));
    const { history, completeness, run } = loadObservations(store.directory);
    expect([history, completeness.changed]).toEqual([[], true]);
    expect(run.harness).toMatchObject({ why: expect.stringMatching(/killed, history.jsonl has/) });
  }
  store.close();
});

test("a plan or totals that the run did not write are noticed, of the same size or not", () => {
  const store = create();
  const run = writeWhole(store);
  store.writeJson(FILES.workload, { shed: 7 });
  const why = "workload.json is not as the run left it";
  expect(loadObservations(store.directory).run.harness).toEqual({ state: "failed", why });
  store.writeJson(FILES.plan, { ...PLAN, extra: 1 });
  expect(() => loadObservations(store.directory)).toThrow("plan.json is not as the run left it");
  store.writeJson(FILES.run, { ...run, seals: undefined });
  store.writeJson(FILES.plan, { ...PLAN, seed: 2 });
  expect(() => loadObservations(store.directory)).toThrow("plan.json is of another run");
  store.close();
});

test("of a file whose size alone is known nothing is read when it is shorter", () => {
  const store = create();
  const { seals: _, ...run } = writeWhole(store);
  store.writeJson(FILES.run, run);
  const text = readFileSync(store.path(FILES.audit(0)), "utf8");
  writeFileSync(store.path(FILES.audit(0)), text.slice(text.indexOf("\n") + 1));
  expect(loadObservations(store.directory).audits.get(0)).toEqual([]);
  writeFileSync(store.path(FILES.audit(0)), text + text);
  const { harness } = loadObservations(store.directory).run;
  expect(harness).toEqual({ state: "failed", why: "audit/r0.jsonl is not as the run left it" });
  store.close();
});

test("of a run that died each file is known until its last line, the ledger until its last proof", () => {
  const store = create();
  const { files: _, seals: __, ...run } = writeWhole(store);
  store.writeJson(FILES.run, { ...run, harness: DEAD });
  rmSync(store.path(FILES.workload));
  writeFileSync(store.path(FILES.ledger), "");
  store.append(FILES.ledger, { time: 20, kind: "intent", entry: "cut" });
  store.append(FILES.ledger, { time: 21, kind: "installed", entry: "cut" });
  store.append(FILES.ledger, { time: 30, kind: "healing", entry: "cut" });
  store.append(FILES.ledger, { time: 32, kind: "note" });
  const { files, injectionsUntil, ended } = loadObservations(store.directory).completeness;
  expect(Object.fromEntries(files)).toEqual({
    [FILES.history]: 5,
    [FILES.ledger]: 30,
    [FILES.audit(0)]: 7,
    [FILES.audit(1)]: 8,
  });
  expect(injectionsUntil).toBe(Number.POSITIVE_INFINITY);
  expect(ended).toBe(false);
  store.close();
});

test("a run that ended well and measured nothing vouches only for what is there", () => {
  const store = create();
  const { files: _, seals: __, ...run } = writeWhole(store);
  store.writeJson(FILES.run, run);
  const { completeness, run: loaded } = loadObservations(store.directory);
  expect(loaded.harness).toEqual({ state: "ok" });
  for (const file of [FILES.history, FILES.ledger, FILES.audit(0), FILES.audit(1)]) {
    expect([file, completeness.files.get(file)]).toEqual([file, expect.any(Number)]);
  }
  store.close();
});
