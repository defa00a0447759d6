import { describe, expect, test } from "vitest";
import { createRandom } from "./random.ts";
import { endpointsOf, injectionContext, planningContext } from "./targets.ts";

interface Size {
  readonly replicas: number;
  readonly faultsMax: number;
}

function contextOf({ replicas, faultsMax }: Size, seed = 1, hasSubject = false) {
  return planningContext(
    { ...endpointsOf({ replicas }), faultsMax, rooms: [], hasSubject },
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
  expect(context.expandTargets("next-primary")).toEqual(["next-primary"]);
  expect(context.expandTargets("everyone")).toEqual(["r0", "r1", "r2", "r3"]);
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
      'found "primry"; did you mean "primary"? allowed: primary, next-primary, backup, random-f, everyone, clients, r0, r1, r2, r3, c0',
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
  const context = injectionContext(endpointsOf(FOUR), {
    primary: "r1",
    nextPrimary: "r2",
    subject: "r3",
  });
  expect(context.resolve("primary")).toBe("r1");
  expect(context.resolve("backup#0")).toBe("r0");
  expect(context.resolve("backup#1")).toBe("r2");
  expect(context.resolve("c0")).toBe("c0");
  expect(context.resolve("next-primary")).toBe("r2");
  expect(context.resolve("subject")).toBe("r3");
});

test("subject is somebody only where an event of a replica sets the fault off", () => {
  expect(contextOf(FOUR, 1, true).expandTargets("subject")).toEqual(["subject"]);
  expect(() => contextOf(FOUR).expandTargets("subject")).toThrow(
    'found "subject"; allowed: where an event of a replica sets the fault off, by when',
  );
});
