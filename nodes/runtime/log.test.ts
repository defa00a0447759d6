import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Disk, Log, type LogFailure, type LogOptions, realDisk } from "./log.ts";
import { cutToSyncedMark } from "./log-cut.ts";
import { LogCorruptError, markPath, readLog, readMark, segmentPath } from "./log-files.ts";
import { encodeRecords } from "./log-record.ts";

let root: string;
let directory: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "bft-log-"));
  directory = join(root, "data");
});
afterEach(() => rmSync(root, { recursive: true }));

const record = (text: string) => new TextEncoder().encode(text);
const texts = (records: readonly Uint8Array[]) =>
  records.map((bytes) => new TextDecoder().decode(bytes));

/** A log with its batches counted, and a way to wait for one to be durable. */
async function openLog(overrides: Partial<LogOptions> = {}) {
  const waiting = new Map<number, () => void>();
  const observed = { durable: 0, syncs: 0, failure: null as LogFailure | null };
  const { log, records } = await Log.open({
    directory,
    durability: "group-commit",
    events: {
      onDurable(mark) {
        observed.durable = mark;
        for (const [wanted, resolve] of waiting) if (wanted <= mark) resolve();
      },
      onSynced: () => {
        observed.syncs += 1;
      },
      onFailed(failure) {
        observed.failure = failure;
        for (const resolve of waiting.values()) resolve();
      },
    },
    ...overrides,
  });
  let mark = 0;
  const submit = (mode: "append" | "replace", ...values: string[]) => {
    mark += 1;
    log.submit({ mode, records: values.map(record), mark });
    return new Promise<void>((resolve) => waiting.set(mark, resolve));
  };
  return { log, recovered: texts(records), observed, submit };
}

async function writeLog(...batches: ["append" | "replace", ...string[]][]) {
  const opened = await openLog();
  for (const batch of batches) await opened.submit(...batch);
  await opened.log.close();
}

async function recoveredTexts(): Promise<string[]> {
  const { log, recovered } = await openLog();
  await log.close();
  return recovered;
}

test("what was appended is recovered, oldest first, over several starts", async () => {
  expect(await recoveredTexts()).toEqual([]);
  await writeLog(["append", "a", "b"], ["append", "", "c"]);
  await writeLog(["append", "d"]);
  expect(await recoveredTexts()).toEqual(["a", "b", "", "c", "d"]);
});

test("a replacement takes the place of everything before it, and appends follow it", async () => {
  await writeLog(["append", "a"], ["replace", "snapshot", "b"], ["append", "c"]);
  expect(await recoveredTexts()).toEqual(["snapshot", "b", "c"]);
  expect(readdirSync(directory).sort()).toEqual(["log-00000002.wal", "log.synced"]);
});

test("a replacement supersedes batches that were waiting in front of it", async () => {
  const { log, submit } = await openLog();
  void submit("append", "a");
  void submit("append", "lost in the replacement");
  void submit("replace", "snapshot");
  await submit("append", "b");
  await log.close();
  expect(await recoveredTexts()).toEqual(["snapshot", "b"]);
});

test("group commit: batches that come while a sync runs share the next one", async () => {
  const { log, observed, submit } = await openLog();
  const before = observed.syncs;
  void submit("append", "first");
  for (let index = 0; index < 50; index++) void submit("append", `n${index}`);
  await submit("append", "last");
  await log.close();
  expect(observed.syncs - before).toBe(2);
  expect(await recoveredTexts()).toHaveLength(52);
});

test("fsync-each: every batch has a sync of its own", async () => {
  const { log, observed, submit } = await openLog({ durability: "fsync-each" });
  const before = observed.syncs;
  for (let index = 0; index < 4; index++) void submit("append", `n${index}`);
  await submit("append", "last");
  await log.close();
  expect(observed.syncs - before).toBe(5);
});

test("a log that ends at any byte of its unsynced tail is cut to its last whole record", async () => {
  await writeLog(["append", "durable", "records"]);
  const durable = readFileSync(segmentPath(directory, 1));
  const tail = encodeRecords([record("torn"), record(""), record("behind")]);
  const ends = [12, 20, 34];
  expect(tail).toHaveLength(34);
  for (let bytes = 0; bytes <= tail.length; bytes++) {
    writeFileSync(segmentPath(directory, 1), Buffer.concat([durable, tail.subarray(0, bytes)]));
    const whole = ends.filter((end) => end <= bytes).length;
    const { records, tornBytes } = readLog(directory);
    expect(texts(records).slice(2)).toEqual(["torn", "", "behind"].slice(0, whole));
    expect(tornBytes).toBe(bytes - (ends[whole - 1] ?? 0));
  }
});

test("what is written after a torn tail was cut off is recovered", async () => {
  await writeLog(["append", "a"]);
  const path = segmentPath(directory, 1);
  writeFileSync(
    path,
    Buffer.concat([readFileSync(path), encodeRecords([record("torn")]).subarray(0, 9)]),
  );
  await writeLog(["append", "b"]);
  expect(await recoveredTexts()).toEqual(["a", "b"]);
});

test("a tail of zeros, as a file system leaves after a power cut, is a torn tail", async () => {
  await writeLog(["append", "a"]);
  const path = segmentPath(directory, 1);
  writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.alloc(4096)]));
  expect(await recoveredTexts()).toEqual(["a"]);
});

test("any changed byte of what was durable is corruption, and never a shorter log", async () => {
  await writeLog(["append", "first", "second"], ["append", "third"]);
  const path = segmentPath(directory, 1);
  const intact = readFileSync(path);
  for (let index = 0; index < intact.length; index++) {
    const damaged = Buffer.from(intact);
    damaged[index] = (damaged[index] ?? 0) ^ 0x10;
    writeFileSync(path, damaged);
    expect(() => readLog(directory)).toThrow(LogCorruptError);
  }
});

test("without a mark, damage in front of a whole record is corruption all the same", async () => {
  await writeLog(["append", "first", "second"], ["append", "third"]);
  rmSync(markPath(directory));
  const path = segmentPath(directory, 1);
  const damaged = readFileSync(path);
  damaged[17] = 0;
  writeFileSync(path, damaged);
  expect(() => readLog(directory)).toThrow("in its middle");
});

test("durable bytes that are missing are corruption: cut short, or the whole file gone", async () => {
  await writeLog(["append", "first", "second"]);
  const path = segmentPath(directory, 1);
  const size = readFileSync(path).length;
  truncateSync(path, size - 1);
  expect(() => readLog(directory)).toThrow("was durable up to");
  rmSync(path);
  expect(() => readLog(directory)).toThrow("is gone");
});

/** Copies the directory as it is before and after every write and sync: what a kill -9 leaves. */
function photographingDisk(): { disk: Disk; photographs: string[] } {
  const photographs: string[] = [];
  const photograph = () => {
    const copy = join(root, `copy-${photographs.length}`);
    cpSync(directory, copy, { recursive: true });
    photographs.push(copy);
  };
  const around = async (sync: Promise<void>) => {
    await sync;
    photograph();
  };
  return {
    photographs,
    disk: {
      write(descriptor, bytes, position) {
        // One byte at first: every write is torn once, in its middle.
        const part = bytes.length > 1 ? bytes.subarray(0, bytes.length >> 1) : bytes;
        const written = realDisk.write(descriptor, part, position);
        photograph();
        return written;
      },
      datasync: (descriptor) => around(realDisk.datasync(descriptor)),
      sync: (descriptor) => around(realDisk.sync(descriptor)),
    },
  };
}

test("killed between any two steps, the log holds all that was durable, and a prefix", async () => {
  const { disk, photographs } = photographingDisk();
  const { log, observed, submit } = await openLog({ disk });
  // What must be there at least, by the number of photographs taken when it had become durable.
  const durableAt: { photographs: number; records: string[] }[] = [];
  const states = [["a"], ["a", "b"], ["s1"], ["s1", "c"], ["s2", "t2"], ["s2", "t2", "d"]];
  const batches = [
    ["append", "a"],
    ["append", "b"],
    ["replace", "s1"],
    ["append", "c"],
    ["replace", "s2", "t2"],
    ["append", "d"],
  ] as const;
  for (const [index, [mode, ...values]] of batches.entries()) {
    await submit(mode, ...values);
    durableAt.push({ photographs: photographs.length, records: states[index] ?? [] });
  }
  await log.close();
  expect(observed.failure).toBeNull();
  expect(photographs.length).toBeGreaterThan(40);
  const legal = [[], ...states, ["s2"]].map(String);
  for (const [index, copy] of photographs.entries()) {
    for (const cut of [null, 0, 5]) {
      directory = join(root, "restart");
      cpSync(copy, directory, { recursive: true });
      if (cut !== null) cutToSyncedMark(directory, { tornBytes: cut });
      const found = String(await recoveredTexts());
      expect(legal).toContain(found);
      const least = durableAt.findLastIndex((state) => state.photographs <= index);
      expect(legal.indexOf(found)).toBeGreaterThanOrEqual(least + 1);
      rmSync(directory, { recursive: true });
    }
  }
});

test("a power cut leaves exactly what the mark says, and a torn record behind it", async () => {
  await writeLog(["append", "durable"]);
  const mark = readMark(directory);
  const path = segmentPath(directory, 1);
  const durable = readFileSync(path);
  const unsynced = encodeRecords([record("written, not synced"), record("another")]);
  for (const tornBytes of [0, 1, 4, 7, 8, 15, 26, 27, 1000]) {
    writeFileSync(path, Buffer.concat([durable, unsynced]));
    const cut = cutToSyncedMark(directory, { tornBytes });
    expect(cut.mark).toEqual(mark);
    expect(cut.tornBytes).toBe(Math.min(tornBytes, 26));
    expect(cut.lostBytes + cut.tornBytes).toBe(unsynced.length);
    expect(await recoveredTexts()).toEqual(["durable"]);
  }
});

test("a power cut tears a made-up record where everything was durable", async () => {
  for (const tornBytes of [0, 1, 3, 4, 7, 8, 9, 100]) {
    await writeLog(["append", "x"]);
    expect(cutToSyncedMark(directory, { tornBytes }).tornBytes).toBe(tornBytes);
    expect(new Set(await recoveredTexts())).toEqual(new Set(["x"]));
  }
});

test("a power cut takes a segment that was renamed but not marked", async () => {
  await writeLog(["append", "old"]);
  cpSync(segmentPath(directory, 1), segmentPath(directory, 2));
  expect(cutToSyncedMark(directory, { tornBytes: 3 }).lostBytes).toBeGreaterThan(0);
  expect(await recoveredTexts()).toEqual(["old"]);
});

test("a power cut of a replica that wrote nothing changes nothing", () => {
  expect(cutToSyncedMark(directory, { tornBytes: 9 })).toMatchObject({ mark: null, lostBytes: 0 });
  mkdirSync(directory);
  expect(cutToSyncedMark(directory, { tornBytes: 9 })).toMatchObject({ mark: null, lostBytes: 0 });
});

test("a failed fsync is reported once, and nothing after it is ever called durable", async () => {
  let syncs = 0;
  const disk: Disk = {
    ...realDisk,
    datasync: async (descriptor) => {
      syncs += 1;
      if (syncs === 2) throw new Error("EIO: i/o error, fdatasync");
      await realDisk.datasync(descriptor);
    },
  };
  const { log, observed, submit } = await openLog({ disk });
  await submit("append", "first");
  void submit("append", "second");
  await submit("append", "third");
  expect(observed.failure?.message).toContain("EIO");
  void submit("append", "fourth");
  await log.close();
  expect(observed.durable).toBe(1);
  expect(syncs).toBe(2);
  const mark = readMark(directory);
  cutToSyncedMark(directory, { tornBytes: 0 });
  expect(readMark(directory)).toEqual(mark);
  expect(await recoveredTexts()).toEqual(["first"]);
});

test("a full disk is reported as such, in the middle of a write too", async () => {
  let left = 40;
  const disk: Disk = {
    ...realDisk,
    write(descriptor, bytes, position) {
      if (left === 0) throw new Error("ENOSPC: no space left on device, write");
      const part = bytes.subarray(0, left);
      left -= part.length;
      return realDisk.write(descriptor, part, position);
    },
  };
  const { log, observed, submit } = await openLog({ disk });
  await submit("append", "a record that does not fit");
  await log.close();
  expect(observed.failure?.message).toContain("ENOSPC");
  expect(observed.durable).toBe(0);
  expect(await recoveredTexts()).toEqual([]);
});
