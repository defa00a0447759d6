import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Step, Value } from "../../../../nodes/protocols/contract/model.ts";
import type { Call } from "./call.ts";
import { inventedValue } from "./invented.ts";
import { EFFORTS, type SearchResult, searchKey } from "./search.ts";
import { apply, observes } from "./step.ts";

const NEVER = { expired: () => false };

/** All ways of searching; short histories are within reach of each, so they must agree. */
function search(calls: readonly Call[]): SearchResult["outcome"] {
  const outcomes = EFFORTS.map((effort) => searchKey(calls, { ...NEVER, effort }).outcome);
  expect(new Set(outcomes).size).toBe(1);
  return outcomes[0] ?? "unknown";
}

/**
 * The definition itself: some subset of the unknown ones, in some order that respects real time.
 */
function bruteForce(calls: readonly Call[]): boolean {
  const place = (state: Value, left: readonly Call[]): boolean => {
    const mustReturn = left.filter(({ returned }) => returned !== null);
    if (mustReturn.length === 0) return true;
    const firstReturn = Math.min(...mustReturn.map(({ returned }) => returned ?? 0));
    return left.some((call) => {
      if (call.invoked > firstReturn) return false;
      const next = apply(state, call.step);
      if (next === undefined) return false;
      return place(
        next,
        left.filter((other) => other !== call),
      );
    });
  };
  return place(null, calls);
}

const value = fc.constantFrom<Value>(null, "a", "b", "c");
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("read" as const), value: fc.constantFrom(null, "a", "b", "ab") }),
  fc.record({ kind: fc.constant("miss" as const), from: value }),
  fc.record({ kind: fc.constant("set" as const), value }),
  fc.record({ kind: fc.constant("append" as const), value: fc.constantFrom("a", "b") }),
  fc.record({ kind: fc.constant("swap" as const), from: value, to: value }),
);
const registerStep = step.filter(({ kind }) => kind !== "append");

/** Calls at random positions, all distinct; about one in four never returns. */
function history(of: fc.Arbitrary<Step>, maxLength: number): fc.Arbitrary<readonly Call[]> {
  return fc
    .array(fc.tuple(of, fc.integer({ min: 0, max: 3 })), { minLength: 1, maxLength })
    .chain((drawn) =>
      fc
        .shuffledSubarray(
          Array.from({ length: drawn.length * 2 }, (_, index) => index),
          { minLength: drawn.length * 2 },
        )
        .map((positions) =>
          drawn.map(([drawnStep, fate], index): Call => {
            const a = positions[index * 2] ?? 0;
            const b = positions[index * 2 + 1] ?? 0;
            return {
              step: drawnStep,
              invoked: Math.min(a, b),
              returned: fate === 0 ? null : Math.max(a, b),
            };
          }),
        ),
    );
}

describe.each([
  ["registers", registerStep],
  ["appended strings", step],
])("on random short histories of %s", (_name, of) => {
  test("the search agrees with brute force", () => {
    fc.assert(
      fc.property(history(of, 7), (calls) => {
        const answered = calls.filter((call) => call.returned !== null || !observes(call.step));
        const expected = bruteForce(answered) ? "linearizable" : "violation";
        expect(search(calls)).toBe(expected);
      }),
      { numRuns: 4_000 },
    );
  });
});

interface Execution {
  readonly start: number;
  readonly length: number;
  readonly at: number;
  readonly kind: Step["kind"];
  readonly value: "a" | "b" | "c";
  readonly lost: boolean;
}

/** Executes operations in the order of their points of effect: linearizable by construction. */
function execute(drawn: readonly Execution[]): readonly Call[] {
  const timed = drawn.map((operation, index) => {
    const invoked = operation.start + index * 1e-6;
    const returned = invoked + operation.length + 1e-3;
    return { ...operation, invoked, returned, effect: invoked + operation.at * operation.length };
  });
  let state: Value = null;
  return timed
    .toSorted((a, b) => a.effect - b.effect)
    .map(({ kind, value: text, invoked, returned, lost }, order) => {
      const made = perform(state, kind, { text, swaps: order % 2 === 0 });
      state = apply(state, made) ?? null;
      return { step: made, invoked, returned: lost ? null : returned };
    });
}

function perform(
  state: Value,
  kind: Step["kind"],
  { text, swaps }: { readonly text: string; readonly swaps: boolean },
): Step {
  switch (kind) {
    case "read":
      return { kind, value: state };
    case "miss":
      return state === text ? { kind: "read", value: state } : { kind, from: text };
    case "set":
      return { kind, value: swaps ? text : null };
    case "append":
      return { kind, value: text };
    case "swap":
      return { kind, from: state, to: text };
    default:
      return kind satisfies never;
  }
}

const execution: fc.Arbitrary<Execution> = fc.record({
  start: fc.integer({ min: 0, max: 200 }),
  length: fc.integer({ min: 1, max: 40 }),
  at: fc.constantFrom(0.1, 0.5, 0.9),
  kind: fc.constantFrom<Step["kind"]>("read", "miss", "set", "append", "swap"),
  value: fc.constantFrom("a", "b", "c"),
  lost: fc.integer({ min: 0, max: 5 }).map((draw) => draw === 0),
});

test("a history made by a real linear execution is accepted, unknown outcomes included", () => {
  fc.assert(
    fc.property(fc.array(execution, { maxLength: 60 }), (drawn) => {
      expect(search(execute(drawn))).toBe("linearizable");
    }),
    { numRuns: 300 },
  );
});

function set(text: Value, invoked: number, returned: number | null): Call {
  return { step: { kind: "set", value: text }, invoked, returned };
}
function read(text: Value, invoked: number, returned: number): Call {
  return { step: { kind: "read", value: text }, invoked, returned };
}

test("a stale read is a violation at its return", () => {
  const calls = [set("a", 0, 1), set("b", 2, 3), read("a", 4, 5)];
  const violation = { outcome: "violation", call: 2 };
  expect(searchKey(calls, { ...NEVER, effort: "greedy" })).toEqual(violation);
  expect(searchKey(calls, { ...NEVER, effort: "exhaustive" })).toEqual(violation);
});

test("an unknown write may take effect long after it was given up, but only once", () => {
  expect(search([set("a", 0, null), set("b", 2, 3), read("a", 4, 5)])).toBe("linearizable");
  const twice = [set("a", 0, null), read("a", 2, 3), set("b", 4, 5), read("a", 6, 7)];
  expect(search(twice)).toBe("violation");
});

test("an unknown write cannot be seen before it was invoked", () => {
  expect(search([read("a", 0, 1), set("a", 2, null)])).toBe("violation");
});

test("an unknown overwrite may hide an open write although the value stays as it was", () => {
  const append: Call = { step: { kind: "append", value: "b" }, invoked: 0, returned: 3 };
  const swap: Call = { step: { kind: "swap", from: "b", to: "b" }, invoked: 8, returned: 11 };
  expect(search([append, set(null, 1, null), set("a", 2, 5), swap])).toBe("linearizable");
  expect(search([append, set("a", 2, 5), swap])).toBe("violation");
});

test("out of time is unknown, never a verdict", () => {
  const calls = [set("a", 0, 1), set("b", 2, 3), read("a", 4, 5)];
  expect(searchKey(calls, { expired: () => true }).outcome).toBe("unknown");
});

test("a value from nowhere is found without a search", () => {
  const lost = Array.from({ length: 50 }, (_, at) => set(String(at % 5), at, null));
  const calls = [...lost, set("a", 100, 101), read("z", 102, 103), read("y", 104, 105)];
  expect(inventedValue(calls)).toBe(51);
  expect(inventedValue([...lost, read("3", 102, 103), read(null, 104, 105)])).toBe(null);
  expect(inventedValue([read("a", 0, 1), set("a", 2, null)])).toBe(0);
});
