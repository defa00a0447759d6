import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { movedLine } from "../../observations/moved-line.ts";
import { checkpointOffset, copySlice } from "./audit-slice.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-test-"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const EVENTS = [
  '"e":"boot","v":0,"h":0,"lastExec":0',
  '"e":"checkpoint","n":128,"d":"a"',
  '"e":"executed","n":129,"d":"b","ops":[]',
  '"e":"installed","n":256,"d":"c"',
  '"e":"executed","n":257,"d":"d","ops":[]',
];

/** As a replica writes it: each line says where it begins. */
function auditFile(name: string, events: readonly string[]): string {
  let text = "";
  for (const event of events) {
    text += `{"offset":${Buffer.byteLength(text)},"time":1,"replica":0,"boot":1,${event}}\n`;
  }
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

test.each([
  [128, 1],
  [256, 3],
])(
  "the part from %i on begins there, and its lines say where they stand in it",
  (number, first) => {
    const log = auditFile("whole.jsonl", EVENTS);
    const part = join(folder, "part.jsonl");
    copySlice(log, checkpointOffset(log, number) ?? 0, part);
    const copied = readFileSync(part);
    expect(copied.toString().trimEnd().split("\n")).toHaveLength(EVENTS.length - first);
    expect(copied.toString()).toContain(
      `{"offset":0,"time":1,"replica":0,"boot":1,${EVENTS[first]}`,
    );
    expect(movedLine(copied)).toBeNull();
  },
);

test("a line that is still being written is left out", () => {
  const log = auditFile("torn.jsonl", EVENTS);
  const part = join(folder, "part.jsonl");
  writeFileSync(log, readFileSync(log).subarray(0, -3));
  copySlice(log, checkpointOffset(log, 256) ?? 0, part);
  expect(readFileSync(part, "utf8").trimEnd().split("\n")).toHaveLength(1);
});

test("a log that has not come to that checkpoint has no such part", () => {
  expect(checkpointOffset(auditFile("other.jsonl", EVENTS), 384)).toBeNull();
});

test("a log from which a line was taken is told", () => {
  const log = auditFile("short.jsonl", EVENTS);
  const offset = checkpointOffset(log, 128) ?? 0;
  const [boot, checkpoint, , ...rest] = readFileSync(log, "utf8").split("\n");
  writeFileSync(log, [boot, checkpoint, ...rest].join("\n"));
  expect(() => copySlice(log, offset, join(folder, "part.jsonl"))).toThrow("another line at byte");
});
