import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { texts, writeLog } from "../../../nodes/runtime/log.fixture.ts";
import { readDisk } from "./disk-tapes.ts";
import { recordsIn } from "./stored-log.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-stored-log-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("the records of a log are read in their order, of the segment that replaced the others", async () => {
  await writeLog(folder, ["append", "a", "b"], ["append", "c"]);
  expect(texts(recordsIn(readDisk(folder)))).toEqual(["a", "b", "c"]);
  await writeLog(folder, ["replace", "d"], ["append", "e", "f"]);
  expect(texts(recordsIn(readDisk(folder)))).toEqual(["d", "e", "f"]);
});

test("a block that is still being written is left out, and no log has no records", async () => {
  expect(recordsIn([])).toEqual([]);
  await writeLog(folder, ["append", "a"], ["append", "b"]);
  const disk = readDisk(folder);
  expect(readdirSync(folder)).toContain(disk.find(({ name }) => name.endsWith(".wal"))?.name);
  const torn = disk.map(({ name, bytes }) => ({ name, bytes: bytes.subarray(0, -1) }));
  expect(texts(recordsIn(torn))).toEqual(["a"]);
  const cut = disk.map(({ name, bytes }) => ({ name, bytes: bytes.subarray(0, 5) }));
  expect(recordsIn(cut)).toEqual([]);
});
