import { expect, test } from "vitest";
import { faults } from "../../faults/registry.ts";
import { protocols, services } from "../../nodes/registry.ts";
import { loadScenario } from "../scenario/load.ts";
import { executors } from "../workloads/registry.ts";
import { expand } from "./expand.ts";
import { isProvable } from "./provable.ts";

const vocabulary = { protocols, services, faults, executors };

function provable(...entries: readonly string[]): boolean {
  const text = [
    "apiVersion: bft-chaos/v1",
    "kind: Scenario",
    "metadata: { name: overlap }",
    "phases: { quiet: 60s }",
    "faults:",
    ...entries.map((entry) => `  - { ${entry} }`),
  ].join("\n");
  const plan = expand(loadScenario({ text, file: "overlap.yaml" }, vocabulary), { vocabulary });
  return isProvable(plan, faults, 1_000);
}

const crash = "fault: crash, at: 1s, for: 3s, target: r1";

test.each([
  [
    "a pause within a crash of the same replica",
    false,
    "fault: pause, at: 2s, for: 1500ms, target: r1",
  ],
  ["a pause within a crash of another one", true, "fault: pause, at: 2s, for: 1500ms, target: r2"],
  [
    "a pause that outlasts it by too little",
    false,
    "fault: pause, at: 2s, for: 3900ms, target: r1",
  ],
  ["a pause that outlasts it", true, "fault: pause, at: 2s, for: 4s, target: r1"],
  [
    "a cut whose one end is dead",
    false,
    "fault: partition, at: 2s, for: 2s, isolate: r1, semantics: drop",
  ],
  [
    "a cut that began before",
    true,
    "fault: partition, at: 0s, for: 2s, isolate: r1, semantics: drop",
  ],
])("%s: %s", (_, expected, other) => {
  expect(provable(crash, other)).toBe(expected);
});

test("a delay of a link that is cut meanwhile is hidden, one of another link is not", () => {
  const cut = "fault: partition, at: 1s, for: 4s, isolate: r1, semantics: hold";
  expect(provable(cut, "fault: delay, at: 2s, for: 2s, to: r1, latency: 10ms")).toBe(false);
  expect(provable(cut, "fault: delay, at: 2s, for: 2s, from: r2, to: r3, latency: 10ms")).toBe(
    true,
  );
});

test("windows shorter than that need no more than themselves", () => {
  expect(provable("fault: rolling-restart, at: 0s, down: 300ms, pause: 1s")).toBe(true);
});
