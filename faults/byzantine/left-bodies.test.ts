/** What r0 leaves with the others of what it orders while it leads (protocols §6.2, §12.5). */
import { expect, test } from "vitest";
import { ToldLies } from "./told-lies.fixture.ts";

const BACKUPS = [1, 2, 3];
const FILLED = [1, 2, 3, 4, 5, 6];

function told(batches: string): ToldLies {
  const parameters = { batches, honest: 2, numbers: FILLED.length };
  return new ToldLies(
    { target: "r0", behaviour: "left-bodies", parameters },
    { protocol: "pbft-sig", cluster: { window: 16, batchMax: 4, maxBatchDelay: "100ms" } },
  );
}

/** For each number behind the one that is left out, who ordered what there in view 0. */
function filled(lies: ToldLies, e: "preprepared" | "prepared") {
  const lines = BACKUPS.flatMap((id) => lies.lines(id, e)).filter(({ v }) => v === 0);
  const numbers = new Set(lines.map(({ n }) => n));
  let leftOut = 1;
  while (numbers.has(leftOut)) leftOut += 1;
  return FILLED.map((further) =>
    lines.filter(({ n }) => n === leftOut + further).map(({ d }) => d),
  );
}

test("to each another batch: all of them accept it, and nobody prepares it", () => {
  const lies = told("differing");
  for (const digests of filled(lies, "preprepared")) expect(new Set(digests).size).toBe(3);
  expect(filled(lies, "prepared").flat()).toEqual([]);
  for (const id of BACKUPS) expect(lies.lines(id, "newview").map(({ v }) => v)).toEqual([1]);
});

test("the same to all but one: each of them lacks a third of what the others prepare", () => {
  const lies = told("parted");
  for (const digests of filled(lies, "prepared")) {
    expect([digests.length, new Set(digests).size]).toEqual([2, 1]);
  }
});

test("the same to all", () => {
  for (const digests of filled(told("same"), "prepared")) {
    expect([digests.length, new Set(digests).size]).toEqual([3, 1]);
  }
});
