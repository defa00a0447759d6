/** YAML text as plain data that still knows where each value stands. */
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from "yaml";
import type { DocumentPath, Problem, ScenarioSource } from "./scenario.ts";
import { formatPath } from "./scenario.ts";
import { yamlProblems } from "./yaml-words.ts";

export interface ParsedDocument {
  readonly source: ScenarioSource;
  /** Undefined where the text is no YAML at all. */
  readonly value: unknown;
  readonly problems: readonly Problem[];
}

/** @param sets `path=value` each, written into the document before anything looks at it */
export function readDocument(
  text: string,
  file: string,
  sets: readonly string[] = [],
): ParsedDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const position = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  wordsToText(document);
  const found = yamlProblems([...document.errors, ...document.warnings]);
  const problems: Problem[] = found.map(({ offset, message }) => {
    return { where: position(offset), path: "", message };
  });
  problems.push(...unusable(document, position));
  const overrides = problems.length > 0 ? [] : applySets(document, sets, problems);
  const source = sourceOf({ document, file, overrides, position });
  if (problems.length > 0) return { source, value: undefined, problems };
  try {
    const value: unknown = document.toJS();
    return { source: { ...source, given: givenIn(value) }, value, problems };
  } catch (error) {
    // Aliases of aliases of aliases: a few lines that would fill the memory.
    if (!(error instanceof ReferenceError)) throw error;
    return { source, value: undefined, problems: [source.problem([], error.message)] };
  }
}

/**
 * Keys are text, whatever YAML takes them for, and the word null is a name (of a service, of an
 * operation): nothing in a scenario may be null. An empty value stays empty, which is an error.
 */
function wordsToText(document: Document): void {
  visit(document, {
    Scalar(place, scalar) {
      const { source, value } = scalar;
      if (typeof value === "string" || source === undefined) return;
      if (place === "key" || (value === null && source === "null")) scalar.value = source;
    },
  });
}

/** What the parser leaves to `toJS`, which has no positions. */
function unusable(document: Document, position: (offset: number) => string): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Pair(_, { key, value }) {
      const report = (node: Node, message: string) =>
        problems.push({ where: position(node.range?.[0] ?? 0), path: "", message });
      if (isCollection(key)) report(key, "found a map or a list; allowed: a word as key");
      if (!isScalar(key) || key.source !== "<<" || key.type !== "PLAIN") return;
      if (mergedBy(document, value).every((source) => isMap(source))) return;
      report(
        key,
        "found no map to merge; allowed: <<: and a map, the *alias of one, or a list of them",
      );
    },
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return;
      const where = position(alias.range?.[0] ?? 0);
      problems.push({
        where,
        path: "",
        message: `*${alias.source} has no anchor &${alias.source}`,
      });
    },
  });
  return problems;
}

/** What `<<` takes the keys of. */
function mergedBy(document: Document, value: unknown): readonly unknown[] {
  const source = resolved(document, value);
  return isSeq(source) ? source.items.map((item) => resolved(document, item)) : [source];
}

interface Override {
  /** As on the command line. */
  readonly text: string;
  readonly path: DocumentPath;
}

function applySets(
  document: Document,
  sets: readonly string[],
  problems: Problem[],
): readonly Override[] {
  return sets.flatMap((text) => {
    const refuse = (message: string) => {
      problems.push({ where: `--set ${text}`, path: "", message });
      return [];
    };
    const [, key, value] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
    if (key === undefined || value === undefined) {
      return refuse("found no path=value; allowed: a path, =, and a value: cluster.f=2");
    }
    const path = pathIn(document, key);
    if (typeof path === "string") return refuse(path);
    const written = parseDocument(value, { prettyErrors: false });
    const [error] = yamlProblems(written.errors);
    if (error !== undefined) return refuse(error.message);
    const [bad] = unusable(written, () => "");
    if (bad !== undefined) return refuse(bad.message);
    wordsToText(written);
    document.setIn(path, written.contents);
    return [{ text, path }];
  });
}

/**
 * `faults[1].for`, `faults.1.for` and `faults.cut-primary.for` (by name) are the same place.
 * @returns the path, or what is wrong with it
 */
function pathIn(document: Document, key: string): DocumentPath | string {
  const path: (string | number)[] = [];
  let node = resolved(document, document.contents);
  for (const part of key.replaceAll(/\[(\d+)\]/g, ".$1").split(".")) {
    if (part === "") return `found ${JSON.stringify(key)}; allowed: keys with dots between them`;
    if (isSeq(node)) {
      const index = itemIndex(document, node.items, part);
      if (index === -1) return `${formatPath(path)} has no item ${part}`;
      path.push(index);
      node = resolved(document, node.items[index]);
      continue;
    }
    if (node !== undefined && !isMap(node)) {
      return `${formatPath(path) || "the file"} is no map, so nothing in it can be set`;
    }
    path.push(part);
    // A section left empty (`cluster:`) is filled.
    const next = resolved(document, node?.get(part, true));
    const empty = isScalar(next) && next.value === null;
    if (empty) node?.delete(part);
    node = empty ? undefined : next;
  }
  return path;
}

function itemIndex(document: Document, items: readonly unknown[], part: string): number {
  if (/^\d+$/.test(part)) return Number(part) < items.length ? Number(part) : -1;
  return items.findIndex((item) => {
    const node = resolved(document, item);
    return isMap(node) && node.get("name") === part;
  });
}

/** Follows an alias to what it stands for. */
function resolved(document: Document, item: unknown): Node | undefined {
  if (isAlias(item)) return item.resolve(document);
  return isNode(item) ? item : undefined;
}

interface Placed {
  readonly document: Document;
  readonly file: string;
  readonly overrides: readonly Override[];
  readonly position: (offset: number) => string;
}

function sourceOf({ document, file, overrides, position }: Placed): ScenarioSource {
  return {
    file,
    given: () => false,
    problem(path, message) {
      const override = overrides.findLast(({ path: set }) =>
        set.every((part, index) => part === path[index]),
      );
      const where =
        override === undefined ? position(offsetOf(document, path)) : `--set ${override.text}`;
      return { where, path: formatPath(path), message };
    },
  };
}

/** Of the key (or list item) that `path` names, or of the nearest that exists. */
function offsetOf(document: Document, path: DocumentPath): number {
  let node = resolved(document, document.contents);
  let offset = node?.range?.[0] ?? 0;
  for (const part of path) {
    if (isSeq(node)) {
      const item = node.items[Number(part)];
      // The alias itself is the place to mend, not the anchor far above.
      offset = isNode(item) ? (item.range?.[0] ?? offset) : offset;
      node = resolved(document, item);
      continue;
    }
    if (!isMap(node)) return offset;
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
    if (pair === undefined) return offset;
    offset = isNode(pair.key) ? (pair.key.range?.[0] ?? offset) : offset;
    node = resolved(document, pair.value);
  }
  return offset;
}

function givenIn(value: unknown): ScenarioSource["given"] {
  return (path) => {
    let found = value;
    for (const part of path) {
      if (typeof found !== "object" || found === null || !Object.hasOwn(found, part)) return false;
      found = (found as Readonly<Record<string | number, unknown>>)[part];
    }
    return true;
  };
}
