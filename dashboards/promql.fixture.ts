/** Reads PromQL by the grammar of Prometheus's own editor, as far as tests ask about it. */
import { parser } from "@prometheus-io/lezer-promql";

type Node = ReturnType<typeof parser.parse>["topNode"];

export interface Selector {
  readonly metric: string;
  /** That the selector compares with something. */
  readonly labels: readonly string[];
}

export interface ReadQuery {
  /** Where it is no PromQL, one entry each; empty = it is. */
  readonly errors: readonly string[];
  readonly selectors: readonly Selector[];
  /** After `by`, `on`, `group_left` and their like. */
  readonly groupings: readonly string[];
}

export function readQuery(text: string): ReadQuery {
  const errors: string[] = [];
  const selectors: Selector[] = [];
  const groupings: string[] = [];
  parser.parse(text).iterate({
    enter: ({ node }) => {
      if (node.type.isError) errors.push(`no PromQL at ${node.from}: ${text}`);
      if (node.name === "VectorSelector") selectors.push(selectorIn(text, node));
      if (node.name === "GroupingLabels") groupings.push(...namesIn(text, node));
    },
  });
  return { errors, selectors, groupings };
}

function selectorIn(text: string, node: Node): Selector {
  const name = node.getChild("Identifier");
  const matchers = node.getChild("LabelMatchers")?.getChildren("UnquotedLabelMatcher") ?? [];
  return {
    metric: name === null ? "" : text.slice(name.from, name.to),
    labels: matchers.flatMap((matcher) => namesIn(text, matcher)),
  };
}

function namesIn(text: string, node: Node): readonly string[] {
  return node.getChildren("LabelName").map(({ from, to }) => text.slice(from, to));
}

/** What Grafana puts in before it asks: the values of variables, and its own intervals. */
export function filledIn(expression: string, values: Readonly<Record<string, string>>): string {
  return expression.replaceAll(/\$(\w+)/g, (whole, name: string) => values[name] ?? whole);
}

/** As Grafana computes them for a panel over a quarter of an hour. */
export const intervals = { __interval: "1s", __range: "900s" } as const;
