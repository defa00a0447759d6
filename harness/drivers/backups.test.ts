import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Backups, type NamedBytes, type Tapes } from "./backups.ts";
import { FolderTapes, readDisk } from "./processes/disk-tapes.ts";
import type { LedgerFact } from "./run-log.ts";
import { memoryTapes } from "./simulation/memory-tapes.ts";

const DISK: readonly NamedBytes[] = [
  { name: "log.synced", bytes: Buffer.from("mark") },
  { name: "log-00000001.wal", bytes: Buffer.from("what was promised to everybody") },
];

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-tapes-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const kinds: readonly (readonly [string, () => Tapes])[] = [
  ["a folder of files", () => new FolderTapes(folder)],
  ["the simulator's memory", memoryTapes],
];

describe.each(kinds)("tapes in %s", (_, tapes) => {
  function jobs() {
    const alarms: LedgerFact[] = [];
    const on = tapes();
    const backups = new Backups(on, { ledger: (fact) => alarms.push(fact) });
    const job = (kind: "take" | "overwrite" | "verify", disk = DISK) =>
      backups.do({ job: kind, replica: "r1" }, disk);
    return { job, alarms, on };
  }

  test("a backup that nobody touched is as indexed, and nobody cries", () => {
    const { job, alarms } = jobs();
    expect(job("take")).toMatchObject({
      outcome: "installed",
      evidence: ["r1: 2 files with 34 bytes of its disk were backed up"],
    });
    expect(job("verify")).toMatchObject({ outcome: "installed" });
    expect(alarms).toEqual([]);
  });

  test("one that was overwritten has the same length, other bytes, and a verification that cries", () => {
    const { job, alarms, on } = jobs();
    job("take");
    const lengths = () => on.read("r1").map(({ name, bytes }) => [name, bytes.length]);
    const before = lengths();
    expect(job("overwrite")).toMatchObject({ outcome: "installed" });
    expect(lengths()).toEqual(before);
    expect(alarms).toEqual([]);
    expect(job("verify")).toMatchObject({ outcome: "installed" });
    expect(alarms).toMatchObject([
      {
        kind: "alarm",
        what: "r1: 2 of 2 files of its backup are not as indexed (log.synced, log-00000001.wal)",
      },
    ]);
  });

  test("the next backup is whole again", () => {
    const { job, alarms } = jobs();
    job("take");
    job("overwrite");
    job("take");
    job("verify");
    expect(alarms).toEqual([]);
  });

  test("a disk with nothing on it is not backed up, and no backup of it is found whole", () => {
    for (const disk of [[], [{ name: "log-00000001.wal", bytes: Buffer.alloc(0) }]]) {
      const { job, alarms } = jobs();
      expect(job("take", disk)).toMatchObject({ outcome: "ineffective" });
      job("verify");
      expect(alarms).toMatchObject([{ what: "r1: there is no backup" }]);
    }
  });

  test("where there is none, nothing is overwritten, and the verification cries", () => {
    const { job, alarms } = jobs();
    expect(job("overwrite")).toMatchObject({ outcome: "skipped" });
    job("verify");
    expect(alarms).toMatchObject([{ what: "r1: there is no backup" }]);
  });
});

test("a disk is read with its mark first, without what is being made", () => {
  for (const name of ["boot", "log-00000001.wal", "log.synced", "log.unfinished"]) {
    writeFileSync(join(folder, name), name);
  }
  expect(readDisk(folder).map(({ name }) => name)).toEqual([
    "log.synced",
    "boot",
    "log-00000001.wal",
  ]);
});

test("on a real file system the tape itself is written over", () => {
  const tapes = new FolderTapes(folder);
  const backups = new Backups(tapes, { ledger: () => {} });
  backups.do({ job: "take", replica: "r1" }, DISK);
  const path = join(folder, "r1", "log-00000001.wal");
  expect(readFileSync(path, "utf8")).toBe("what was promised to everybody");
  backups.do({ job: "overwrite", replica: "r1" }, DISK);
  expect(readFileSync(path, "utf8")).toMatch(/^BOOTLEG RECORDING/);
  expect(statSync(path).size).toBe(30);
});
