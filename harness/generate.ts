/**
 * Writes every file, and part of a file, that follows from the registries: `npm run generate`. One
 * that is not what it would write is stale, and a test says so.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { classicJson } from "../dashboards/classic.ts";
import { dashboards } from "../dashboards/registry.ts";
import { withSections } from "./readme-sections.ts";
import { vocabulary } from "./run.ts";
import { scenarioJsonSchema } from "./scenario/schema.ts";

/** By the path from the folder of the project; each makes the text from the one that is there. */
const generated: Readonly<Record<string, (before: string, root: string) => string>> = {
  "README.md": withSections,
  "scenarios/schema.json": () => `${JSON.stringify(scenarioJsonSchema(vocabulary), null, 2)}\n`,
  ...Object.fromEntries(
    Object.entries(dashboards).map(([name, dashboard]) => [
      `dashboards/grafana/dashboards/${name}.json`,
      () => classicJson(dashboard),
    ]),
  ),
};

interface Stale {
  readonly path: string;
  readonly text: string;
}

function staleFiles(root: string): readonly Stale[] {
  return Object.entries(generated).flatMap(([path, write]) => {
    const file = join(root, path);
    const before = existsSync(file) ? readFileSync(file, "utf8") : "";
    const text = write(before, root);
    return text === before ? [] : [{ path, text }];
  });
}

/** One line each; empty = all is as it would be written. */
export function complaints(root: string): readonly string[] {
  return staleFiles(root).map(({ path }) => `${path} is stale: npm run generate writes it again`);
}

export function generate(root: string): void {
  for (const { path, text } of staleFiles(root)) writeFileSync(join(root, path), text);
}

if (import.meta.main) generate(process.cwd());
