import { describe, expect, test } from "vitest";
import { faults } from "../../faults/registry.ts";
import { protocols, services } from "../../nodes/registry.ts";
import { expand } from "../plan/expand.ts";
import { executors } from "../workloads/registry.ts";
import { loadScenario } from "./load.ts";
import { ScenarioError } from "./scenario.ts";

const vocabulary = { protocols, services, faults, executors };
const HEAD = "apiVersion: bft-chaos/v1\nkind: Scenario\nmetadata: { name: tried }\nfaults:\n";

function planOf(...entries: readonly string[]) {
  const text = `${HEAD}${entries.map((entry) => `  - { ${entry} }\n`).join("")}`;
  return expand(loadScenario({ text, file: "tried.yaml" }, vocabulary), { vocabulary });
}

function complaints(...entries: readonly string[]): readonly string[] {
  try {
    planOf(...entries);
    return [];
  } catch (error) {
    if (error instanceof ScenarioError) return error.message.split("\n");
    throw error;
  }
}

const NAP = "name: nap, fault: pause, target: random-f";

test("every and times make ordinary entries, each with a name and a draw of its own", () => {
  const { entries } = planOf(`${NAP}, at: 1s, for: 500ms, repeat: { every: 700ms, times: 6 }`);
  expect(entries.map(({ id, name, atMs, durationMs }) => [id, name, atMs, durationMs])).toEqual(
    [1, 2, 3, 4, 5, 6].map((k) => [`nap-${k}`, `nap-${k}`, 300 + k * 700, 500]),
  );
  expect(new Set(entries.map(({ resolved }) => JSON.stringify(resolved))).size).toBeGreaterThan(1);
});

test("what an event sets off is repeated after it", () => {
  const when = "when: { event: view-change, delay: 50ms }";
  const { entries } = planOf(`${NAP}, ${when}, for: 1s, repeat: { every: 2s, times: 3 }`);
  expect(entries.map(({ id, atMs, when: trigger }) => [id, atMs, trigger?.delayMs])).toEqual([
    ["nap-1", 50, 50],
    ["nap-2", 2_050, 2_050],
    ["nap-3", 4_050, 4_050],
  ]);
});

test("with every: event each waits for an event of its own", () => {
  const when = "when: { event: view-change, skip: 1 }";
  const { entries } = planOf(`${NAP}, ${when}, for: 1s, repeat: { every: event, times: 3 }`);
  expect(entries.map(({ id, when: trigger }) => ({ id, when: trigger }))).toMatchObject(
    [1, 2, 3].map((skip) => ({ id: `nap-${skip}`, when: { skip, delayMs: 0 } })),
  );
});

test("another fault waits for the first of them to begin, the last to be healed, or for one", () => {
  const { entries } = planOf(
    `${NAP}, at: 1s, for: 500ms, repeat: { every: 1s, times: 3 }`,
    "name: a, fault: pause, target: r0, for: 1s, when: { after: nap }",
    "name: b, fault: pause, target: r0, for: 1s, when: { healed: nap }",
    "name: c, fault: pause, target: r0, for: 1s, when: { healed: nap-2 }",
  );
  const waiting = entries.filter(({ when }) => when !== undefined);
  expect(Object.fromEntries(waiting.map(({ id, when }) => [id, when]))).toEqual({
    a: { kind: "after", entry: "nap-1", delayMs: 0 },
    b: { kind: "healed", entry: "nap-3", delayMs: 0 },
    c: { kind: "healed", entry: "nap-2", delayMs: 0 },
  });
});

describe("it is refused with its place", () => {
  test.each([
    ["at: 1s, for: 1s, repeat: { every: 2s }", "repeat.times: is missing; allowed: a number"],
    ["at: 1s, for: 1s, repeat: { times: 2 }", "repeat.every: is missing; a duration"],
    [
      "at: 1s, repeat: { every: 2s, times: 2 }",
      "for: is missing; what is repeated says how long it lasts",
    ],
    [
      "at: 1s, for: 2s, repeat: { every: 1s, times: 2 }",
      'every: found "1s"; allowed: at least as long as for',
    ],
    [
      "at: 1s, for: 1s, repeat: { every: event, times: 2 }",
      'every: found "event"; allowed: a duration, or event beside `when: { event: ... }`',
    ],
    ["at: 1s, for: 1s, repeat: { every: 2s, times: 0 }", "times: found 0; allowed: at least 1"],
    [
      "at: 1s, for: 1s, repeat: { every: 2s, times: 5 }",
      "repeat: found a window from 1s to 10s; allowed: within phases.faults, 8s",
    ],
  ])("%s", (keys, complaint) => {
    const [first, ...others] = complaints(`${NAP}, ${keys}`);
    expect(others).toEqual([]);
    expect(first).toMatch(/^tried\.yaml:5:\d+: faults\[0\]\./);
    expect(first).toContain(complaint);
  });

  test("a name that is one of its repetitions", () => {
    const twice = complaints(
      `${NAP}, at: 1s, for: 1s, repeat: { every: 2s, times: 2 }`,
      "name: nap-2, fault: pause, target: r0, at: 1s, for: 1s",
    );
    expect(twice).toEqual([
      'tried.yaml:6:7: faults[1].name: found "nap-2" again; allowed: a name of its own (faults[0] has it)',
    ]);
  });

  test("more of them than a scenario may have", () => {
    const many = Array.from({ length: 11 }, (_, index) => {
      return `name: n${index}, fault: pause, target: r0, at: 0s, for: 1ms, repeat: { every: 1ms, times: 1000 }`;
    });
    expect(complaints(...many)).toEqual([
      "tried.yaml:4:1: faults: found 11000, repeated ones counted as often; allowed: at most 10000 items",
    ]);
  });

  test("a fault that does not last", () => {
    const [complaint] = complaints(
      "name: roll, fault: rolling-restart, at: 0s, pause: 1s, repeat: { every: 1s, times: 2 }",
    );
    expect(complaint).toContain("faults[0].repeat: rolling-restart does not last: ");
  });
});
