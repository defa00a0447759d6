import { byReason, type CheckResult } from "../checkers/checker.ts";
import type { FaultResult } from "../checkers/verdict/judgement.ts";
import { hasBegun } from "../observations/completeness.ts";
import { printable } from "../scenario/printable.ts";
import { busyMachine } from "./busy-machine.ts";
import { checkSummary } from "./check-summary.ts";
import { costOf } from "./cost.ts";
import { violationsOf } from "./first-violation.ts";
import { count, milliseconds, seconds } from "./format.ts";
import { evidenceOf } from "./json.ts";
import type { JudgedRun } from "./report.ts";
import { aftermathOf, type ShiftLine, shiftLog } from "./shift-log.ts";
import { type Cell, paint, tableLines } from "./text-table.ts";
import { toneOf, verdictWords } from "./verdicts.ts";
import { words } from "./words.ts";

/**
 * A run as the closing table shows it. It holds on to text only: the observations of a night's runs
 * would not fit into memory together.
 */
export interface TableRow {
  readonly cells: readonly Cell[];
  /** Why it came out as it did; empty if as expected. */
  readonly explanation: readonly string[];
  /** The figures of a closed loop; null for other workloads. */
  readonly measured: readonly Cell[] | null;
}

/** `reportPath`: of `report.html`. */
export function tableRow(run: JudgedRun, reportPath: string): TableRow {
  const closed = run.observations.plan.workload.ratePerSecond === 0;
  return {
    cells: cellsOf(run, reportPath),
    explanation: explanationOf(run),
    measured: closed ? measuredCells(run) : null,
  };
}

/** What a run came to, on one line, as soon as it is known. */
export function verdictLine({ cells }: TableRow, colour: boolean): string {
  const [name, protocol, verdict, expected, faults, operations, p99] = cells.map(({ text, tone }) =>
    paint(text, tone, colour),
  );
  return `${name} | ${protocol} | ${verdict} | expected: ${expected} | faults: ${faults} | ${operations} ops | p99 ${p99}\n`;
}

const HEADINGS: readonly Cell[] = [
  { text: "scenario" },
  { text: "protocol" },
  { text: "verdict" },
  { text: "expected" },
  { text: "faults" },
  { text: "ops", right: true },
  { text: "p99", right: true },
  { text: "shed", right: true },
  ...Object.keys(words).map((text) => ({ text, right: true as const })),
  { text: "report" },
];

const EVIDENCE_LINES_MAX = 5;

/** Colour belongs on a terminal whose owner has not said NO_COLOR. */
export function wantsColour(
  out: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  return out.isTTY === true && (environment["NO_COLOR"] ?? "") === "";
}

/** The closing table, and below it why each unexpected run came out as it did. */
export function resultsTable(rows: readonly TableRow[], colour: boolean): string {
  const lines = [
    ...tableLines([HEADINGS, ...rows.map(({ cells }) => cells)], colour),
    ...rows.flatMap(({ explanation }) => explanation),
    ...measurements(rows, colour),
  ];
  return `${lines.join("\n")}\n`;
}

const MEASURED: readonly Cell[] = [
  { text: "measured" },
  { text: "protocol" },
  { text: "n", right: true },
  { text: "durability" },
  { text: "links" },
  { text: "audit" },
  { text: "clients", right: true },
  { text: "ops", right: true },
  { text: "ops/s", right: true },
  { text: "p50", right: true },
  { text: "p99", right: true },
  { text: "batch", right: true },
  { text: "messages/op", right: true },
  { text: "bytes/op", right: true },
  { text: "CPU/op", right: true },
];

/** A closed loop asks how fast it can go: its figures are the result, beside their conditions. */
function measurements(rows: readonly TableRow[], colour: boolean): readonly string[] {
  const closed = rows.flatMap(({ measured }) => (measured === null ? [] : [measured]));
  return closed.length === 0 ? [] : ["", ...tableLines([MEASURED, ...closed], colour)];
}

function measuredCells({ observations, judgement }: JudgedRun): readonly Cell[] {
  const { plan, run } = observations;
  const { protocol, parameters, durability, links, audit } = plan.cluster;
  const { latencyMs, throughput } = judgement;
  const cost = costOf(observations);
  const figure = (value: number | null | undefined, digits: number) => ({
    text: value === null || value === undefined ? "–" : value.toFixed(digits),
    right: true as const,
  });
  return [
    { text: printable(run.scenario) },
    { text: protocol },
    { text: count(parameters.replicas), right: true },
    { text: durability },
    { text: links },
    { text: audit },
    { text: count(plan.workload.clients), right: true },
    { text: cost === null ? "–" : count(cost.operations), right: true },
    { text: count(throughput.achieved), right: true },
    { text: milliseconds(latencyMs?.p50 ?? null), right: true },
    { text: milliseconds(latencyMs?.p99 ?? null), right: true },
    figure(cost?.batchMean, 1),
    figure(cost?.messagesPerOperation, 1),
    figure(cost?.bytesPerOperation, 0),
    { text: milliseconds(cost?.cpuMsPerOperation ?? null), right: true },
  ];
}

function cellsOf({ observations, judgement }: JudgedRun, reportPath: string): readonly Cell[] {
  const { plan, run } = observations;
  const { verdict, faults, operations, latencyMs } = judgement;
  const { symbol } = verdictWords[verdict];
  const tone = toneOf({ observations, judgement });
  const mutant = plan.cluster.mutant === null ? "" : " PLANTED BUG";
  const harness = run.harness.state === "ok" ? "" : ` (harness ${run.harness.state})`;
  return [
    { text: printable(run.scenario) },
    { text: plan.cluster.protocol },
    { text: `${symbol} ${verdict}${mutant}${harness}`, tone },
    expectedCell({ observations, judgement }),
    { text: faultsText(faults) },
    { text: count(operations.ok), right: true },
    { text: milliseconds(latencyMs?.p99 ?? null), right: true },
    { text: count(operations.shed), right: true },
    ...Object.values(words).map(({ figure }) => ({
      text: figure(judgement),
      right: true as const,
    })),
    { text: printable(reportPath) },
  ];
}

/** A run that was broken off shows what it shows, but not that all is as expected. */
function expectedCell({ observations: { run, plan }, judgement: { asExpected } }: JudgedRun): Cell {
  if (!asExpected) return { text: `no: ${plan.expect.verdict}`, tone: "bad" };
  if (run.harness.state === "aborted") return { text: "aborted", tone: "doubt" };
  return { text: "yes", tone: "good" };
}

/** `3/4 proven, 1 skipped`: those that are known not to have happened are told apart. */
function faultsText(faults: JudgedRun["judgement"]["faults"]): string {
  if (faults.length === 0) return "none";
  const of = (wanted: FaultResult["outcome"]): number =>
    faults.filter(({ outcome }) => outcome === wanted).length;
  const absent = (["skipped", "prevented", "not-applicable"] as const)
    .filter((outcome) => of(outcome) > 0)
    .map((outcome) => `, ${of(outcome)} ${outcome.replace("-", " ")}`);
  return `${of("installed")}/${faults.length} proven${absent.join("")}`;
}

function explanationOf({ observations, judgement }: JudgedRun): readonly string[] {
  const { run, plan } = observations;
  const { harness, residue } = run;
  const again = `  again: ${printable(run.rerun)}`;
  const name = printable(run.scenario);
  if (harness.state !== "ok" && !hasBegun(observations)) {
    return [
      "",
      `${name}: not begun, the harness ${harness.state}: ${printable(harness.why)}`,
      again,
    ];
  }
  // What made it INCONCLUSIVE stands in the text already.
  const isSaid = judgement.verdict === "INCONCLUSIVE";
  const trouble = [
    ...(harness.state === "ok" || isSaid
      ? []
      : [`  harness ${harness.state}: ${printable(harness.why)}`]),
    ...(residue.length === 0 ? [] : [`  left behind: ${residue.map(printable).join(", ")}`]),
  ];
  const busy = busyMachine({ observations, judgement });
  const off = [...deviations(judgement.faults), ...(busy === null ? [] : [`  ${printable(busy)}`])];
  const shift = shiftLog({ observations, judgement });
  const told = shiftLines(shift);
  const unproven = unprovenLines(judgement.faults, shift);
  if (judgement.asExpected && trouble.length === 0) {
    const said = [...caught(judgement), ...off, ...unproven, ...told];
    return said.length === 0 ? [] : ["", `${name}:`, ...said];
  }
  return [
    "",
    `${name}: expected ${plan.expect.verdict}, got ${judgement.verdict}. ${printable(judgement.text)}`,
    ...(judgement.deviation === null || isSaid ? [] : [`  ${printable(judgement.deviation)}`]),
    ...trouble,
    ...off,
    ...told,
    ...unsettledLines(judgement.checks),
    ...unproven,
    again,
  ];
}

/** What broke in a run that was meant to break: the earliest trace of each check. */
function caught(judgement: JudgedRun["judgement"]): readonly string[] {
  return violationsOf(judgement).map(({ check: { id }, evidence: [first] }) => {
    const what = first === undefined ? "" : `: ${printable(first.what)}`;
    return `  caught by ${id} (${checkSummary(id)})${what}`;
  });
}

/** A deed is a line, and what came of it another. */
function shiftLines(lines: readonly ShiftLine[]): readonly string[] {
  const head = lines.length === 0 ? [] : ["  shift log (0 = start of the warm-up):"];
  const deeds = lines.flatMap((line) => {
    const { atMs, id, error, wrong, meant, did } = line;
    const what = wrong ? error : `${error}, done right`;
    return [
      `  ${seconds(atMs)} ${id} ${what}: meant to ${printable(meant)}; ${printable(did)}`,
      `    ${printable(aftermathOf(line).join(" "))}`,
    ];
  });
  return [...head, ...deeds];
}

/** What is in doubt stands first; a fault may touch hundreds of links. */
function briefly(evidence: readonly string[]): string {
  const more = evidence.length - EVIDENCE_LINES_MAX;
  const shown = evidence.slice(0, EVIDENCE_LINES_MAX).join("; ");
  return more > 0 ? `${shown}; and ${more} more in the report` : shown;
}

/** Why what was planned is not among what was proven; the shift log has its own words for it. */
function unprovenLines(
  faults: readonly FaultResult[],
  told: readonly ShiftLine[],
): readonly string[] {
  const refused = new Set(told.flatMap((line) => (line.refused.length > 0 ? [line.entry] : [])));
  return faults
    .filter(({ entry, outcome }) => outcome !== "installed" && !refused.has(entry))
    .map(
      ({ entry, outcome, evidence }) =>
        `  fault ${printable(entry)} ${outcome}: ${printable(briefly(evidence))}`,
    );
}

/** A window that was not as planned is said, whatever came out. */
function deviations(faults: readonly FaultResult[]): readonly string[] {
  const off = faults.filter(({ deviation }) => deviation !== null);
  const more = off.length - EVIDENCE_LINES_MAX;
  return [
    ...off
      .slice(0, EVIDENCE_LINES_MAX)
      .map(({ entry, deviation }) => `  fault ${printable(entry)} ${deviation}`),
    ...(more > 0 ? [`  and ${more} more in the report`] : []),
  ];
}

/** Of these there is nothing to explain. */
const SETTLED: ReadonlySet<CheckResult["outcome"]> = new Set(["valid", "not-applicable"]);

/** Those that are unknown for one reason share a line. */
function unsettledLines(checks: readonly CheckResult[]): readonly string[] {
  const unknown = checks.filter(({ outcome }) => outcome === "unknown");
  const alike = [...byReason(unknown)].filter(([, each]) => each.length > 1);
  const shared = new Set(alike.flatMap(([, each]) => each));
  return [
    ...checks
      .filter((check) => !SETTLED.has(check.outcome) && !shared.has(check))
      .flatMap(checkLines),
    ...alike.map(
      ([because, each]) =>
        `  ${each.map(({ id }) => id).join(", ")} unknown: ${printable(because)}`,
    ),
  ];
}

function checkLines(check: CheckResult): readonly string[] {
  const evidence = evidenceOf(check);
  const more = evidence.length - EVIDENCE_LINES_MAX;
  return [
    `  ${check.id} ${check.outcome} (${count(check.judged)} judged): ${checkSummary(check.id)}`,
    ...evidence.slice(0, EVIDENCE_LINES_MAX).map(({ what }) => `    ${printable(what)}`),
    ...(more > 0 ? [`    and ${more} more in the report`] : []),
  ];
}
