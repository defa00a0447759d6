import { expect, test } from "vitest";
import { Disk } from "./disk.ts";
import { Random } from "./random.ts";

const TIMING = { fsyncMinMs: 1, fsyncMaxMs: 1, msPerKib: 0 };
const record = (value: number) => Uint8Array.of(value);
const values = (records: readonly Uint8Array[]) => records.map((bytes) => bytes[0]);
const append = (...numbers: number[]) =>
  ({ mode: "append", records: numbers.map(record) }) as const;
const replace = (...numbers: number[]) =>
  ({ mode: "replace", records: numbers.map(record) }) as const;

function diskOf(seed = 1, durability: "group-commit" | "fsync-each" | "none" = "group-commit") {
  return new Disk(durability, TIMING, new Random(seed));
}

test("kill -9 keeps everything written, synced or not", () => {
  const disk = diskOf();
  disk.write(append(1));
  disk.write(append(2));
  disk.kill();
  expect(values(disk.open())).toEqual([1, 2]);
});

test("a sync covers what was written when it began, not what came after", () => {
  const disk = diskOf();
  disk.write(append(1));
  const sync = disk.beginSync();
  disk.write(append(2));
  expect(sync?.mark).toBe(1);
  disk.finishSync(1);
  expect(disk.syncedMark).toBe(1);
  expect(disk.writtenMark).toBe(2);
});

test("fsync-each syncs one write at a time, group-commit all that wait", () => {
  for (const [durability, mark] of [
    ["fsync-each", 1],
    ["group-commit", 2],
  ] as const) {
    const disk = diskOf(1, durability);
    disk.write(append(1));
    disk.write(append(2));
    expect(disk.beginSync()?.mark).toBe(mark);
  }
});

test("a power cut never loses what was synced and never invents or reorders", () => {
  const lost = new Set<number>();
  for (let seed = 0; seed < 200; seed += 1) {
    const disk = diskOf(seed);
    disk.write(append(1, 2));
    disk.finishSync(1);
    disk.write(append(3, 4));
    disk.write(append(5));
    disk.cutPower();
    const left = values(disk.open());
    expect([1, 2, 3, 4, 5].slice(0, left.length)).toEqual(left);
    expect(left.length).toBeGreaterThanOrEqual(2);
    lost.add(left.length);
  }
  // Nothing kept, a torn append, whole writes: all of it happens.
  expect([...lost].toSorted()).toEqual([2, 3, 4, 5]);
});

test("a replacement is the old log or the new one, never a mixture", () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 100; seed += 1) {
    const disk = diskOf(seed);
    disk.write(append(1, 2));
    disk.finishSync(1);
    disk.write(replace(7, 8, 9));
    disk.cutPower();
    seen.add(values(disk.open()).join());
  }
  expect([...seen].toSorted()).toEqual(["1,2", "7,8,9"]);
});

test("what a restart read is synced before it counts: a later power cut keeps it", () => {
  const disk = diskOf();
  disk.write(append(1));
  disk.kill();
  disk.open();
  disk.cutPower();
  expect(values(disk.open())).toEqual([1]);
});

test("durability none forgets everything and makes no send wait", () => {
  const disk = diskOf(1, "none");
  disk.write(append(1));
  expect(disk.syncedMark).toBe(disk.writtenMark);
  disk.kill();
  expect(disk.open()).toEqual([]);
});
