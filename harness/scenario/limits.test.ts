/** What a scenario may ask for at most, and files that are no text. */
import { expect, test } from "vitest";
import { faults } from "../../faults/registry.ts";
import { protocols, services } from "../../nodes/registry.ts";
import { executors } from "../workloads/registry.ts";
import { loadScenario } from "./load.ts";
import { SCENARIO_BYTES_MAX, scenarioText } from "./read-text.ts";
import { ScenarioError } from "./scenario.ts";

const vocabulary = { protocols, services, faults, executors, checks: ["S-1", "S-6", "L-1"] };
const HEAD = "apiVersion: bft-chaos/v1\nkind: Scenario\nmetadata: { name: tried }\n";

function complaint(work: () => unknown): string {
  try {
    work();
    return "";
  } catch (error) {
    if (error instanceof ScenarioError) return error.message;
    throw error;
  }
}

const loading = (text: string) =>
  complaint(() => loadScenario({ text: HEAD + text, file: "tried.yaml" }, vocabulary));

test.each([
  ["workload: { rate: 1000000000/s }", "workload.rate"],
  ['cluster: { service: { name: "null", argumentBytes: 3MiB } }', "cluster.service"],
  ['cluster: { service: { name: "null", resultBytes: 3MiB } }', "cluster.service"],
  ["cluster: { window: 70000 }", "cluster.window"],
  ["cluster: { batchMax: 5000 }", "cluster.batchMax"],
  ["phases: { faults: 1000h }", "phases.faults"],
  ["cluster: { timers: { request: 25h } }", "cluster.timers.request"],
])("%s is over what may be asked for", (text, path) => {
  expect(loading(text)).toContain(`: ${path}`);
});

test.each([
  ["load: 15s", "load: found 15s; allowed: below phases.quiet less two periods of STATUS, 14.7s"],
  ["load: 14700ms", "load: found 14.7s; allowed: below phases.quiet less two periods of STATUS"],
  ["rest: 15s", "rest: found 15s; allowed: below phases.quiet, 15s, the time that there is for it"],
])("a quiet phase without the time to come to rest is refused: %s", (key, message) => {
  expect(loading(`phases: { quiet: 15s, ${key} }\n`)).toContain(`phases.${message}`);
  expect(loading("phases: { quiet: 15s, load: 14s, rest: 14s }\n")).toBe("");
});

test("a check that no checker has is refused, with the one that was meant", () => {
  expect(loading("expect: { verdict: FAIL, check: S-99 }")).toMatch(
    /expect\.check: found "S-99"; .*allowed: S-1, S-6, L-1/,
  );
  expect(loading("expect: { verdict: FAIL, check: S-6 }")).toBe("");
  expect(loading("expect: { verdict: LIVENESS_MISS, check: L-1 }")).toBe("");
});

test("more faults than may be planned are refused with the number that may", () => {
  const line = "- { fault: crash, at: 1s, for: 1s, target: r0 }\n";
  expect(loading(`faults:\n${line.repeat(10_001)}`)).toMatch(/faults: .*10000/);
});

test("invalid UTF-8 is refused with its line and byte, too large a file with its size", () => {
  const text = new TextEncoder().encode("a: é\nb: x");
  expect(scenarioText(text, "f.yaml")).toBe("a: é\nb: x");
  const bad = Uint8Array.from([...text, 0xc3]);
  expect(complaint(() => scenarioText(bad, "f.yaml"))).toMatch(/^f\.yaml:2: .* at byte 10;/);
  const large = new Uint8Array(SCENARIO_BYTES_MAX + 1);
  expect(complaint(() => scenarioText(large, "f.yaml"))).toMatch(/allowed: 2097152 at most/);
});
