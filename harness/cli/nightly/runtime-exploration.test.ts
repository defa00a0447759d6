import { expect, test } from "vitest";
import { protocols } from "../../../nodes/registry.ts";
import { monotonicMs } from "../../drivers/clock.ts";
import { type Chunk, explorationPart, RUNTIME } from "./exploration.ts";
import { exploreRuntimePart } from "./runtime-exploration.ts";

const NIGHT = { seed: 7, steps: [], mutant: null, mutantFolders: [] } as const;

function turnsOf(mutant: string | null): readonly (string | undefined)[] {
  return [0, 1, 2, 3, 4, 5].map(
    (number) => explorationPart(number, { ...NIGHT, mutant }, { protocols })?.protocol,
  );
}

test("each protocol that bears faults has its turn, then the runtime, and again", () => {
  const [first, ...others] = turnsOf(null);
  expect(others.slice(3)).toEqual([RUNTIME, first]);
  expect(turnsOf("mark-before-fsync")).toContain(RUNTIME);
  expect(turnsOf("local-read")).not.toContain(RUNTIME);
});

/** One seed, however slow the machine is. */
async function played(mutant: string | null, firstSeed: number) {
  const chunk: Chunk = { key: "k", name: "k", upToMs: 1, protocol: RUNTIME, firstSeed };
  const kept: string[] = [];
  let asked = 0;
  const step = await exploreRuntimePart(
    chunk,
    {
      untilMs: monotonicMs() + 60_000,
      isStopped: () => {
        asked += 1;
        return asked > 1;
      },
      keep: (name, plan) => {
        kept.push(JSON.stringify(plan));
        return `broken/${name}.json`;
      },
    },
    { mutant, mutantFolders: [] },
  );
  return { step, kept };
}

test("a part of it plays seeds, and counts them with their time", async () => {
  const { step, kept } = await played(null, 1);
  expect([step.failures, kept]).toEqual([[], []]);
  expect(step.totals).toMatchObject({ seeds: 1, operations: 0 });
  expect(step.totals.virtualMs).toBeGreaterThan(0);
});

test("a planted bug of it is kept with its plan and the line that plays the seed again", async () => {
  const { step, kept } = await played("mark-before-fsync", 3);
  const [failure] = step.failures;
  expect(failure?.rerun).toBe(
    `npx bft-chaos explore --part runtime --seed ${failure?.seed} --seeds 1 --mutant mark-before-fsync`,
  );
  expect(failure?.plan).toBe(`broken/runtime-seed-${failure?.seed}.json`);
  expect(JSON.parse(kept[0] ?? "{}")).toMatchObject({
    part: "runtime",
    mutant: "mark-before-fsync",
  });
});
