/**
 * What the README says about names that live in a registry is written by this file. After a change:
 * `UPDATE_README=1 npx vitest run harness/reports/readme.test.ts`
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { behaviours } from "../../faults/byzantine/registry.ts";
import { faults } from "../../faults/registry.ts";
import { protocols, services } from "../../nodes/registry.ts";
import { checkers } from "../checkers/registry.ts";
import { expand } from "../plan/expand.ts";
import { loadScenario } from "../scenario/load.ts";
import { scenarioJsonSchema } from "../scenario/schema.ts";
import { VERDICTS } from "../scenario/verdict.ts";
import { reports } from "./registry.ts";
import { verdictWords } from "./verdicts.ts";
import { words } from "./words.ts";

const UPDATE = "to write it again: UPDATE_README=1 npx vitest run harness/reports/readme.test.ts";

const root = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const vocabulary = { protocols, services, faults };

interface JsonSchema {
  readonly const?: unknown;
  readonly default?: unknown;
  readonly description?: string | undefined;
  readonly enum?: readonly string[] | undefined;
  readonly pattern?: string | undefined;
  readonly type?: string | undefined;
  readonly anyOf?: readonly JsonSchema[] | undefined;
  readonly oneOf?: readonly JsonSchema[] | undefined;
  readonly items?: JsonSchema | undefined;
  readonly properties?: Readonly<Record<string, JsonSchema>> | undefined;
  readonly required?: readonly string[] | undefined;
}

const jsonSchema: z.ZodType<JsonSchema> = z.lazy(() =>
  z.object({
    const: z.unknown().optional(),
    default: z.unknown().optional(),
    description: z.string().optional(),
    enum: z.array(z.string()).optional(),
    pattern: z.string().optional(),
    type: z.string().optional(),
    anyOf: z.array(jsonSchema).optional(),
    oneOf: z.array(jsonSchema).optional(),
    items: jsonSchema.optional(),
    properties: z.record(z.string(), jsonSchema).optional(),
    required: z.array(z.string()).optional(),
  }),
);

const schema = jsonSchema.parse(scenarioJsonSchema(vocabulary));

/** A unit in the pattern tells what the string is. */
const QUANTITIES: readonly (readonly [unit: string, words: string])[] = [
  ["(ms|s", "duration"],
  ["(\\/s)", "rate"],
  ["B\\/s", "bytes per second"],
  ["(B|", "size"],
  ["%$", "share"],
];

function wordsFor({
  const: constant,
  enum: names,
  pattern,
  type,
  anyOf,
  items,
}: JsonSchema): string {
  if (constant !== undefined) return `\`${JSON.stringify(constant)}\``;
  if (names !== undefined) return names.map((name) => `\`${name}\``).join(", ");
  if (anyOf !== undefined) return [...new Set(anyOf.map(wordsFor))].join(", or ");
  if (type === "array") return `list of ${items === undefined ? "values" : wordsFor(items)}`;
  if (pattern !== undefined) {
    return QUANTITIES.find(([unit]) => pattern.includes(unit))?.[1] ?? "name";
  }
  const plain: Readonly<Record<string, string>> = {
    integer: "number",
    object: "map",
    string: "name",
  };
  return plain[type ?? ""] ?? type ?? "value";
}

interface Key {
  readonly path: string;
  readonly schema: JsonSchema;
}

/** Leaves only; what may be a name or a map is one key. */
function keysOf(properties: Readonly<Record<string, JsonSchema>>, above: string): readonly Key[] {
  return Object.entries(properties).flatMap(([name, inner]) => {
    const path = above === "" ? name : `${above}.${name}`;
    const isGroup = inner.properties !== undefined && inner.description === undefined;
    return isGroup ? keysOf(inner.properties ?? {}, path) : [{ path, schema: inner }];
  });
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

const fixed = new Set(["apiVersion", "kind", "faults"]);
const scenarioKeys = keysOf(schema.properties ?? {}, "").filter(({ path }) => !fixed.has(path));

/** A map has no default of its own: its keys have. */
function defaultOf({ default: value }: JsonSchema): string {
  if (value === undefined || typeof value === "object") return "";
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

function keyTable(): string {
  const rows = scenarioKeys.map(({ path, schema: key }) => [
    `\`${path}\``,
    wordsFor(key),
    defaultOf(key),
    key.description ?? "",
  ]);
  return table(["key", "value", "default", "meaning"], rows);
}

function faultTable(): string {
  const common = new Set(["name", "fault", "at", "for"]);
  const alternatives = schema.properties?.["faults"]?.items?.oneOf ?? [];
  const rows = alternatives.map(({ properties = {}, required = [] }) => {
    const kind = properties["fault"]?.const;
    const definition = faults.find((fault) => fault.kind === kind);
    const keys = Object.entries(properties).filter(([name]) => !common.has(name));
    return [
      `\`${String(kind)}\``,
      keys.map(([name]) => `\`${name}\`${required.includes(name) ? " (needed)" : ""}`).join(", "),
      definition?.lasting === true ? "yes" : "no",
      definition?.summary ?? "",
    ];
  });
  return table(["fault", "keys", "`for`", "does"], rows);
}

function dependencyTable(): string {
  const { dependencies, devDependencies } = z
    .object({
      dependencies: z.record(z.string(), z.string()),
      devDependencies: z.record(z.string(), z.string()),
    })
    .parse(JSON.parse(read("package.json")));
  const rows = (names: readonly string[], when: string) =>
    names.map((name) => [`\`${name}\``, when, reasons[name] ?? ""]);
  return table(
    ["package", "when", "why"],
    [...rows(Object.keys(dependencies), "run"), ...rows(Object.keys(devDependencies), "develop")],
  );
}

const reasons: Readonly<Record<string, string>> = {
  commander: "the command line: sub-commands, options, help",
  echarts: "the charts of the HTML report, drawn to SVG when it is written",
  "prom-client": "the `/metrics` page of every replica",
  "pure-rand": "reproducible randomness that can be split into independent streams",
  "toxiproxy-node-client": "talks to Toxiproxy, behind an adapter with time-outs and read-back",
  yaml: "keeps the line and column of every key, for the error messages",
  zod: "one schema gives the check, the type and the JSON Schema",
  "@biomejs/biome": "formats",
  "@types/node": "types of Node's own modules",
  "@typescript/native": "the type checker",
  "dependency-cruiser": "sees imports that run the wrong way",
  "fast-check": "property tests",
  knip: "finds dead code and unused dependencies",
  oxlint: "lints",
  "oxlint-tsgolint": "the part of the linter that knows types",
  typescript: "the compiler's programming interface, which dependency-cruiser needs",
  vitest: "runs the tests",
};

const sections: Readonly<Record<string, () => string>> = {
  keys: keyTable,
  faults: faultTable,
  checks: () =>
    table(
      ["check", "promise", "claims"],
      checkers.map(({ id, promise, summary }) => [`\`${id}\``, promise, summary]),
    ),
  behaviours: () =>
    table(
      ["behaviour", "does"],
      behaviours.map(({ name, summary }) => [`\`${name}\``, summary]),
    ),
  "mutant-example": () =>
    `\`\`\`yaml\n${read("faults/mutants/client-takes-first-reply.yaml")}\`\`\``,
  verdicts: () =>
    table(
      ["verdict", "means"],
      VERDICTS.map((verdict) => [`\`${verdict}\``, verdictWords[verdict].meaning]),
    ),
  words: () =>
    table(
      ["word", "in `results.json`", "means"],
      Object.entries(words).map(([word, { fields, meaning }]) => [
        word,
        fields.map((field) => `\`${field}\``).join(", "),
        meaning,
      ]),
    ),
  "fault-example": () => `\`\`\`ts\n${read("faults/process/pause.ts")}\`\`\``,
  dependencies: dependencyTable,
};

/** The text between the two marks of a section, and where it lies. */
function sectionIn(text: string, name: string): { readonly from: number; readonly to: number } {
  const [begin, end] = [`<!-- begin:${name} -->\n`, `<!-- end:${name} -->`];
  const from = text.indexOf(begin) + begin.length;
  const to = text.indexOf(end);
  if (to < from) throw new Error(`README.md has no section ${name}`);
  return { from, to };
}

if (process.env["UPDATE_README"] !== undefined) {
  let text = read("README.md");
  for (const [name, write] of Object.entries(sections)) {
    const { from, to } = sectionIn(text, name);
    text = `${text.slice(0, from)}${write()}\n${text.slice(to)}`;
  }
  writeFileSync(join(root, "README.md"), text);
}

const readme = read("README.md");
const sectionText = (name: string): string => {
  const { from, to } = sectionIn(readme, name);
  return readme.slice(from, to);
};

describe("the README agrees with the registries", () => {
  test.each(Object.keys(sections))("section %s", (name) => {
    expect(sectionText(name), UPDATE).toBe(`${sections[name]?.()}\n`);
  });

  test("every key of a scenario has a meaning", () => {
    const silent = scenarioKeys.filter(({ schema: key }) => key.description === undefined);
    const obvious = silent.filter(({ path }) => !path.startsWith("expect.viewChanges."));
    expect(obvious.map(({ path }) => path)).toEqual([]);
  });

  test("every dependency has a reason", () => {
    expect(dependencyTable()).not.toContain("|  |");
  });

  test("every report file is named", () => {
    for (const { file, summary } of reports)
      expect(readme).toContain(`| \`${file}\` | ${summary} |`);
  });
});

test("the README's scenario can be planned", () => {
  const [, text = ""] = /```yaml\n([^]*?)```/.exec(sectionText("scenario")) ?? [];
  const scenario = loadScenario({ text, file: "my-own.yaml" }, vocabulary);
  expect(expand(scenario, { vocabulary }).entries).toHaveLength(2);
});

test("every file that the README shows or links is there", () => {
  for (const [, path = ""] of readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
    expect(() => read(path)).not.toThrow();
  }
});
