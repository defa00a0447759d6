import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { faults } from "../../faults/registry.ts";
import { protocols, services } from "../../nodes/registry.ts";
import { loadScenario } from "../scenario/load.ts";
import { ScenarioError } from "../scenario/scenario.ts";
import { executors } from "../workloads/registry.ts";
import { expand } from "./expand.ts";

const vocabulary = { protocols, services, faults, executors };
const text = readFileSync(
  join(import.meta.dirname, "../../scenarios/smoke/primary-partition-drop.yaml"),
  "utf8",
);

/** What a hurried editor does to a file: drops, doubles and mistypes pieces of it. */
const anyEdit = fc.record({
  at: fc.nat(text.length),
  removed: fc.nat(12),
  written: fc.oneof(
    fc.constantFrom(
      ": ",
      "- ",
      "\t",
      "\n",
      "{",
      "}",
      "[",
      "]",
      "&a ",
      "*a",
      "<<: *a",
      "!!binary x",
      "null",
      "~",
      "1",
      "-1",
      ".inf",
      ".nan",
      "1e999",
      "0x1F",
      "'",
      '"',
      "? ",
      "--- ",
      "%YAML 9",
      "__proto__: 1",
      "constructor: x",
      "0s",
      "99999999h",
      "{ a: [",
      "random-f",
      "backup",
      "clients",
      "r7",
      "101%",
    ),
    fc.string({ maxLength: 6 }),
  ),
});

function edited(edits: readonly { at: number; removed: number; written: string }[]): string {
  return edits.reduce(
    (result, { at, removed, written }) =>
      result.slice(0, at) + written + result.slice(at + removed),
    text,
  );
}

/** `plan` or the refusal; anything else is thrown on. */
function outcome(file: string, sets: readonly string[] = []): "plan" | readonly string[] {
  try {
    expand(loadScenario({ text: file, file: "edited.yaml", sets }, vocabulary), { vocabulary });
    return "plan";
  } catch (error) {
    if (error instanceof ScenarioError) return error.message.split("\n");
    throw error;
  }
}

test("however a file is damaged, it comes to a plan or to complaints with their places", () => {
  fc.assert(
    fc.property(fc.array(anyEdit, { minLength: 1, maxLength: 4 }), (edits) => {
      const result = outcome(edited(edits));
      const lines = result === "plan" ? [] : result;
      expect(lines.filter((line) => !line.startsWith("edited.yaml:"))).toEqual([]);
    }),
    { numRuns: 400 },
  );
});

test("whatever is set, it comes to a plan or to complaints", () => {
  const path = fc.constantFrom(
    "cluster.n",
    "cluster.f",
    "seed",
    "faults[0].target",
    "faults",
    "a.b",
  );
  const value = fc.oneof(fc.constantFrom("*a", "&a 1", "{", "[r0", "null", "1e999"), fc.string());
  fc.assert(
    fc.property(path, value, (key, written) => {
      const result = outcome(text, [`${key}=${written}`]);
      expect(result === "plan" || result.length > 0).toBe(true);
    }),
    { numRuns: 200 },
  );
});
