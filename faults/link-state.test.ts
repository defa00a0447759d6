import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FaultEffect, ProcessCondition } from "./fault.ts";
import type { LinkCondition } from "./link-condition.ts";
import type { LinkState } from "./link-state.ts";
import {
  behaviourStates,
  linkState,
  linkStates,
  PRISTINE_LINK,
  processStates,
} from "./link-state.ts";

const endpoint = fc.constantFrom("r0", "r1", "r2", "c0");
const condition: fc.Arbitrary<LinkCondition> = fc.oneof(
  fc.constantFrom<LinkCondition>(
    { kind: "refuse" },
    { kind: "reset" },
    { kind: "drop" },
    { kind: "hold" },
  ),
  fc.record({
    kind: fc.constant("delay" as const),
    latencyMs: fc.integer({ min: 0, max: 900 }),
    jitterMs: fc.integer({ min: 0, max: 90 }),
  }),
  fc.record({
    kind: fc.constant("bandwidth" as const),
    kilobytesPerSecond: fc.integer({ min: 1, max: 900 }),
  }),
  fc.record({
    kind: fc.constant("trickle" as const),
    bytes: fc.integer({ min: 1, max: 90 }),
    everyMs: fc.integer({ min: 1, max: 9 }),
  }),
  fc.record({ kind: fc.constant("cutoff" as const), bytes: fc.integer({ min: 1, max: 900 }) }),
);
const stop = fc.constantFrom<ProcessCondition>(
  { kind: "down" },
  { kind: "paused" },
  { kind: "power-cut" },
);
const effect: fc.Arbitrary<FaultEffect> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      on: fc.constant("network" as const),
      from: endpoint,
      to: endpoint,
      condition,
    }),
  },
  fc.record({ on: fc.constant("process" as const), replica: endpoint, condition: stop }),
  fc.record({
    on: fc.constant("behaviour" as const),
    replica: endpoint,
    behaviour: fc.constantFrom("equivocate", "wrong-reply"),
    parameters: fc.record({ share: fc.integer({ min: 0, max: 2 }) }),
  }),
);
const effects = fc.array(effect, { maxLength: 12 });

function everything(active: readonly FaultEffect[]) {
  const sorted = <Value>(states: ReadonlyMap<string, Value>) =>
    [...states].toSorted(([a], [b]) => a.localeCompare(b));
  return {
    links: sorted(linkStates(active)),
    processes: sorted(processStates(active)),
    behaviours: sorted(behaviourStates(active)),
  };
}

const SEVERITY = ["open", "hold", "drop", "reset", "refuse"];
const severity = (state: LinkState) => SEVERITY.indexOf(state.kind);

describe("any set of effects", () => {
  const shuffled = effects.chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
  );

  test("gives the same state in any order", () => {
    fc.assert(
      fc.property(shuffled, ([list, other]) => {
        expect(everything(other)).toEqual(everything(list));
      }),
    );
  });

  test("an effect that another fault repeats can be healed without undoing the other", () => {
    fc.assert(
      fc.property(effects, effects, (mine, theirs) => {
        const before = linkStates(theirs);
        const during = linkStates([...mine, ...theirs]);
        const touched = new Set(linkStates(mine).keys());
        for (const [link, state] of before) {
          const now = during.get(link) ?? PRISTINE_LINK;
          expect(severity(now)).toBeGreaterThanOrEqual(severity(state));
          expect(touched.has(link) ? state : now).toEqual(state);
        }
      }),
    );
  });

  test("no effects: every link is pristine", () => {
    expect(linkState([])).toEqual(PRISTINE_LINK);
    expect(linkStates([]).size).toBe(0);
  });
});

describe("one link", () => {
  test("refuse > reset > drop > hold > shaping", () => {
    const order: readonly LinkCondition[] = [
      { kind: "delay", latencyMs: 5, jitterMs: 0 },
      { kind: "hold" },
      { kind: "drop" },
      { kind: "reset" },
      { kind: "refuse" },
    ];
    for (const [at, worse] of order.entries()) {
      const state = linkState(order.slice(0, at + 1));
      expect(state.kind).toBe(worse.kind === "delay" ? "open" : worse.kind);
    }
  });

  test("delays and jitters add; the smallest bandwidth, slice and cut-off win", () => {
    expect(
      linkState([
        { kind: "delay", latencyMs: 40, jitterMs: 5 },
        { kind: "delay", latencyMs: 30, jitterMs: 1 },
        { kind: "bandwidth", kilobytesPerSecond: 100 },
        { kind: "bandwidth", kilobytesPerSecond: 8 },
        { kind: "trickle", bytes: 8, everyMs: 1 },
        { kind: "trickle", bytes: 64, everyMs: 3 },
        { kind: "cutoff", bytes: 900 },
        { kind: "cutoff", bytes: 9_000 },
      ]),
    ).toEqual({
      kind: "open",
      delay: { latencyMs: 70, jitterMs: 6 },
      bandwidth: { kilobytesPerSecond: 8 },
      trickle: { bytes: 8, everyMs: 3 },
      cutoff: { bytes: 900 },
    });
  });

  test("a worse condition hides shaping, and healing it brings the shaping back", () => {
    const slow: LinkCondition = { kind: "delay", latencyMs: 40, jitterMs: 0 };
    expect(linkState([slow, { kind: "hold" }])).toEqual({ kind: "hold" });
    expect(linkState([slow])).toMatchObject({ kind: "open", delay: { latencyMs: 40 } });
  });

  test("refusing a client link refuses both directions; a replica link keeps its way back", () => {
    const refuse: LinkCondition = { kind: "refuse" };
    const states = linkStates([
      { on: "network", from: "c0", to: "r1", condition: refuse },
      { on: "network", from: "r0", to: "r1", condition: refuse },
    ]);
    expect([...states.keys()].toSorted()).toEqual(["c0-r1", "r0-r1", "r1-c0"]);
  });
});

test("power-cut > down > paused for one process", () => {
  const on = (kind: ProcessCondition["kind"]): FaultEffect => ({
    on: "process",
    replica: "r0",
    condition: { kind },
  });
  expect(processStates([on("paused")]).get("r0")).toBe("paused");
  expect(processStates([on("down"), on("paused")]).get("r0")).toBe("down");
  expect(processStates([on("power-cut"), on("down")]).get("r0")).toBe("power-cut");
});
