import { describe, expect, test } from "vitest";
import { createRandom } from "./random.ts";
import { endpointsOf, injectionContext, planningContext } from "./targets.ts";

function contextOf({ replicas, faultsMax }: { replicas: number; faultsMax: number }, seed = 1) {
  return planningContext(
    { ...endpointsOf({ replicas }), faultsMax, rooms: [] },
    createRandom(seed),
  );
}

const FOUR = { replicas: 4, faultsMax: 1 };
const SEVEN = { replicas: 7, faultsMax: 2 };

test("names, lists, clients and primary stay what they are", () => {
  const context = contextOf(FOUR);
  expect(context.expandTargets("r2")).toEqual(["r2"]);
  expect(context.expandTargets(["r3", "r1", "r3"])).toEqual(["r3", "r1"]);
  expect(context.expandTargets("clients")).toEqual(["c0"]);
  expect(context.expandTargets("primary")).toEqual(["primary"]);
});

test("backup becomes a drawn rank among the replicas that do not lead", () => {
  const ranks = new Set(
    Array.from({ length: 40 }, (_, seed) => contextOf(FOUR, seed).expandTargets("backup")[0]),
  );
  expect([...ranks].toSorted()).toEqual(["backup#0", "backup#1", "backup#2"]);
});

test("random-f is f distinct replicas, the same for the same seed", () => {
  for (let seed = 0; seed < 40; seed += 1) {
    const drawn = contextOf(SEVEN, seed).expandTargets("random-f");
    expect(new Set(drawn).size).toBe(2);
    expect(contextOf(SEVEN, seed).expandTargets("random-f")).toEqual(drawn);
  }
  const all = Array.from({ length: 60 }, (_, seed) =>
    contextOf(SEVEN, seed).expandTargets("random-f"),
  );
  expect(new Set(all.flat()).size).toBe(7);
});

describe("a target that is not there", () => {
  test("is refused with what it may have meant", () => {
    expect(() => contextOf(FOUR).expandTargets("primry")).toThrow(
      'found "primry"; did you mean "primary"? allowed: primary, backup, random-f, clients, r0, r1, r2, r3, c0',
    );
    expect(() => contextOf(FOUR).expandTargets(["r0", "r4"])).toThrow('found "r4"');
  });

  test("is refused where f or the number of replicas leaves nobody", () => {
    const one = contextOf({ replicas: 1, faultsMax: 0 });
    expect(() => one.expandTargets("random-f")).toThrow("f is 0");
    expect(() => one.expandTargets("backup")).toThrow("no backup");
  });
});

test("symbolic names resolve beside whoever leads", () => {
  const context = injectionContext(endpointsOf(FOUR), "r1");
  expect(context.resolve("primary")).toBe("r1");
  expect(context.resolve("backup#0")).toBe("r0");
  expect(context.resolve("backup#1")).toBe("r2");
  expect(context.resolve("c0")).toBe("c0");
});
