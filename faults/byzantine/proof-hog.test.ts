/** What r3 has the others do, and what of it they do not (protocols §22.2, §12.4). */
import { expect, test } from "vitest";
import { ToldLies } from "./told-lies.fixture.ts";

/** Half of what r0 vouches for does not come. */
const LOST = { fault: "loss", from: "r0", type: "VOUCH", share: "50%", at: "0ms", for: "2s" };

function told(parameters: Readonly<Record<string, unknown>>): ToldLies {
  return new ToldLies(
    { target: "r3", behaviour: "proof-hog", parameters },
    { protocol: "pbft-mac-proof", cluster: { window: 16 }, rate: 8, more: [LOST] },
  );
}

function refused(lies: ToldLies): number {
  const statuses = lies.observations.samples.flatMap(({ replica, status }) =>
    replica === 0 && status ? [status] : [],
  );
  return Math.max(...statuses.map(({ rejected }) => rejected["PROVE:rate"] ?? 0));
}

/** What it executed on the word of others that it is decided. */
function unprepared(lies: ToldLies, replica: number): readonly number[] {
  const prepared = new Set(lies.lines(replica, "prepared").map(({ n }) => n));
  return lies.lines(replica, "executed").flatMap(({ n }) => (prepared.has(n) ? [] : [n]));
}

test("others ask about what it said, and about what is lost of each other's words as well", () => {
  const [few, many] = [told({ checkpoints: 1 }), told({ checkpoints: 64 })];
  const checks = [few, many].map((lies) => lies.counter(0, "checks"));
  expect(checks[1]).toBeGreaterThan(4 * (checks[0] ?? 0));
  for (const lies of [few, many]) {
    for (const id of [0, 1, 2]) expect(lies.lines(id, "viewchange")).toEqual([]);
  }
  expect([1, 2].flatMap((id) => unprepared(many, id)).length).toBeLessThan(3);
  expect(refused(many)).toBe(0);
});

test("and are asked more often than they answer", () => {
  expect(refused(told({ questions: 96 }))).toBeGreaterThan(1_000);
});
