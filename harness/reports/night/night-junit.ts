import { attribute, text } from "../xml.ts";
import { type Fate, fateOf, type Night, type NotRun, type RunStep, type Step } from "./night.ts";

/** One suite for each folder of scenarios, one for what was drawn, one for the exploration. */
export function nightJunit({ steps, notRun }: Pick<Night, "steps" | "notRun">): string {
  const cases = [...steps.map(caseOf), ...notRun.map(skipped)];
  const suites = [...Map.groupBy(cases, ({ suite }) => suite)];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${totals(cases)}>`,
    ...suites.map(([name, group]) =>
      [
        `<testsuite name="${attribute(name)}" ${totals(group)} skipped="${marked(group, "skipped")}" time="${secondsOf(group)}">`,
        ...group.map(element),
        "</testsuite>",
      ].join("\n"),
    ),
    "</testsuites>",
    "",
  ].join("\n");
}

interface Case {
  readonly suite: string;
  readonly name: string;
  readonly mark: "passed" | "failure" | "error" | "skipped";
  readonly message: string;
  readonly output: string;
  readonly tookMs: number;
}

/** What could not be judged is as red as in the JUnit file of a run. */
const MARKS: Readonly<Record<Fate, Case["mark"]>> = {
  "as-expected": "passed",
  broken: "failure",
  open: "failure",
  idle: "skipped",
};

function caseOf(step: Step): Case {
  const { tookMs } = step;
  switch (step.kind) {
    case "exploration": {
      const { key, failures, totals: sums } = step;
      const output = failures
        .map(({ rerun, broken }) => [
          rerun,
          ...broken.map(({ check, what }) => `  ${check}: ${what}`),
        ])
        .flat()
        .join("\n");
      const message = `${failures.length} of ${sums.seeds} seeds broke a promise`;
      const mark = MARKS[fateOf(step)];
      return { suite: "exploration", name: key, mark, message, output, tookMs };
    }
    case "run":
      return runCase(step);
    case "given-up":
      return {
        suite: step.source,
        name: step.key,
        mark: "error",
        message: step.why,
        output: step.why,
        tookMs,
      };
    default:
      return step satisfies never;
  }
}

function runCase(step: RunStep): Case {
  const { suite, scenario, verdict, harness, broken, rerun, tookMs } = step;
  const failed = harness.state === "failed";
  const message = failed ? `harness failed: ${harness.why}` : `${verdict}: ${step.text}`;
  return {
    suite,
    name: scenario,
    mark: failed ? "error" : MARKS[fateOf(step)],
    message,
    output: [message, ...broken.map(({ check, what }) => `${check}: ${what}`), rerun].join("\n"),
    tookMs,
  };
}

function skipped({ source, name, why }: NotRun): Case {
  const suite = source === "suites" ? (name.split("/")[0] ?? source) : source;
  return { suite, name, mark: "skipped", message: why, output: why, tookMs: 0 };
}

function marked(cases: readonly Case[], mark: Case["mark"]): number {
  return cases.filter((one) => one.mark === mark).length;
}

function totals(cases: readonly Case[]): string {
  return `tests="${cases.length}" failures="${marked(cases, "failure")}" errors="${marked(cases, "error")}"`;
}

function secondsOf(cases: readonly Case[]): string {
  return (cases.reduce((sum, { tookMs }) => sum + tookMs, 0) / 1_000).toFixed(3);
}

function element(one: Case): string {
  const { suite, name, mark, message, output } = one;
  const body = mark === "passed" ? "" : `<${mark} message="${attribute(message)}"/>`;
  return (
    `<testcase classname="${attribute(`night.${suite}`)}" name="${attribute(name)}" time="${secondsOf([one])}">` +
    `${body}<system-out>${text(output)}</system-out></testcase>`
  );
}
