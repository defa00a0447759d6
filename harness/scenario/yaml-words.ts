/** What is wrong with a text as YAML, in words for somebody who has not read its specification. */
import type { YAMLError } from "yaml";

type Code = YAMLError["code"];

/** Of those that a slip of the pen can make. */
const WORDS: Readonly<Partial<Record<Code, string>>> = {
  BAD_DIRECTIVE: "found a line that begins with %; allowed: keys and values",
  BAD_DQ_ESCAPE:
    "found an escape that does not exist in \"...\"; allowed: \\\\ for a backslash, or quotes like '...'",
  BAD_INDENT:
    "found a line that is indented like none above it; allowed: keys of one map begin in one column",
  BAD_SCALAR_START: "found a value that begins with @ or `; allowed: the same in quotes",
  BLOCK_AS_IMPLICIT_KEY:
    "found a second `: ` in one line; allowed: one key a line, and quotes around text that has a `: `",
  DUPLICATE_KEY: "found this key a second time in one map; allowed: each key once",
  MISSING_CHAR: "found a line without `: `; allowed: `key: value`, or `- item` in a list",
  MULTILINE_IMPLICIT_KEY: "found a line without `: ` in front of this; allowed: `key: value`",
  MULTIPLE_DOCS: "found a second document behind `---`; allowed: one scenario in a file",
  TAB_AS_INDENT: "found a tab; allowed: spaces in front of a key",
  TAG_RESOLVE_FAILED: "found a tag, which begins with !; allowed: the value alone",
  UNEXPECTED_TOKEN: "found what cannot stand here; allowed: `key: value`, or `- item` in a list",
};

/** Some codes stand for several slips, which the parser's own words tell apart. */
function wordsOf({ code, message }: YAMLError): string {
  if ((code === "BAD_INDENT" || code === "MISSING_CHAR") && message.startsWith("Flow")) {
    return "found no end of a list [...] or a map {...}; allowed: a ] or } for each that begins";
  }
  if (code === "MISSING_CHAR" && message.includes("quote")) {
    return "found no closing quote; allowed: one behind the text, on a line of this value";
  }
  if (code === "MISSING_CHAR" && message.startsWith("Sequence item")) {
    return "found a line of a list that is no `- item`; allowed: keys of one item in one column";
  }
  return WORDS[code] ?? `found no YAML: ${message}`;
}

/** In the order of the text; what only follows from the error in front of it is left out. */
export function yamlProblems(
  errors: readonly YAMLError[],
): readonly { readonly offset: number; readonly message: string }[] {
  return errors
    .filter(({ code }, place) => place === 0 || code !== "UNEXPECTED_TOKEN")
    .map((error) => ({ offset: error.pos[0], message: wordsOf(error) }));
}
