import { expect, test } from "vitest";
import { parseDocument } from "yaml";
import { yamlProblems } from "./yaml-words.ts";

test.each([
  ["a: b: c", /second `: `/],
  ["a: [1, 2", /no end of a list/],
  ["a:\n\tb: 1", /a tab; allowed: spaces/],
  ["a: 1\na: 2", /a second time/],
  ['a: "x', /no closing quote/],
  ["- a\nb: 1", /cannot stand here/],
  ["a: @x", /in quotes/],
  ["a:\n  b: 1\n c: 2", /indented like none above/],
  ["a:\n  - b: 1\n   c: 2", /of one item in one column/],
  ["a: |\n x\nb", /without `: `/],
  ["a: 1\n---\nb: 2", /second document/],
  ["a: !foo 1", /a tag/],
])("%j: one complaint, of what was found and what is allowed", (text, words) => {
  const { errors, warnings } = parseDocument(text, { prettyErrors: false });
  const problems = yamlProblems([...errors, ...warnings]);
  expect(problems).toHaveLength(1);
  expect(problems[0]?.message).toMatch(words);
  expect(problems[0]?.message).toMatch(/^found .*; allowed: /);
});
