import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { register } from "./check.ts";
import { commandUnderTest } from "./command.fixture.ts";

const command = commandUnderTest(register);

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "bft-chaos-check-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** @returns the exit code and what was printed */
async function check(lines: readonly unknown[], ...options: readonly string[]) {
  const path = join(directory, "history.jsonl");
  const text = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line)));
  writeFileSync(path, `${text.join("\n")}\n`);
  const code = await command.run("check", path, ...options);
  return { code, text: (command.printed + command.complained).trimEnd() };
}

const invoke = (process: number, f: string, value: unknown) => ({
  process,
  type: "invoke",
  f,
  value,
});
const ok = (process: number, f: string, value: unknown) => ({ process, type: "ok", f, value });
const register1 = ["--model", "cas-register"];

test("a linearizable register history with numbers and no keys is exit 0", async () => {
  const history = [
    invoke(0, "read", null),
    ok(0, "read", null),
    invoke(0, "write", 1),
    ok(0, "write", 1),
    { process: "nemesis", type: "info", f: "start", value: "cut" },
    invoke(1, "cas", [1, 2]),
    ok(1, "cas", [1, 2]),
    invoke(0, "cas", [1, 3]),
    { process: 0, type: "fail", f: "cas", value: [1, 3] },
    invoke(0, "read", null),
    ok(0, "read", 2),
  ];
  expect(await check(history, ...register1)).toEqual({
    code: 0,
    text: "linearizable: 5 operations on 1 keys",
  });
});

test("a stale read is exit 1, with the lines that contradict each other", async () => {
  const history = [
    invoke(0, "write", 1),
    ok(0, "write", 1),
    invoke(0, "write", 2),
    ok(0, "write", 2),
    invoke(1, "read", null),
    ok(1, "read", 1),
  ];
  const { code, text } = await check(history, ...register1);
  expect(code).toBe(1);
  expect(text).toMatch(/not linearizable/);
  expect(text).toContain('> line 6: {"process":1,"type":"ok","f":"read","value":1}');
  expect(text).toContain("line 4:");
});

test("a failed cas is an observation: it may not have met the expected value", async () => {
  const history = [
    invoke(0, "write", 1),
    ok(0, "write", 1),
    invoke(0, "cas", [1, 2]),
    { process: 0, type: "fail", f: "cas", value: [1, 2] },
  ];
  expect((await check(history, ...register1)).code).toBe(1);
});

test("a cas that failed with an error did not happen and observed nothing", async () => {
  const history = [
    invoke(0, "write", 1),
    ok(0, "write", 1),
    invoke(0, "cas", [1, 2]),
    { process: 0, type: "fail", f: "cas", value: [1, 2], error: "too large" },
    invoke(0, "read", null),
    ok(0, "read", 1),
  ];
  expect((await check(history, ...register1)).code).toBe(0);
});

test("kv keys are apart, and an absent key reads as null or the empty string", async () => {
  const on = (key: string, event: object) => ({ ...event, key });
  const history = [
    on("a", invoke(0, "append", "x")),
    on("a", ok(0, "append", "x")),
    on("b", invoke(0, "read", null)),
    on("b", ok(0, "read", "")),
    on("a", invoke(0, "delete", null)),
    on("a", ok(0, "delete", null)),
    on("a", invoke(0, "read", null)),
    on("a", ok(0, "read", null)),
  ];
  expect(await check(history, "--model", "kv")).toMatchObject({ code: 0 });
});

test("no time at all is unknown: exit 2", async () => {
  const history = [invoke(0, "write", 1), ok(0, "write", 1)];
  expect(await check(history, ...register1, "--time-limit", "0ms")).toMatchObject({ code: 2 });
});

test.each([
  ["a line that is no JSON", ['{"process":0,'], /:1: this line is no JSON/],
  [
    "a line without a type",
    [{ process: 0, f: "read" }],
    /:1: this line is no history event \(type: is missing; allowed: invoke, ok, fail, info/,
  ],
  [
    "a list",
    [[1]],
    /:1: this line is no history event \(the line: found a list of 1; allowed: a map/,
  ],
  ["an answer without a question", [ok(0, "read", 1)], /:1: ok of process 0 without an invoke/],
  [
    "two questions at once",
    [invoke(0, "read", null), "", invoke(0, "read", null)],
    /:3: process 0 already has an operation open/,
  ],
  ["an operation the model lacks", [invoke(0, "append", "x")], /no operation "append"/],
  ["a cas without a pair", [invoke(0, "cas", 3)], /the value of a cas is \[from, to\], not 3/],
  ["an empty file", [""], /the history is empty/],
])("%s is exit 254 and a message with its place", async (_what, history, message) => {
  const { code, text } = await check(history, ...register1);
  expect(code).toBe(254);
  expect(text).toMatch(message);
});

test("a folder is told what of it is a history, and files of other kinds what they are", async () => {
  expect(await command.run("check", directory, ...register1)).toBe(254);
  expect(command.complained.trimEnd()).toBe(
    `${directory}: found a folder; allowed: history.jsonl of a run, or one of the same shape`,
  );
  const history = join(directory, "history.jsonl");
  writeFileSync(history, "");
  expect(await command.run("check", directory, ...register1)).toBe(254);
  expect(command.complained).toContain(`one of the same shape, here ${history}`);
  writeFileSync(join(directory, "a.yaml"), "kind: Scenario\n");
  await expect(command.run("check", join(directory, "a.yaml"), ...register1)).rejects.toThrow(
    "found a scenario; allowed: history.jsonl of a run",
  );
});

test("a file that is not there is exit 254", async () => {
  expect(await command.run("check", join(directory, "none.jsonl"), ...register1)).toBe(254);
  expect(command.complained).toMatch(/cannot be read/);
});
