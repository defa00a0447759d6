/** What a log says of itself when it is not as it was written (log.md, "After a crash"). */
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as zlib from "node:zlib";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { identity, nextBlock, nextBlockOf, openLog, texts, writeLog } from "./log.fixture.ts";
import { type Disk, realDisk } from "./log.ts";
import { ForeignLogError, LogCorruptError } from "./log-errors.ts";
import { readLog, segmentPath } from "./log-files.ts";
import { markPath } from "./log-mark.ts";
import {
  encodeBlock,
  encodeHeader,
  GENERATION_BYTES,
  openSegment,
  readSegment,
} from "./log-segment.ts";

// Counted, not changed: how many bytes a reader looks at is what its time is made of.
vi.mock("node:zlib", { spy: true });

let root: string;
let directory: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "bft-log-damage-"));
  directory = join(root, "data");
});
afterEach(() => rmSync(root, { recursive: true }));

const read = () => readLog(directory, identity);

test("any changed byte of what was durable is corruption, and never a shorter log", async () => {
  await writeLog(directory, ["append", "first", "second"], ["append", "third"]);
  const path = segmentPath(directory, 1);
  const intact = readFileSync(path);
  for (let index = 0; index < intact.length; index++) {
    const damaged = Buffer.from(intact);
    damaged[index] = (damaged[index] ?? 0) ^ 0x10;
    writeFileSync(path, damaged);
    expect(read).toThrow(LogCorruptError);
  }
});

test("durable bytes that are missing are corruption: cut short, or the whole file gone", async () => {
  await writeLog(directory, ["append", "first", "second"]);
  const path = segmentPath(directory, 1);
  const size = readFileSync(path).length;
  truncateSync(path, size - 1);
  expect(read).toThrow("was durable up to");
  rmSync(path);
  expect(read).toThrow("is gone");
});

test("D14: a mark that is gone, cut, zeroed or of another log leaves a doubtful log", async () => {
  await writeLog(directory, ["append", "first"], ["replace", "second"], ["append", "third"]);
  const mark = readFileSync(markPath(directory));
  const other = join(root, "other");
  await writeLog(other, ["append", "x"], ["replace", "y"]);
  for (const [found, why] of [
    [null, "is gone"],
    [Buffer.alloc(0), "is damaged"],
    [mark.subarray(0, mark.length / 2), "is damaged"],
    [Buffer.alloc(mark.length), "is damaged"],
    [readFileSync(markPath(other)), "generation"],
  ] as const) {
    if (found === null) rmSync(markPath(directory));
    else writeFileSync(markPath(directory), found);
    expect(read).toThrow(LogCorruptError);
    expect(read).toThrow(why);
  }
});

test("a mark whose last write was torn leaves the one before, and the log starts", async () => {
  await writeLog(directory, ["append", "first"], ["append", "second"]);
  const mark = readFileSync(markPath(directory));
  for (const place of [0, mark.length / 2]) {
    writeFileSync(markPath(directory), Buffer.from(mark).fill(0, place + 10, place + 20));
    expect(texts(read().records)).toEqual(["first", "second"]);
  }
});

function bytesLookedAt(): number {
  const { calls } = vi.mocked(zlib.crc32).mock;
  return calls.reduce(
    (sum, [bytes]) => sum + (typeof bytes === "string" ? 0 : bytes.byteLength),
    0,
  );
}

test("D15: a tail of random bytes costs one pass", async () => {
  await writeLog(directory, ["append", "a"]);
  const size = readFileSync(segmentPath(directory, 1)).length;
  // Seeded, so that the count is the same in every run; small numbers make many plausible lengths.
  let state = 7;
  const noise = Buffer.alloc(256 * 1024);
  for (let index = 0; index < noise.length; index++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    noise[index] = index % 4 < 2 ? 0 : state >>> 24;
  }
  appendFileSync(segmentPath(directory, 1), noise);
  vi.mocked(zlib.crc32).mockClear();
  expect(read().tornBytes).toBe(noise.length);
  expect(bytesLookedAt()).toBeLessThan(size + noise.length);
});

test("D15: a tail full of the log's own headers costs one pass too", async () => {
  await writeLog(directory, ["append", "a"]);
  const header = nextBlock(directory, ["b"]).subarray(0, 44);
  const size = readFileSync(segmentPath(directory, 1)).length;
  const tail = Buffer.concat(Array.from({ length: 2000 }, () => header));
  appendFileSync(segmentPath(directory, 1), tail);
  vi.mocked(zlib.crc32).mockClear();
  expect(read().tornBytes).toBe(tail.length);
  expect(bytesLookedAt()).toBeLessThan(2 * (size + tail.length));
});

test("H6: a value that contains a whole block of a log is no block: the tail is torn", async () => {
  await writeLog(directory, ["append", "a"]);
  const other = join(root, "other");
  await writeLog(other, ["append", "a"]);
  const path = segmentPath(directory, 1);
  const durable = readFileSync(path);
  // Of another log, made for the very place where it will lie (behind a block's header and a
  // record's length); and of this log, made for another place.
  const imitations = [
    nextBlock(other, ["imitated"], 48),
    nextBlock(directory, ["copied from its place"]),
  ];
  for (const imitation of imitations) {
    const value = Buffer.concat([imitation, Buffer.from("and more, of which the end is lost")]);
    const torn = nextBlockOf(directory, [value]).subarray(0, -9);
    writeFileSync(path, Buffer.concat([durable, torn]));
    expect(texts(read().records)).toEqual(["a"]);
    expect(read().tornBytes).toBe(torn.length);
  }
});

test("a block behind a damaged one is damage in the middle, whatever the mark says", async () => {
  await writeLog(directory, ["append", "durable"]);
  const path = segmentPath(directory, 1);
  const first = nextBlock(directory, ["damaged"]);
  const second = nextBlock(directory, ["behind it"], first.length);
  first[first.length - 1] = 0;
  appendFileSync(path, first);
  expect(texts(read().records)).toEqual(["durable"]);
  // Its header alone proves it: it was written when the first had been durable.
  appendFileSync(path, second.subarray(0, -1));
  expect(read).toThrow("in its middle");
});

test("H7: segments that no crash leaves side by side are refused", async () => {
  await writeLog(directory, ["append", "a"], ["replace", "b"]);
  const other = join(root, "other");
  await writeLog(other, ["append", "x"]);
  cpSync(segmentPath(other, 1), segmentPath(directory, 1));
  expect(read).toThrow(/segment 1 is of generation [0-9a-f]{8} of the log, its mark is of/);
  rmSync(segmentPath(directory, 1));
  renameSync(segmentPath(directory, 2), segmentPath(directory, 3));
  expect(read).toThrow("holds segment 2");
});

test("H7: a segment missing in the middle is said by its number", async () => {
  const kept = join(root, "kept.wal");
  await writeLog(directory, ["append", "a"]);
  cpSync(segmentPath(directory, 1), kept);
  await writeLog(directory, ["replace", "b"], ["replace", "c"]);
  cpSync(kept, segmentPath(directory, 1));
  expect(read).toThrow("segments 1 and 3 of the log are there, 2 is missing");
});

test("H7: a segment that lost its end before it was ever marked is no torn tail", async () => {
  await writeLog(directory, ["append", "a"]);
  const marked = readFileSync(markPath(directory));
  await writeLog(directory, ["replace", "snapshot"]);
  writeFileSync(markPath(directory), marked);
  expect(texts(read().records)).toEqual(["snapshot"]);
  truncateSync(segmentPath(directory, 2), readFileSync(segmentPath(directory, 2)).length - 1);
  expect(read).toThrow(LogCorruptError);
});

test("H7: whose log it is comes before what is wrong with it", async () => {
  await writeLog(directory, ["append", "a"]);
  rmSync(markPath(directory));
  expect(() => readLog(directory, { ...identity, replica: "r1" })).toThrow(ForeignLogError);
  expect(() => readLog(directory, { ...identity, replica: "r1", epoch: 2 })).toThrow(
    "this log is of r0, this replica is r1; this log is of epoch 1, this replica is of epoch 2",
  );
});

test("a block of 200 000 records is read back whole", () => {
  const name = { generation: Buffer.alloc(GENERATION_BYTES, 7), segment: 1 };
  const header = encodeHeader(identity, name);
  const records = Array.from({ length: 200_000 }, () => new Uint8Array(1));
  const block = encodeBlock({ ...name, offset: header.length }, records);
  const segment = openSegment(Buffer.concat([header, block]), identity, directory);
  expect(readSegment(segment).records).toHaveLength(records.length);
});

test("only its owner reads the log", async () => {
  await writeLog(directory, ["append", "a"]);
  const modes = ["", ...readdirSync(directory)].map((name) =>
    (statSync(join(directory, name)).mode & 0o777).toString(8),
  );
  expect(modes).toEqual(["700", "600", "600"]);
});

test("H2: a checkpoint needs no more descriptors than the log already has", async () => {
  const openNow = () => readdirSync("/proc/self/fd").length;
  const counts: number[] = [];
  const count = () => counts.push(openNow());
  const disk: Disk = {
    write(descriptor, bytes, position) {
      count();
      return realDisk.write(descriptor, bytes, position);
    },
    datasync: realDisk.datasync,
    sync(descriptor) {
      count();
      return realDisk.sync(descriptor);
    },
  };
  const { log, submit } = await openLog(directory, { disk });
  await submit("append", "a");
  const before = openNow();
  counts.length = 0;
  await submit("replace", "checkpoint");
  expect(counts.length).toBeGreaterThan(3);
  expect(Math.max(...counts)).toBe(before);
  expect(openNow()).toBe(before);
  await log.close();
});
