import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { faults } from "../../faults/registry.ts";
import { protocols, services } from "../../nodes/registry.ts";
import { expand } from "../plan/expand.ts";
import type { Plan } from "../plan/plan.ts";
import { executors } from "../workloads/registry.ts";
import { loadScenario } from "./load.ts";
import { readScript } from "./read-script.ts";
import { scenarioJsonSchema } from "./schema.ts";

const folder = join(import.meta.dirname, "..", "..", "scenarios");
const vocabulary = { protocols, services, faults, executors };

const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
  file.endsWith(".yaml"),
);

function textOf(file: string): string {
  return readFileSync(join(folder, file), "utf8");
}

function planOf(file: string, sets: readonly string[] = []): Plan {
  const scenario = loadScenario({ text: textOf(file), file, sets }, vocabulary);
  return expand(scenario, { vocabulary, script: readScript(scenario, join(folder, file)) });
}

type JsonSchema = Parameters<typeof z.fromJSONSchema>[0];

/** Read back, what stands beside a map's own keys lets keys through that the map does not know. */
function withoutSecondRules(schema: unknown): JsonSchema {
  const text = JSON.stringify(schema, (_, value: unknown) => {
    if (typeof value !== "object" || value === null || !("properties" in value)) return value;
    const { oneOf: _second, ...map } = value as Readonly<Record<string, unknown>>;
    return map;
  });
  return JSON.parse(text) as JsonSchema;
}

describe("the published schema", () => {
  const published = scenarioJsonSchema(vocabulary);
  const schema = z.fromJSONSchema(withoutSecondRules(published));
  const whole = z.fromJSONSchema(published as JsonSchema);

  test.each(files)("accepts scenarios/%s", (file) => {
    expect(schema.safeParse(parse(textOf(file))).error).toBeUndefined();
    expect(whole.safeParse(parse(textOf(file))).error).toBeUndefined();
  });

  const text = textOf(join("smoke", "primary-partition-drop.yaml"));

  test.each([
    ["an unknown key", "seed:", "sede:"],
    ["a key of another fault", "isolate: primary", "latency: 40ms"],
    ["a duration without its unit", "at: 500ms", "at: 500"],
    ["an unknown fault", "fault: partition", "fault: divide"],
  ])("refuses %s", (_, from, to) => {
    expect(schema.safeParse(parse(text)).success).toBe(true);
    expect(schema.safeParse(parse(text.replace(from, to))).success).toBe(false);
  });

  test.each([
    ["an event", { when: { event: "view-change", skip: 1, by: "primary", delay: "20ms" } }, true],
    ["another fault", { when: { healed: "other" } }, true],
    ["nothing, not even a time,", {}, false],
    ["an event and a time", { at: "1s", when: { event: "view-change" } }, false],
  ])("lets a fault wait for %s: %j is %s", (_, begins, allowed) => {
    const fault = { fault: "crash", target: "r0", ...begins };
    const scenario = { ...(parse(text) as object), faults: [fault] };
    expect(whole.safeParse(scenario).success).toBe(allowed);
  });

  test("knows the events by name", () => {
    const unknown = text.replace("at: 500ms", "when: { event: view-chagne }");
    expect(schema.safeParse(parse(unknown)).success).toBe(false);
  });
});

describe.each(files)("scenarios/%s", (file) => {
  test("loads and expands, also with f = 2 where its protocol tolerates faults", () => {
    const { protocol, parameters } = planOf(file).cluster;
    if (protocol === "unreplicated") {
      expect(parameters.replicas).toBe(1);
      return;
    }
    const faults = /\bf: 2\b/.test(textOf(file)) ? 2 : 1;
    expect(parameters.replicas).toBe(3 * faults + 1);
    // The times of a canary are cut to measure for the bug that it catches.
    if (file.startsWith("canaries/")) return;
    expect(planOf(file, ["cluster.f=2"]).cluster.parameters.replicas).toBe(7);
  });

  test("bears the name of its file, names its schema and begins with a comment", () => {
    const prefix = file.startsWith("canaries/") ? "canary-" : "";
    expect(planOf(file).scenario).toBe(`${prefix}${basename(file, ".yaml")}`);
    const depth = file.split("/").length - 1;
    const [hint, , comment] = textOf(file).split("\n");
    expect(hint).toBe(`# yaml-language-server: $schema=${"../".repeat(depth)}schema.json`);
    expect(comment).toMatch(/^# [A-Z]/);
  });
});

describe.each(files.filter((file) => file.startsWith("smoke/")))("scenarios/%s", (file) => {
  test("stays short and light: warm-up 1 s, faults at most 8 s, at most 200 operations a second", () => {
    const { phases, workload, cluster, labels } = planOf(file);
    expect(phases.warmupMs).toBe(1_000);
    expect(phases.faultsMs).toBeLessThanOrEqual(8_000);
    expect(workload.ratePerSecond).toBeLessThanOrEqual(200);
    expect(cluster.parameters.timers.requestMs).toBe(1_000);
    expect(labels).toEqual({ suite: "smoke" });
  });

  test("demands a view change where the primary is struck, and forbids it where nobody is", () => {
    const { entries, expect: expected } = planOf(file);
    const struck = JSON.stringify(entries).includes('"primary"');
    expect(expected.viewChanges.min).toBe(struck ? 1 : 0);
    expect(expected.minOperations).toBeGreaterThanOrEqual(50);
  });
});
