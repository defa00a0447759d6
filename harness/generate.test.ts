import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { complaints, generate } from "./generate.ts";
import { expand } from "./plan/expand.ts";
import { dependencyTable, sectionIn } from "./readme-sections.ts";
import { vocabulary } from "./run.ts";
import { loadScenario } from "./scenario/load.ts";
import { scenarioKeys } from "./scenario-keys.ts";

const root = join(import.meta.dirname, "..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const readme = read("README.md");

test("what is generated is as it would be written today", () => {
  expect(complaints(root)).toEqual([]);
});

test("a generated file that was changed by hand is stale, and is written again", () => {
  const copy = mkdtempSync(join(tmpdir(), "bft-generate-"));
  try {
    for (const path of ["README.md", "package.json", "scenarios", "faults", "dashboards"]) {
      cpSync(join(root, path), join(copy, path), { recursive: true });
    }
    generate(copy);
    const fresh = readFileSync(join(copy, "README.md"), "utf8");
    writeFileSync(join(copy, "README.md"), fresh.replace("| `junit.xml` |", "| `unit.xml` |"));
    writeFileSync(join(copy, "scenarios", "schema.json"), "{}\n");
    rmSync(join(copy, "dashboards", "grafana", "dashboards", "run.json"));
    expect(complaints(copy)).toEqual([
      "README.md is stale: npm run generate writes it again",
      "scenarios/schema.json is stale: npm run generate writes it again",
      "dashboards/grafana/dashboards/run.json is stale: npm run generate writes it again",
    ]);
    generate(copy);
    expect(complaints(copy)).toEqual([]);
    expect(readFileSync(join(copy, "README.md"), "utf8")).toBe(fresh);
  } finally {
    rmSync(copy, { recursive: true });
  }
});

test("every key of a scenario has a meaning", () => {
  const silent = scenarioKeys.filter(({ schema: key }) => key.description === undefined);
  const obvious = silent.filter(({ path }) => !path.startsWith("expect.viewChanges."));
  expect(obvious.map(({ path }) => path)).toEqual([]);
});

test("every dependency has a reason", () => {
  expect(dependencyTable(root)).not.toContain("|  |");
});

test("the README's scenario can be planned", () => {
  const { from, to } = sectionIn(readme, "scenario");
  const scenarioSection = readme.slice(from, to);
  const [, text = ""] = /```yaml\n([^]*?)```/.exec(scenarioSection) ?? [];
  const scenario = loadScenario({ text, file: "my-own.yaml" }, vocabulary);
  expect(expand(scenario, { vocabulary }).entries).toHaveLength(2);
});
