import { describe, expect, test } from "vitest";
import { faults } from "../../faults/registry.ts";
import { protocols, services } from "../../nodes/registry.ts";
import { loadScenario } from "../scenario/load.ts";
import { ScenarioError } from "../scenario/scenario.ts";
import { executors } from "../workloads/registry.ts";
import { expand } from "./expand.ts";
import type { Plan } from "./plan.ts";
import { plannedBudget } from "./planned-budget.ts";

const vocabulary = { protocols, services, faults, executors };
const HEAD = "apiVersion: bft-chaos/v1\nkind: Scenario\nmetadata: { name: tried }\n";

function planOf(entries: readonly string[], more = ""): Plan {
  const list = entries.map((entry) => `  - { ${entry} }\n`).join("");
  const text = `${HEAD}${more}faults:\n${list}`;
  return expand(loadScenario({ text, file: "tried.yaml" }, vocabulary), { vocabulary });
}

/** From the line of the first fault on. */
function complaints(entries: readonly string[], more = ""): readonly string[] {
  try {
    planOf(entries, more);
    return [];
  } catch (error) {
    if (error instanceof ScenarioError) return error.message.split("\n");
    throw error;
  }
}

const CRASH = "fault: crash, target: primary";

test("a fault begins at a time or waits for something: one of both, and not both", () => {
  expect(complaints([`${CRASH}`])).toEqual([
    "tried.yaml:5:5: faults[0].at: is missing; allowed: exactly one of at and when",
  ]);
  expect(complaints([`at: 1s, when: { event: boot }, ${CRASH}`])).toEqual([
    "tried.yaml:5:15: faults[0].when: found a map; allowed: exactly one of at and when",
  ]);
});

test.each([
  ["event: view-chagne", 'event: found "view-chagne"; did you mean "view-change"? allowed: boot,'],
  ["skip: 1", "event: is missing; allowed: exactly one of event, after and healed"],
  ["event: boot, after: x", 'event: found "boot"; allowed: exactly one of event, after and healed'],
  ["after: x, skip: 1", "skip: found 1; allowed: with event only"],
  ["after: x", 'after: found "x"; allowed: none is known'],
  ["after: crash", "after: found crash, this fault itself; allowed: another one"],
  ["event: boot, by: r4", 'by: found "r4"; did you mean "r0"? allowed: primary, backup, r0, r1'],
  ["event: recovered, by: r0", "by: no replica tells of recovered; allowed: recovered without by"],
  ["event: recovered, first: true", "first: no replica tells of recovered; allowed: recovered wi"],
  [
    "event: new-view, first: true",
    "first: new-view is about no sequence number; allowed: new-view without first",
  ],
  [
    "event: boot, delay: 8s",
    "may begin at 8s at the earliest; allowed: before the end of phases.f",
  ],
  [
    "event: reject",
    "event: reject is in no audit log of level decisions; allowed: cluster.audit: f",
  ],
])("when: { %s } is refused with its place", (when, complaint) => {
  const [first, ...others] = complaints([`when: { ${when} }, ${CRASH}`]);
  expect(others).toEqual([]);
  expect(first).toMatch(/^tried\.yaml:5:\d+: faults\[0\]\.when/);
  expect(first).toContain(complaint);
});

test("no event is waited for that no log would tell of", () => {
  const [complaint] = complaints([`when: { event: boot }, ${CRASH}`], "cluster: { audit: off }\n");
  expect(complaint).toContain("boot is in no audit log of level off; allowed: cluster.audit: deci");
});

test("subject is somebody where an event sets a fault off, also by way of another fault", () => {
  const struck = (when: string) => `${when}, fault: crash, target: subject`;
  const chain = [
    struck("name: a, when: { event: new-view }, for: 1s"),
    struck("name: b, when: { healed: a }, for: 1s"),
    struck("name: c, when: { after: b }"),
  ];
  expect(complaints(chain)).toEqual([]);
  expect(complaints([struck("at: 1s")])[0]).toContain('target: found "subject"; allowed: where an');
  const timed = [`name: t, at: 1s, for: 1s, ${CRASH}`, struck("when: { healed: t }")];
  expect(complaints(timed)[0]).toContain('faults[1].target: found "subject"');
});

test("an entry holds what it waits for, and its earliest moment", () => {
  const { entries, caveats } = planOf([
    "name: last, when: { healed: roll, delay: 100ms }, fault: pause, target: subject, for: 1s",
    "name: roll, when: { event: stable, from: 1s, skip: 2, delay: 50ms }, fault: rolling-restart, " +
      "target: [r1, subject], down: 200ms, pause: 300ms",
    "name: cut, at: 2s, for: 1s, fault: partition, isolate: r0",
    "name: next, when: { after: cut, delay: 20ms }, fault: crash, target: r0",
  ]);
  const event = { kind: "event", event: "stable", fromMs: 1_000, skip: 2, by: null, first: false };
  expect(entries.map(({ id, atMs, durationMs, when }) => [id, atMs, durationMs, when])).toEqual([
    ["roll#1", 1_050, 200, { ...event, delayMs: 50 }],
    ["roll#2", 1_550, 200, { ...event, delayMs: 550 }],
    ["last", 1_850, 1_000, { kind: "healed", entry: "roll#2", delayMs: 100 }],
    ["cut", 2_000, 1_000, undefined],
    ["next", 2_020, 5_980, { kind: "after", entry: "cut", delayMs: 20 }],
  ]);
  expect(caveats).toContain("last: when it begins, and whether, depends on what happens");
  expect(caveats).toContain("last: whom it strikes depends on whose event sets it off");
});

describe("the budget", () => {
  const budgetOf = (entries: readonly string[]) => plannedBudget(planOf(entries), faults);

  test("holds what waits possible from its earliest moment to the end of the faults phase", () => {
    const { steps, upperBound } = budgetOf([
      "when: { event: view-change, from: 1s, delay: 500ms }, for: 1s, fault: crash, target: r1",
      "at: 6s, for: 1s, fault: crash, target: r2",
    ]);
    const seen = steps.map(({ fromMs, unavailable, livenessOwed }) => {
      return [fromMs, unavailable, livenessOwed];
    });
    expect(seen).toEqual([
      [0, 0, true],
      [1_500, 1, true],
      [6_000, 2, false],
      [7_000, 1, true],
      [8_000, 0, true],
    ]);
    expect(upperBound).toBe(true);
  });

  test("holds anybody for the subject, and keeps who may have lied in B", () => {
    const { steps } = budgetOf([
      "when: { event: prepared, from: 1s }, fault: byzantine, target: subject, behaviour: silent",
      "at: 3s, for: 1s, fault: byzantine, target: r0, behaviour: silent",
    ]);
    expect(
      steps.map(({ fromMs, safety, safetyOwed }) => [fromMs, safety.length, safetyOwed]),
    ).toEqual([
      [0, 0, true],
      [1_000, 1, true],
      [3_000, 2, false],
    ]);
  });
});
