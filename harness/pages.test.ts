/** What the pages name is there: files they link or speak of, scripts, commands. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { behaviours } from "../faults/byzantine/registry.ts";
import { CUT_KINDS, SHAPING_KINDS } from "../faults/link-condition.ts";
import { guards } from "../faults/operator/guards/registry.ts";
import { operatorErrors } from "../faults/operator/registry.ts";
import { checkers } from "./checkers/registry.ts";

const root = join(import.meta.dirname, "..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

const pages = [
  "README.md",
  ".github/CONTRIBUTING.md",
  ...["nodes", "faults", "harness"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".md"))
      .map((path) => join(folder, path)),
  ),
];

const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(read("package.json")));
const commands = new Set(
  Array.from(read("harness/cli/main.ts").matchAll(/^ {2}\["(\w+)", \(\) =>/gm), ([, name]) => name),
);

/** One entry for each thing that the page names and that is not there. */
function missingFrom(page: string, text: string): readonly string[] {
  const links = Array.from(text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g), ([, path]) =>
    join(dirname(page), path ?? ""),
  );
  // `<name>` and `*` stand for any.
  const paths = Array.from(
    text.matchAll(/(?<![\w./-])(?:nodes|faults|harness|scenarios)\/[\w./-]*(?![\w<*])/g),
    ([path]) => path.replace(/[.]$/, ""),
  );
  const called = Array.from(text.matchAll(/npm run ([\w:]+)/g), ([, name]) => name ?? "");
  const typed = Array.from(text.matchAll(/npx bft-chaos (\w+)/g), ([, name]) => name ?? "");
  return [
    ...[...links, ...paths].filter((path) => !existsSync(join(root, path))),
    ...called.filter((name) => scripts[name] === undefined).map((name) => `npm run ${name}`),
    ...typed.filter((name) => !commands.has(name)).map((name) => `npx bft-chaos ${name}`),
  ];
}

test.each(pages)("%s names what is there", (page) => {
  expect(missingFrom(page, read(page))).toEqual([]);
});

test("what is not there is seen", () => {
  const text = `[a page](../gone.md), \`nodes/gone.ts\`, \`harness/cli/\`, [here](#style):
npm run gone; npm run check; npx bft-chaos gone; npx bft-chaos run scenarios/smoke
faults/mutants/<name>.yaml, nodes/protocols/pbft/seeds/*.json`;
  expect(missingFrom("harness/README.md", text)).toEqual([
    "gone.md",
    "nodes/gone.ts",
    "npm run gone",
    "npx bft-chaos gone",
  ]);
});

/** From the heading with that number to the next one that is no deeper. */
function sectionOf(page: string, number: string): string {
  const text = read(page);
  const heading = new RegExp(`^(#+) ${number.replace(".", "\\.")} .*$`, "m").exec(text);
  if (heading === null) throw new Error(`${page} has no section ${number}`);
  const [{ length }, marks = ""] = [heading[0], heading[1]];
  const rest = text.slice(heading.index + length);
  const end = rest.search(new RegExp(`^#{1,${marks.length}} `, "m"));
  return end < 0 ? rest : rest.slice(0, end);
}

function unnamedIn(section: string, names: readonly string[]): readonly string[] {
  return names.filter((name) => !new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(section));
}

test.each([
  {
    what: "condition of a link",
    page: "faults/README.md",
    section: "3.1",
    names: [...CUT_KINDS, ...SHAPING_KINDS],
  },
  {
    what: "behaviour",
    page: "faults/README.md",
    section: "6.2",
    names: behaviours.map(({ name }) => name),
  },
  {
    what: "operator's error",
    page: "faults/README.md",
    section: "8.2",
    names: operatorErrors.map(({ name }) => name),
  },
  {
    what: "guard",
    page: "faults/README.md",
    section: "8.3",
    names: guards.map(({ name }) => name),
  },
  {
    what: "check of the protocol",
    page: "nodes/protocols/README.md",
    section: "15",
    // What a scenario demands is no rule of a protocol.
    names: checkers.map(({ id }) => id).filter((id) => id !== "expectations"),
  },
])("$page §$section has every $what, and what it has not is seen", (one) => {
  const text = sectionOf(one.page, one.section);
  expect(unnamedIn(text, one.names)).toEqual([]);
  const [shortest = ""] = one.names;
  const longer = `${shortest}-more`;
  expect(unnamedIn(text, [...one.names, longer])).toEqual([longer]);
});
