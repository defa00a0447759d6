import { describe, expect, test } from "vitest";
import type { PlannedWindow, Room } from "../fault.ts";
import { FaultInputError } from "../fault.ts";
import { durationText } from "../units.ts";
import { operatorErrors } from "./registry.ts";
import { ted } from "./ted.ts";
import { planningContext } from "./work.fixture.ts";

const SHIFT_MS = 20_000;

interface Shift {
  readonly seed?: number;
  readonly durationMs?: number;
  readonly rooms?: readonly Room[];
}

function shift(keys: object, given: Shift = {}): readonly PlannedWindow<unknown>[] {
  const { seed = 7, durationMs = SHIFT_MS, rooms } = given;
  return ted.plan(ted.schema.parse(keys), planningContext(seed, rooms), { durationMs });
}

interface Struck {
  readonly targets: readonly string[];
}

/** What is done, without the words about it. */
function deeds(windows: readonly PlannedWindow<unknown>[]) {
  return windows.map(({ offsetMs, durationMs, resolved, deed }) => {
    return { offsetMs, durationMs, fault: deed?.fault, resolved };
  });
}

function said(windows: readonly PlannedWindow<unknown>[]) {
  return windows.map(({ deed }) => `${deed?.meant}: ${deed?.did}`);
}

test("every error has a kebab-case name and a number of the catalogue, each once", () => {
  for (const { id, name, summary, source, stoppedBy } of operatorErrors) {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(id).toMatch(/^T-(0[1-9]|[1-3]\d|4[0-5])$/);
    for (const words of [summary, source, stoppedBy]) expect(words.length).toBeGreaterThan(20);
  }
  expect(new Set(operatorErrors.map(({ name }) => name)).size).toBe(operatorErrors.length);
  expect(new Set(operatorErrors.map(({ id }) => id)).size).toBe(operatorErrors.length);
});

describe.each(operatorErrors.map((error) => [error.name, error] as const))("%s", (name, error) => {
  test("plans the same for the same seed, as plain data, within the shift", () => {
    const planned = shift({ errors: [name] });
    expect(planned.length).toBeGreaterThan(0);
    expect(JSON.parse(JSON.stringify(planned))).toEqual(planned);
    expect(shift({ errors: [name] })).toEqual(planned);
    expect(planned.some(({ deed }) => deed?.wrong)).toBe(true);
    for (const { offsetMs, durationMs, deed } of planned) {
      expect(offsetMs).toBeGreaterThanOrEqual(0);
      expect(durationMs).toBeGreaterThan(0);
      expect(offsetMs + durationMs).toBeLessThanOrEqual(SHIFT_MS);
      expect(deed).toMatchObject({ error: { id: error.id, name } });
      expect(deed?.fault).not.toBe("ted");
      expect(deed?.meant).not.toBe("");
      expect(deed?.did).not.toBe("");
    }
  });

  test("other seeds draw other plans", () => {
    const drawn = Array.from({ length: 20 }, (_, seed) =>
      JSON.stringify(deeds(shift({ errors: [name] }, { seed }))),
    );
    expect(new Set(drawn).size).toBeGreaterThan(10);
  });

  test("fits into the shortest shift that has room for it, and into no shorter one", () => {
    for (const errorProbability of ["0%", "100%"]) {
      const keys = { errors: [name], errorProbability };
      for (const { offsetMs, durationMs } of shift(keys, { durationMs: error.leastMs })) {
        expect(offsetMs + durationMs).toBeLessThanOrEqual(error.leastMs);
      }
    }
    const short = () => shift({ errors: [name] }, { durationMs: error.leastMs - 1 });
    expect(short).toThrow(FaultInputError);
    expect(short).toThrow(`${durationText(error.leastMs)} at least`);
  });

  test("is done right where nothing goes wrong, and the order says what is done", () => {
    const right = shift({ errors: [name], errorProbability: "0%" });
    expect(right.length).toBeGreaterThan(0);
    for (const { deed, resolved } of right) {
      expect(deed?.wrong).toBe(false);
      expect(deed?.awaySinceMs).toBeUndefined();
      if (deed?.command === null) continue;
      expect(deed?.command.order).toEqual({ fault: deed?.fault, resolved });
    }
    expect(deeds(right)).not.toEqual(deeds(shift({ errors: [name] })));
  });

  test("differs from every other error, whatever the seed", () => {
    const others = operatorErrors.filter((other) => other !== error);
    for (let seed = 0; seed < 50; seed += 1) {
      const own = JSON.stringify(deeds(shift({ errors: [name] }, { seed })));
      for (const other of others) {
        const planned = shift({ errors: [other.name] }, { seed });
        expect(JSON.stringify(deeds(planned)), `${other.name}, seed ${seed}`).not.toBe(own);
      }
    }
  });
});

test("two errors with the same deeds would be seen", () => {
  const planned = shift({ errors: ["lunch"] });
  expect(deeds(planned)).toEqual(deeds(shift({ errors: ["lunch"] })));
});

test("the works of a list are taken up in its order, all of them in a drawn one without a list", () => {
  const listed = shift({ errors: ["lunch", "wrong-cable"] });
  expect(listed.map(({ deed }) => deed?.error.name)).toEqual(["lunch", "wrong-cable"]);
  const orders = Array.from({ length: 10 }, (_, seed) => {
    const names = shift({}, { seed }).map(({ deed }) => deed?.error.name);
    expect(new Set(names)).toEqual(new Set(operatorErrors.map(({ name }) => name)));
    return names.join();
  });
  expect(new Set(orders).size).toBeGreaterThan(1);
});

test("actionsPerHour is his pace: what does not fit into the shift is left", () => {
  const keys = { errors: ["lunch", "wrong-cable", "kills-what-eats-cpu"], actionsPerHour: 600 };
  const begun = new Set(shift(keys, { durationMs: 9_000 }).map(({ deed }) => deed?.error.name));
  expect([...begun]).toEqual(["lunch", "wrong-cable"]);
});

test("where no work begins in time, or one that is named is too long, the reason is told", () => {
  const late = () => shift({ errors: ["lunch"], actionsPerHour: 0.1 }, { durationMs: 6_000 });
  expect(late).toThrow("found a shift of 6s, in which no work begins early enough; allowed: mo");
  const named = () => shift({ errors: ["wrong-cable", "lunch"] }, { durationMs: 1_000 });
  expect(named).toThrow("found lunch in a shift of 1s; allowed: 2.5s at least");
});

test("errorProbability of his works go wrong", () => {
  const wrong = Array.from({ length: 200 }, (_, seed) => {
    const [first] = shift({ errors: ["lunch"], errorProbability: "25%" }, { seed });
    return first?.deed?.wrong === true ? 1 : 0;
  }).reduce<number>((sum, one) => sum + one, 0);
  expect(wrong).toBeGreaterThan(25);
  expect(wrong).toBeLessThan(75);
});

test("he undoes what he did within his reaction time", () => {
  const reactionTime = { min: "2s", max: "3s" };
  for (let seed = 0; seed < 20; seed += 1) {
    const [cut] = shift({ errors: ["wrong-cable"], reactionTime }, { seed });
    expect(cut?.durationMs).toBeGreaterThanOrEqual(2_000);
    expect(cut?.durationMs).toBeLessThanOrEqual(3_000);
  }
  const keys = { errors: ["lunch"], reactionTime: { min: "3s", max: "2s" } };
  expect(ted.schema.safeParse(keys).error?.issues).toMatchObject([
    { path: ["reactionTime", "min"] },
  ]);
});

test("coffee reaches what the unit cools, and nothing else", () => {
  const rooms = [
    { name: "north", ac: "unit-1", replicas: ["r0"] },
    { name: "east", ac: "unit-2", replicas: ["r1", "r2"] },
    { name: "west", ac: "unit-1", replicas: ["r3"] },
  ];
  const errors = ["coffee-on-the-air-conditioning"];
  const struck = Array.from({ length: 20 }, (_, seed) => {
    const crashes = shift({ errors }, { seed, rooms }).filter(
      ({ deed }) => deed?.fault === "crash",
    );
    return crashes.flatMap(({ resolved }) => (resolved as Struck).targets);
  });
  expect(new Set(struck.map((targets) => targets.toSorted().join()))).toEqual(
    new Set(["r0,r3", "r1,r2"]),
  );
});

test("coffee makes everything late, then its CPUs slow, then dead one by one, and nobody dies twice", () => {
  for (let seed = 0; seed < 20; seed += 1) {
    const planned = shift({ errors: ["coffee-on-the-air-conditioning"] }, { seed });
    const kinds = planned.map(({ deed }) => deed?.fault);
    expect(kinds).toEqual(["delay", "delay", "throttle", "crash", "crash", "crash", "crash"]);
    const { offsetMs: hotMs = 0, durationMs: hotForMs = 0, resolved: hot } = planned[2] ?? {};
    expect((hot as Struck).targets).toEqual(["r0", "r1", "r2", "r3"]);
    for (const { offsetMs, durationMs, deed } of planned) {
      // A replica that stands still sends no beats that could tell of a delay.
      if (deed?.fault === "delay") expect(offsetMs + durationMs).toBeLessThanOrEqual(hotMs);
      if (deed?.fault === "crash") expect(offsetMs).toBeGreaterThanOrEqual(hotMs + hotForMs);
    }
    const dead = planned.slice(3).flatMap(({ resolved }) => (resolved as Struck).targets);
    expect(dead.toSorted()).toEqual(["r0", "r1", "r2", "r3"]);
    expect(new Set(planned.slice(3).map(({ offsetMs }) => offsetMs)).size).toBe(4);
  }
});

test("nobody asks coffee, nor somebody who is not there", () => {
  const all = shift({ guards: ["two-person"] });
  const asked = (name: string) =>
    all.filter(({ deed }) => deed?.error.name === name).map(({ deed }) => deed?.command);
  expect(asked("coffee-on-the-air-conditioning").every((command) => command === null)).toBe(true);
  expect(asked("goes-home")).toEqual([null]);
  expect(asked("lunch")).toMatchObject([{ guards: ["two-person"] }]);
  expect(said(all).length).toBeGreaterThan(10);
});
