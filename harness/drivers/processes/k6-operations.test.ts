import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { HistoryEvent } from "../../observations/observations.ts";
import { GrowingHistory } from "./growing-history.ts";
import { JoinedHistory } from "./joined-history.ts";
import { K6Operations } from "./k6-operations.ts";
import { errorIn, readSummary, tellsOfScript } from "./k6-output.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-test-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function event(given: Partial<HistoryEvent>): HistoryEvent {
  const operation = { f: "write", key: "k", value: "v" } as const;
  return { index: 0, time: 0, process: 0, type: "invoke", ...operation, ...given };
}

test("a growing history gives each line once, and half a line only when it is whole", () => {
  const path = join(folder, "history.jsonl");
  const history = new GrowingHistory(path);
  expect(history.read()).toEqual([]);
  const [first, second] = [event({ value: "ä" }), event({ type: "ok", time: 5 })];
  const text = `${JSON.stringify(first)}\n${JSON.stringify(second)}\n`;
  const bytes = Buffer.from(text);
  const half = bytes.indexOf(0xc3) + 1;
  writeFileSync(path, bytes.subarray(0, half));
  expect(history.read()).toEqual([]);
  appendFileSync(path, bytes.subarray(half, bytes.length - 1));
  expect(history.read()).toEqual([first]);
  appendFileSync(path, "\n");
  expect(history.read()).toEqual([second]);
  expect(history.read()).toEqual([]);
});

test("joined writers number their lines together, and share no process", () => {
  const lines: HistoryEvent[] = [];
  const joined = new JoinedHistory((line) => lines.push(line));
  joined.add("a", event({ process: 0, index: 7 }));
  joined.add("b", event({ process: 0, index: 7 }));
  joined.add("b", event({ process: 1 }));
  joined.add("a", event({ process: 0, type: "ok" }));
  expect(lines.map(({ index, process }) => [index, process])).toEqual([
    [0, 0],
    [1, 1],
    [2, 2],
    [3, 0],
  ]);
});

test("figures count from when the script asked; what nobody will hear of is unknown", () => {
  const operations = new K6Operations();
  operations.add(event({ process: 1, time: 10e6, intended: 2e6 }));
  operations.add(event({ process: 2, time: 11e6, key: "l" }));
  operations.add(event({ process: 3, time: 11e6 }));
  expect(operations.answered).toBe(false);
  operations.add(event({ process: 1, time: 12e6, type: "ok", intended: 2e6 }));
  operations.add(event({ process: 3, time: 13e6, type: "fail", unsent: true }));
  expect(operations.figures(14e6)).toEqual({
    issued: 3,
    ok: 1,
    unknown: 0,
    operationsPerSecond: 1,
    p99Ms: 10,
  });
  expect(operations.keys).toEqual(["k", "l"]);
  const lost = operations.abandoned(20e6);
  expect(lost).toEqual([event({ process: 2, time: 20e6, key: "l", type: "info" })]);
  for (const end of lost) operations.add(end);
  expect(operations.abandoned(21e6)).toEqual([]);
  expect(operations.figures(2e9)).toMatchObject({
    unknown: 1,
    operationsPerSecond: 0,
    p99Ms: null,
  });
});

test("an error of the script is told from one of k6's own", () => {
  const line = (given: object) => JSON.stringify({ time: "now", level: "error", ...given });
  const thrown = line({ msg: "TypeError: x\n\tat load.js:3\n", hint: "script exception" });
  expect([errorIn(thrown), tellsOfScript(thrown)]).toEqual(["TypeError: x at load.js:3", true]);
  const late = line({ msg: "Uncaught (in promise) Error: x\n\tat load.js:3\n", executor: "e" });
  expect([errorIn(late), tellsOfScript(late)]).toEqual([
    "Uncaught (in promise) Error: x at load.js:3",
    true,
  ]);
  const printed = line({ msg: "Uncaught (in promise) Error: x", source: "console" });
  expect([errorIn(printed), tellsOfScript(printed)]).toEqual([null, false]);
  const own = line({ msg: "could not initialize" });
  expect([errorIn(own), tellsOfScript(own)]).toEqual(["could not initialize", false]);
  const warning = line({ level: "warning", msg: "few" });
  for (const none of [warning, "no JSON", "{}", ""]) expect(errorIn(none), none).toBeNull();
});

test("a summary tells of dropped iterations and crossed thresholds; half of one is none", () => {
  const path = join(folder, "summary.json");
  expect(readSummary(path)).toBeNull();
  writeFileSync(path, '{"metrics": {');
  expect(readSummary(path)).toBeNull();
  writeFileSync(path, JSON.stringify({ metrics: { iterations: { count: 3, rate: 1 } } }));
  expect(readSummary(path)).toEqual({ droppedIterations: 0, crossed: [] });
  const dropped = { count: 4, thresholds: { "count==0": true, "count<9": false } };
  writeFileSync(path, JSON.stringify({ metrics: { dropped_iterations: dropped } }));
  expect(readSummary(path)).toEqual({
    droppedIterations: 4,
    crossed: ["dropped_iterations: count==0"],
  });
});
