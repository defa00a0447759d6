import { describe, expect, test } from "vitest";
import type { FaultEffect } from "../../fault.ts";
import type { Action, ClusterState } from "./guard.ts";
import { guards } from "./registry.ts";
import { twoPerson } from "./two-person.ts";
import { waitRecovered } from "./wait-recovered.ts";

const down = (replica: string): FaultEffect => {
  return { on: "process", replica, condition: { kind: "down" } };
};
const cut = (from: string, to: string): FaultEffect => {
  return { on: "network", from, to, condition: { kind: "drop" } };
};

const action = (effects: readonly FaultEffect[], ordered = effects): Action => {
  return { kind: "crash", effects, ordered };
};

const state = (away: ClusterState["away"], unrecovered: readonly string[] = []): ClusterState => {
  return { faultsMax: 1, unrecovered, away };
};

test("every guard has a kebab-case name and a summary, each once", () => {
  for (const { name, summary } of guards) {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(summary.length).toBeGreaterThan(20);
  }
  expect(new Set(guards.map(({ name }) => name)).size).toBe(guards.length);
});

describe("wait-recovered", () => {
  const refusal = (given: ClusterState) => waitRecovered.refusal(action([down("r1")]), given);

  test("lets one replica be taken away while all others have recovered", () => {
    expect(refusal(state({ alone: 1, after: 1 }))).toBeNull();
  });

  test("refuses the second one, and says who has not recovered", () => {
    expect(refusal(state({ alone: 1, after: 2 }, ["r0"]))).toBe(
      "2 replicas would be away at once, with r0 not recovered; allowed: f=1",
    );
  });

  test("refuses what takes more than f away by itself", () => {
    expect(refusal(state({ alone: 4, after: 4 }))).toContain("4 replicas would be away at once;");
  });

  test("lets through what takes nobody away, however many are", () => {
    expect(refusal(state({ alone: 0, after: 3 }, ["r0", "r1", "r2"]))).toBeNull();
  });

  test("asks for no order", () => {
    const unordered = action([down("r1")], []);
    expect(waitRecovered.refusal(unordered, state({ alone: 1, after: 1 }))).toBeNull();
  });
});

describe("two-person", () => {
  const anything = state({ alone: 4, after: 4 });

  test("lets through what the order says, to the letter or less, however unwise", () => {
    const all = ["r0", "r1", "r2", "r3"].map(down);
    expect(twoPerson.refusal(action(all), anything)).toBeNull();
    expect(twoPerson.refusal(action(all.slice(1), all), anything)).toBeNull();
  });

  test("refuses another direction, another replica, another act", () => {
    const refused = (done: FaultEffect, ordered: FaultEffect) =>
      twoPerson.refusal(action([done], [ordered]), anything);
    expect(refused(cut("r0", "r1"), cut("r1", "r0"))).toContain("crash of r0-r1 is not in it");
    expect(refused(down("r0"), down("r2"))).toContain("crash of r0 is not in it");
    const paused = { on: "process", replica: "r0", condition: { kind: "paused" } } as const;
    expect(refused(down("r0"), paused)).toContain("crash of r0 is not in it");
  });

  test("refuses what no order asks for", () => {
    expect(twoPerson.refusal(action([down("r0"), down("r1")], []), anything)).toBe(
      "the order strikes nothing of the cluster: crash of r0 and 1 more is not in it",
    );
  });
});
