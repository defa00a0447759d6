/** The parts of the README that say what a registry or another file says. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { occasionText } from "../faults/byzantine/behaviour.ts";
import { clientAttacks } from "../faults/byzantine/clients/attacks/registry.ts";
import { behaviours } from "../faults/byzantine/registry.ts";
import { faults } from "../faults/registry.ts";
import { metricOrigins } from "../nodes/metrics/registry.ts";
import { auditEvents } from "../nodes/protocols/contract/audit-events.ts";
import { protocols } from "../nodes/registry.ts";
import { checkers } from "./checkers/registry.ts";
import { normalCaseOf } from "./drivers/simulation/normal-case.ts";
import { reports } from "./reports/registry.ts";
import { verdictWords } from "./reports/verdicts.ts";
import { words } from "./reports/words.ts";
import { events } from "./scenario/events.ts";
import { VERDICTS } from "./scenario/verdict.ts";
import {
  defaultOf,
  type FaultKey,
  faultKeys,
  scenarioKeys,
  whenKeys,
  wordsFor,
} from "./scenario-keys.ts";

/** By the name of the section, from the folder of the project. */
const sections: Readonly<Record<string, (root: string) => string>> = {
  keys: keyTable,
  faults: faultTable,
  "fault-keys": faultKeyTable,
  when: whenTable,
  events: () =>
    table(
      ["event", "seen when", "in logs of level"],
      events.map(({ name, summary, audited }) => [
        `\`${name}\``,
        summary,
        audited === null ? "any" : `\`${auditEvents[audited].level}\``,
      ]),
    ),
  checks: () =>
    table(
      ["check", "promise", "of protocols with", "claims"],
      checkers.map(({ id, promise, judges = [], summary }) => [
        `\`${id}\``,
        promise,
        judges.join(", "),
        summary,
      ]),
    ),
  behaviours: () =>
    table(
      ["behaviour", "only", "does"],
      behaviours.map((each) => [`\`${each.name}\``, occasionText(each) ?? "", each.summary]),
    ),
  attacks: () =>
    table(
      ["attack", "does"],
      clientAttacks.map(({ name, summary }) => [`\`${name}\``, summary]),
    ),
  "mutant-example": (root) =>
    fenced(
      "yaml",
      readFileSync(join(root, "faults/mutants/client-takes-first-reply.yaml"), "utf8"),
    ),
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
  reports: () =>
    table(
      ["report", "holds"],
      reports.map(({ file, summary }) => [`\`${file}\``, summary]),
    ),
  metrics: metricTable,
  variants: variantTable,
  "fault-example": (root) =>
    fenced("ts", readFileSync(join(root, "faults/process/pause.ts"), "utf8")),
  dependencies: dependencyTable,
};

/** The same text with every section as it ought to be. */
export function withSections(text: string, root: string): string {
  return Object.entries(sections).reduce((before, [name, write]) => {
    const { from, to } = sectionIn(before, name);
    return `${before.slice(0, from)}${write(root)}\n${before.slice(to)}`;
  }, text);
}

/** Where the text between the two marks of a section lies. */
export function sectionIn(
  text: string,
  name: string,
): { readonly from: number; readonly to: number } {
  const [begin, end] = [`<!-- begin:${name} -->\n`, `<!-- end:${name} -->`];
  const from = text.indexOf(begin) + begin.length;
  const to = text.indexOf(end);
  if (to < from) throw new Error(`the README has no section ${name}`);
  return { from, to };
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\`\`\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
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
  const rows = faultKeys.map(({ kind, keys }) => {
    const definition = faults.find((fault) => fault.kind === kind);
    return [
      `\`${kind}\``,
      keys.map(({ name, needed }) => `\`${name}\`${needed ? " (needed)" : ""}`).join(", "),
      definition?.lasting === true ? "yes" : "no",
      definition?.summary ?? "",
    ];
  });
  return table(["fault", "keys", "`for`", "does"], rows);
}

/** Of names that have a table of their own, or a list. */
const LISTS: Readonly<Record<string, string>> = {
  behaviour: "name, of `list behaviours`",
  attack: "name, of `list attacks`",
  errors: "list of names, of `list errors`",
  guards: "list of names, of `list guards`",
  parameters: "map, by `list behaviours`",
  groups: "list of groups, each a target or a list of targets",
  reactionTime: "`{ min, max }`, durations",
};

/** A key that means the same to several faults has one row. */
function faultKeyTable(): string {
  const all = faultKeys.flatMap(({ kind, keys }) => keys.map((key) => ({ kind, ...key })));
  const rows = all.map(({ kind, name, needed, schema }) => {
    const value = LISTS[name] ?? wordsFor(schema).replace(/^name, or list of name$/, "target(s)");
    return { kind, cells: [`\`${name}\``, value, needed ? "needed" : usually(schema)] };
  });
  const alike = Map.groupBy(rows, ({ cells }) => cells.join("|"));
  return table(
    ["key", "of", "value", "if not given"],
    [...alike.values()].flatMap(([first, ...others]) => {
      if (first === undefined) return [];
      const [key = "", value = "", usual = ""] = first.cells;
      const kinds = [first, ...others].map(({ kind }) => `\`${kind}\``);
      return [[key, kinds.join(", "), value, usual]];
    }),
  );
}

/** Empty where nothing is meant, or what the words of the fault say. */
function usually(schema: FaultKey["schema"]): string {
  const { default: value } = schema;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return defaultOf(schema);
  const parts = Object.entries(value).map(([name, part]) => `${name}: ${String(part)}`);
  return parts.length === 0 ? "" : `\`{ ${parts.join(", ")} }\``;
}

/** The names of the events stand in a table of their own. */
function whenTable(): string {
  const rows = whenKeys.map(({ path, schema: key }) => [
    `\`${path}\``,
    path === "event" ? "name" : wordsFor(key),
    key.description ?? "",
  ]);
  return table(["key", "value", "meaning"], rows);
}

function metricTable(): string {
  const rows = metricOrigins.flatMap(({ origin, metrics }) =>
    metrics.map(({ name, type, unit, labels, help }) => [
      `\`${name}\``,
      type,
      unit,
      labels.map((label) => `\`${label}\``).join(", "),
      origin,
      help,
    ]),
  );
  return table(["metric", "type", "unit", "labels", "of", "says"], rows);
}

const FAULTS = [1, 2, 3] as const;

/** What is said beside what is counted, so that a line that is wrong shows in its own table. */
function variantTable(): string {
  const rows = protocols.map((protocol) => {
    const { name, traits } = protocol;
    const counted = FAULTS.map((faults) => normalCaseOf(protocol, faults));
    const sizes = FAULTS.map((faults) => protocol.replicasFor(faults));
    return [
      `\`${name}\``,
      [...new Set(sizes)].join(", "),
      `${traits.delays} / ${counted[0]?.delays}`,
      String(traits.viewChangeDelays ?? "–"),
      traits.signature,
      traits.transferable,
      ...sizes.map((n, index) => `${traits.messages(n)} / ${counted[index]?.messages}`),
      ...sizes.map((n, index) => {
        const reckoned = traits.bytes(n).toLocaleString("en-US");
        return `${reckoned} / ${counted[index]?.bytes.toLocaleString("en-US")}`;
      }),
    ];
  });
  const messages = FAULTS.map((faults) => `messages, f = ${faults}`);
  const traits = ["more at a view change", "in place of a signature", "can be handed on"];
  const bytes = FAULTS.map((faults) => `bytes, f = ${faults}`);
  return table(["protocol", "n", "delays", ...traits, ...messages, ...bytes], rows);
}

export function dependencyTable(root: string): string {
  const { dependencies, devDependencies } = z
    .object({
      dependencies: z.record(z.string(), z.string()),
      devDependencies: z.record(z.string(), z.string()),
    })
    .parse(JSON.parse(readFileSync(join(root, "package.json"), "utf8")));
  const rows = (names: readonly string[], when: string) =>
    names.map((name) => [`\`${name}\``, when, reasons[name] ?? ""]);
  return table(
    ["package", "when", "why"],
    [...rows(Object.keys(dependencies), "run"), ...rows(Object.keys(devDependencies), "develop")],
  );
}

const reasons: Readonly<Record<string, string>> = {
  commander: "the command line: sub-commands, options, help",
  dockerode: "speaks to the engine of containers, loaded only by the driver `docker`",
  echarts: "the charts of the HTML report, drawn to SVG when it is written",
  "prom-client": "the `/metrics` page of every replica",
  "prometheus-remote-write": "encodes and sends samples to Prometheus",
  "pure-rand": "reproducible randomness that can be split into independent streams",
  "toxiproxy-node-client": "talks to Toxiproxy, behind an adapter with time-outs and read-back",
  yaml: "keeps the line and column of every key, for the error messages",
  zod: "one schema gives the check, the type and the JSON Schema",
  "@biomejs/biome": "formats",
  "@grafana/grafana-foundation-sdk": "builds the dashboards' JSON",
  "@grafana/schema": "what the dashboards' JSON is checked against",
  "@lezer/highlight": "what `@prometheus-io/lezer-promql` stands on",
  "@lezer/lr": "what `@prometheus-io/lezer-promql` stands on",
  "@prometheus-io/lezer-promql": "parses every query of the dashboards",
  "@types/dockerode": "types of dockerode",
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
