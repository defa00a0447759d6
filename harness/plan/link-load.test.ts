/** Plans reckon with the scenario's own message sizes: links, frames and the recovery bound. */
import { expect, test } from "vitest";
import { faults } from "../../faults/registry.ts";
import { FRAME_BYTES_MAX } from "../../nodes/protocols/contract/limits.ts";
import { protocols, services } from "../../nodes/registry.ts";
import { loadScenario } from "../scenario/load.ts";
import { ScenarioError } from "../scenario/scenario.ts";
import { executors } from "../workloads/registry.ts";
import { expand } from "./expand.ts";
import type { Plan, PlannedMessages } from "./plan.ts";
import { plannedBudget } from "./planned-budget.ts";

const vocabulary = { protocols, services, faults, executors };

function planOf(text: string): Plan {
  const head = "apiVersion: bft-chaos/v1\nkind: Scenario\nmetadata: { name: tried }\n";
  const scenario = loadScenario({ text: head + text, file: "tried.yaml" }, vocabulary);
  return expand(scenario, { vocabulary });
}

function complaint(text: string): string {
  try {
    planOf(text);
    return "";
  } catch (error) {
    if (error instanceof ScenarioError) return error.message;
    throw error;
  }
}

function messagesOf(text: string): PlannedMessages {
  const { messages } = planOf(text).cluster;
  if (messages === undefined) throw new Error("a new plan says what it carries");
  return messages;
}

const SLOW_PAIRS = `
phases: { quiet: 60s }
faults:
  - { fault: bandwidth, at: 1s, for: 4s, from: r0, to: r1, rate: 200KB/s }
  - { fault: bandwidth, at: 1s, for: 4s, from: r2, to: r3, rate: 200KB/s }
`;

const FAST_PAIRS = SLOW_PAIRS.replaceAll("200KB/s", "1MB/s");

function owedDuring(text: string): boolean | undefined {
  const { steps } = plannedBudget(planOf(text), faults);
  return steps.findLast(({ fromMs }) => fromMs <= 2_000)?.livenessOwed;
}

test("D11: 64 KiB arguments over links of 200 KB/s are not owed, small ones are", () => {
  const nulls = (bytes: string) =>
    `cluster: { service: { name: "null", argumentBytes: ${bytes} } }`;
  expect(owedDuring(nulls("64KiB") + SLOW_PAIRS)).toBe(false);
  expect(owedDuring(nulls("64KiB") + FAST_PAIRS)).toBe(false);
  expect(owedDuring(nulls("16B") + FAST_PAIRS)).toBe(true);
});

test("a load that a link cannot carry is not owed over it, however small its messages", () => {
  const workload = (rate: number) => `workload: { rate: ${rate}/s, clients: 64 }`;
  expect(owedDuring(workload(2_000) + FAST_PAIRS)).toBe(false);
  expect(owedDuring(workload(200) + FAST_PAIRS)).toBe(true);
  const closed = "workload: { executor: closed-loop, clients: 64 }";
  expect(owedDuring(closed + FAST_PAIRS)).toBe(false);
});

test("a link that cannot carry a view change while its timer runs is not timely", () => {
  const window = (size: number) => `cluster: { window: ${size}, checkpointInterval: 8 }`;
  expect(owedDuring(window(16) + SLOW_PAIRS)).toBe(true);
  expect(owedDuring(window(256) + SLOW_PAIRS)).toBe(false);
});

test("results count towards clients, arguments towards replicas", () => {
  const slowHost = (direction: string) =>
    `phases: { quiet: 60s }\nfaults: [{ fault: bandwidth, at: 1s, for: 4s, ${direction}, rate: 200KB/s }]`;
  const results = 'cluster: { service: { name: "null", resultBytes: 64KiB } }\n';
  const replicas = "[r0, r1, r2, r3]";
  expect(owedDuring(results + slowHost(`from: ${replicas}, to: c0`))).toBe(false);
  expect(owedDuring(results + slowHost(`from: c0, to: ${replicas}`))).toBe(true);
});

test("the bound counts what a slow but timely link makes of a view change, and its signatures", () => {
  const slow =
    "phases: { quiet: 60s }\nfaults: [{ fault: bandwidth, at: 1s, for: 1s, from: r0, to: r1, rate: 1MB/s }]";
  const { sizes, viewChangeVerifications } = messagesOf("");
  const viewChanges = (2 * ((sizes["VIEW-CHANGE"] ?? 0) + (sizes["NEW-VIEW"] ?? 0))) / 1_000;
  expect(planOf(slow).recoveryBound.parts["messages"]).toBeGreaterThan(viewChanges);
  expect(planOf("").recoveryBound.parts["verifications"]).toBe(
    Math.ceil(0.12 * viewChangeVerifications),
  );
});

test("a slow link of the clients adds what they ask and are told, and no view change", () => {
  const quiet = "phases: { quiet: 60s }\n";
  const slow = "faults: [{ fault: bandwidth, at: 1s, for: 1s, from: c0, to: r0, rate: 200KB/s }]";
  const { sizes } = messagesOf(quiet);
  const messagesMs = (text: string) => planOf(text).recoveryBound.parts["messages"] ?? 0;
  const addedMs = messagesMs(quiet + slow) - messagesMs(quiet);
  expect(addedMs).toBeCloseTo((sizes["REQUEST"] ?? 0) / 200, 3);
});

test.each([4, 7, 10, 31])(
  "D12: of %i replicas the window named is the largest whose NEW-VIEW fits",
  (n) => {
    const cluster = (window: number) =>
      `cluster: { n: ${n}, window: ${window}, checkpointInterval: 1 }\nphases: { quiet: 1h }\n`;
    const [, named] = /allowed: a window of (\d+) at most/.exec(complaint(cluster(65_536))) ?? [];
    const largest = Number(named);
    expect(complaint(cluster(largest + 1))).toMatch(
      /^tried\.yaml:4:\d+: cluster\.window: a NEW-VIEW of/,
    );
    const { sizes } = messagesOf(cluster(largest));
    expect(sizes["NEW-VIEW"]).toBeLessThanOrEqual(FRAME_BYTES_MAX);
  },
);
