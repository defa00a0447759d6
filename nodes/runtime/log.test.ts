import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { identity, nextBlock, openLog, recoveredTexts, texts, writeLog } from "./log.fixture.ts";
import { type Disk, realDisk } from "./log.ts";
import { cutToSyncedMark } from "./log-cut.ts";
import { readLog, segmentPath } from "./log-files.ts";
import { readMark } from "./log-mark.ts";

let root: string;
let directory: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "bft-log-"));
  directory = join(root, "data");
});
afterEach(() => rmSync(root, { recursive: true }));

test("what was appended is recovered, oldest first, over several starts", async () => {
  expect(await recoveredTexts(directory)).toEqual([]);
  await writeLog(directory, ["append", "a", "b"], ["append", "", "c"]);
  await writeLog(directory, ["append", "d"]);
  expect(await recoveredTexts(directory)).toEqual(["a", "b", "", "c", "d"]);
});

test("a replacement takes the place of everything before it, and appends follow it", async () => {
  await writeLog(directory, ["append", "a"], ["replace", "snapshot", "b"], ["append", "c"]);
  expect(await recoveredTexts(directory)).toEqual(["snapshot", "b", "c"]);
  expect(readdirSync(directory).sort()).toEqual(["log-00000002.wal", "log.synced"]);
});

test("a replacement supersedes batches that were waiting in front of it", async () => {
  const { log, submit } = await openLog(directory);
  void submit("append", "a");
  void submit("append", "lost in the replacement");
  void submit("replace", "snapshot");
  await submit("append", "b");
  await log.close();
  expect(await recoveredTexts(directory)).toEqual(["snapshot", "b"]);
});

test("group commit: batches that come while a sync runs share the next one", async () => {
  const { log, observed, submit } = await openLog(directory);
  const before = observed.syncs;
  void submit("append", "first");
  for (let index = 0; index < 50; index++) void submit("append", `n${index}`);
  await submit("append", "last");
  await log.close();
  expect(observed.syncs - before).toBe(2);
  expect(await recoveredTexts(directory)).toHaveLength(52);
});

test("fsync-each: every batch has a sync of its own", async () => {
  const { log, observed, submit } = await openLog(directory, { durability: "fsync-each" });
  const before = observed.syncs;
  for (let index = 0; index < 4; index++) void submit("append", `n${index}`);
  await submit("append", "last");
  await log.close();
  expect(observed.syncs - before).toBe(5);
});

test("a log that ends at any byte of its unsynced tail is cut to its last whole write", async () => {
  await writeLog(directory, ["append", "durable", "records"]);
  const durable = readFileSync(segmentPath(directory, 1));
  const first = nextBlock(directory, ["torn", ""]);
  const tail = Buffer.concat([first, nextBlock(directory, ["behind"], first.length)]);
  const ends = [first.length, tail.length];
  for (let bytes = 0; bytes <= tail.length; bytes++) {
    writeFileSync(segmentPath(directory, 1), Buffer.concat([durable, tail.subarray(0, bytes)]));
    const whole = ends.filter((end) => end <= bytes).length;
    const { records, tornBytes } = readLog(directory, identity);
    expect(texts(records).slice(2)).toEqual([[], ["torn", ""], ["torn", "", "behind"]][whole]);
    expect(tornBytes).toBe(bytes - (ends[whole - 1] ?? 0));
  }
});

test("what is written after a torn tail was cut off is recovered", async () => {
  await writeLog(directory, ["append", "a"]);
  const path = segmentPath(directory, 1);
  const torn = nextBlock(directory, ["torn"]).subarray(0, 9);
  writeFileSync(path, Buffer.concat([readFileSync(path), torn]));
  await writeLog(directory, ["append", "b"]);
  expect(await recoveredTexts(directory)).toEqual(["a", "b"]);
});

test("a tail of zeros, as a file system leaves after a power cut, is a torn tail", async () => {
  await writeLog(directory, ["append", "a"]);
  const path = segmentPath(directory, 1);
  writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.alloc(4096)]));
  expect(await recoveredTexts(directory)).toEqual(["a"]);
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
  const { log, observed, submit } = await openLog(directory, { disk });
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
      const found = String(await recoveredTexts(directory));
      expect(legal).toContain(found);
      const least = durableAt.findLastIndex((state) => state.photographs <= index);
      expect(legal.indexOf(found)).toBeGreaterThanOrEqual(least + 1);
      rmSync(directory, { recursive: true });
    }
  }
});

test("a power cut leaves exactly what the mark says, and a torn block behind it", async () => {
  await writeLog(directory, ["append", "durable"]);
  const mark = readMark(directory);
  const path = segmentPath(directory, 1);
  const durable = readFileSync(path);
  const block = nextBlock(directory, ["written, not synced"]);
  const unsynced = Buffer.concat([block, nextBlock(directory, ["another"], block.length)]);
  for (const tornBytes of [0, 1, 7, 16, 31, 44, block.length - 1, block.length, 1000]) {
    writeFileSync(path, Buffer.concat([durable, unsynced]));
    const cut = cutToSyncedMark(directory, { tornBytes });
    expect(cut.mark).toEqual(mark?.mark);
    expect(cut.tornBytes).toBe(Math.min(tornBytes, block.length - 1));
    expect(cut.lostBytes + cut.tornBytes).toBe(unsynced.length);
    expect(await recoveredTexts(directory)).toEqual(["durable"]);
  }
});

test("a power cut tears a made-up block where everything was durable", async () => {
  for (const tornBytes of [0, 1, 16, 43, 44, 45, 100]) {
    await writeLog(directory, ["append", "x"]);
    expect(cutToSyncedMark(directory, { tornBytes }).tornBytes).toBe(tornBytes);
    expect(new Set(await recoveredTexts(directory))).toEqual(new Set(["x"]));
  }
});

test("a power cut takes a segment that was renamed but not marked", async () => {
  await writeLog(directory, ["append", "old"]);
  cpSync(segmentPath(directory, 1), segmentPath(directory, 2));
  expect(cutToSyncedMark(directory, { tornBytes: 3 }).lostBytes).toBeGreaterThan(0);
  expect(await recoveredTexts(directory)).toEqual(["old"]);
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
  const { log, observed, submit } = await openLog(directory, { disk });
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
  expect(readMark(directory)?.mark).toEqual(mark?.mark);
  expect(await recoveredTexts(directory)).toEqual(["first"]);
});

test("a full disk is reported as such, in the middle of a write too", async () => {
  let left = Number.POSITIVE_INFINITY;
  const disk: Disk = {
    ...realDisk,
    write(descriptor, bytes, position) {
      if (left === 0) throw new Error("ENOSPC: no space left on device, write");
      const part = bytes.subarray(0, left);
      left -= part.length;
      return realDisk.write(descriptor, part, position);
    },
  };
  const { log, observed, submit } = await openLog(directory, { disk });
  left = 40;
  await submit("append", "a record that does not fit");
  await log.close();
  expect(observed.failure?.message).toContain("ENOSPC");
  expect(observed.durable).toBe(0);
  expect(await recoveredTexts(directory)).toEqual([]);
});

test("what an fsync failed for is written again at the next start, before it is synced", async () => {
  let isFailing = false;
  const failing: Disk = {
    ...realDisk,
    datasync: (descriptor) =>
      isFailing ? Promise.reject(new Error("EIO")) : realDisk.datasync(descriptor),
  };
  const first = await openLog(directory, { disk: failing });
  await first.submit("append", "durable");
  isFailing = true;
  await first.submit("append", "only in the page cache");
  await first.log.close();
  const done: string[] = [];
  const watched: Disk = {
    ...realDisk,
    write: (descriptor, bytes, position) => {
      done.push(Buffer.from(bytes).toString("latin1"));
      return realDisk.write(descriptor, bytes, position);
    },
    datasync: (descriptor) => {
      done.push("synced");
      return realDisk.datasync(descriptor);
    },
  };
  const { log } = await openLog(directory, { disk: watched });
  await log.close();
  expect(done.slice(0, done.indexOf("synced")).join()).toContain("only in the page cache");
});
