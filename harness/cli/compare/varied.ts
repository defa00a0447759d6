/** What `--vary` says: the two sides of a comparison. */
import { isCollection, isNode, isSeq, parseDocument } from "yaml";
import type { Side, Sides } from "../../reports/comparison/comparison.ts";
import { ScenarioError } from "../../scenario/scenario.ts";
import { yamlProblems } from "../../scenario/yaml-words.ts";

export interface Varied {
  readonly sides: Sides<Side>;
  /** Of the scenario, in which a key was varied: `workload`. */
  readonly sections: ReadonlySet<string>;
}

/**
 * @param varies `path=a,b` each, the first value of all of them is the first side
 * @param sets overrides of both sides, of other keys
 * @throws ScenarioError where one of them has no two values
 */
export function variedBy(varies: readonly string[], sets: readonly string[] = []): Varied {
  if (varies.length === 0) {
    throw wrong("--vary", "what is to differ? --vary cluster.protocol=pbft-sig,pbft-mac");
  }
  const read = varies.map(readVary);
  for (const set of sets) {
    const [key] = set.split("=");
    if (!read.some(({ path }) => path === key)) continue;
    throw wrong(`--set ${set}`, `--vary says what ${key} is on each side; allowed: one of the two`);
  }
  const side = (index: 0 | 1): Side => ({
    // What is varied besides follows from it, as an expectation does.
    name: read[0]?.values[index] ?? "",
    sets: read.map(({ path, values }) => `${path}=${values[index]}`),
  });
  const sections = new Set(read.map(({ path }) => path.replace(/[.[].*$/s, "")));
  return { sides: { first: side(0), second: side(1) }, sections };
}

interface Vary {
  readonly path: string;
  readonly values: readonly [string, string];
}

/** The values are a list in YAML, so that one of them may be a list or have a comma in quotes. */
function readVary(text: string): Vary {
  const where = `--vary ${text}`;
  const [, path, list] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (path === undefined || list === undefined) {
    throw wrong(where, "found no path=a,b; allowed: a path, =, and two values with a comma");
  }
  const source = `[${list}]`;
  const { contents, errors } = parseDocument(source, { prettyErrors: false });
  const [error] = yamlProblems(errors);
  if (error !== undefined) throw wrong(where, error.message);
  const items = isSeq(contents) ? contents.items : [];
  const [first, second, ...more] = items.map((item) => textOf(item, source));
  if (first === undefined || second === undefined || more.length > 0) {
    throw wrong(
      where,
      `found ${items.length} ${items.length === 1 ? "value" : "values"}; allowed: two, one for each side`,
    );
  }
  if (first === second) throw wrong(where, "both sides are the same");
  return { path, values: [first, second] };
}

/** As it was written: an override is read as YAML again. */
function textOf(item: unknown, source: string): string {
  if (!isNode(item) || !item.range) return "";
  const [from, valueEnd, nodeEnd] = item.range;
  return source.slice(from, isCollection(item) ? nodeEnd : valueEnd).trim();
}

function wrong(where: string, message: string): ScenarioError {
  return new ScenarioError([{ where, path: "", message }]);
}
