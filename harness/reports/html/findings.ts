import type { CheckResult, Evidence } from "../../checkers/checker.ts";
import type { FaultResult } from "../../checkers/verdict/judgement.ts";
import { hasBegun } from "../../observations/completeness.ts";
import { checkSummary } from "../check-summary.ts";
import { type ShownViolation, violationsOf } from "../first-violation.ts";
import { count, milliseconds, seconds } from "../format.ts";
import { evidenceOf } from "../json.ts";
import type { JudgedRun } from "../report.ts";
import type { Tone } from "../verdicts.ts";
import { type Child, type Html, html } from "./markup.ts";
import { recordTable } from "./record.ts";
import { section, table } from "./table.ts";

const EVIDENCE_MAX = 12;
const FAULTS_MAX = 200;
const LINES_SHOWN = 4;
const LINES_MAX = 40;

const outcomeTones: Readonly<Record<CheckResult["outcome"] | FaultResult["outcome"], Tone>> = {
  valid: "good",
  invalid: "bad",
  unknown: "doubt",
  "not-applicable": "neutral",
  installed: "good",
  partial: "doubt",
  ineffective: "bad",
  skipped: "neutral",
  prevented: "neutral",
  indeterminate: "doubt",
};

const toneSymbols: Readonly<Record<Tone, string>> = {
  good: "✓",
  bad: "✗",
  doubt: "?",
  neutral: "·",
};

/** The few events that show what broke; null when nothing did. */
export function violations({ judgement }: JudgedRun): Html | null {
  const broken = violationsOf(judgement);
  const first = broken[0]?.evidence[0];
  if (broken.length === 0) return null;
  const cause =
    first === undefined
      ? null
      : html`<p class="cause">It begins with this: ${first.what}${place(first.replica, first.time)}.</p>`;
  return section("violations", "What broke", cause, broken.map(violation));
}

function violation({ check, evidence }: ShownViolation, index: number): Html {
  const more = evidence.length - EVIDENCE_MAX;
  const items = evidence
    .slice(0, EVIDENCE_MAX)
    .map((one, position) => evidenceItem(one, index === 0 && position === 0));
  return html`<article class="violation"><h3>${check.id} <small>${check.promise}</small></h3>
<p class="claim">Broken: ${checkSummary(check.id)}</p>
<ol>${items}</ol>
${more > 0 ? html`<p class="more">${more} more in results.json</p>` : null}</article>`;
}

/** Only the earliest is open: what came later mostly follows from it. */
function evidenceItem({ what, replica, time, records = [] }: Evidence, isOpen: boolean): Html {
  const line = html`${what}${place(replica, time)}`;
  if (records.length === 0) return html`<li><p>${line}</p></li>`;
  const open = isOpen ? html` open="open"` : null;
  return html`<li><details${open}><summary>${line}</summary>${recordTable(records)}</details></li>`;
}

function place(replica: number | undefined, time: number | undefined): Child {
  const parts = [
    ...(replica === undefined ? [] : [`r${replica}`]),
    ...(time === undefined ? [] : [seconds(time / 1e6)]),
  ];
  return parts.length === 0 ? null : html` <small>(${parts.join(", ")})</small>`;
}

export function checkSection({ judgement, observations }: JudgedRun): Html {
  if (observations.run.harness.state !== "ok" && !hasBegun(observations)) {
    return section(
      "checks",
      "Checks",
      html`<p>The run had not begun: there is nothing to judge.</p>`,
    );
  }
  return section(
    "checks",
    "Checks",
    table({
      className: "findings checks",
      caption:
        "Every check with its outcome, the number of items judged, its claim and its evidence",
      columns: [
        { name: "check" },
        { name: "outcome" },
        { name: "judged", numeric: true },
        { name: "claim and evidence" },
      ],
      rows: judgement.checks.map((check) => [
        html`${check.id} <small>${check.promise}</small>`,
        // What had nothing to judge is valid, but shows nothing.
        outcome(
          check.outcome,
          check.outcome === "valid" && check.judged === 0 ? "neutral" : undefined,
        ),
        count(check.judged),
        html`${checkSummary(check.id)}${lines(evidenceOf(check).map(({ what }) => what))}`,
      ]),
    }),
  );
}

export function faultSection({ judgement, observations }: JudgedRun): Html {
  const { faults } = judgement;
  if (faults.length === 0) return section("faults", "Faults", html`<p>None was planned.</p>`);
  const targets = new Map(
    observations.ledger.flatMap((entry) =>
      entry.kind === "intent" ? [[entry.entry, Object.entries(entry.targets)]] : [],
    ),
  );
  return section(
    "faults",
    "Faults",
    html`<p class="lead">Proven from what the replicas saw, not from what the injector says.</p>`,
    table({
      className: "findings",
      caption:
        "Every fault with its outcome, its planned and its real window, the longest outage in it and the proof that it happened",
      columns: [
        { name: "fault" },
        { name: "outcome" },
        { name: "planned", numeric: true },
        { name: "real", numeric: true },
        { name: "outage", numeric: true },
        { name: "evidence" },
      ],
      rows: faults
        .slice(0, FAULTS_MAX)
        .map((fault) => [
          html`${fault.entry} <small>${fault.fault}</small>`,
          outcome(fault.outcome),
          plannedSpan(fault),
          `${seconds(fault.installedAtMs)} to ${seconds(fault.healedAtMs)}`,
          milliseconds(fault.outageMs),
          lines([
            ...(fault.deviation === null ? [] : [`it ${fault.deviation}`]),
            ...(targets.get(fault.entry) ?? []).map(([name, answer]) => `${name} was ${answer}`),
            ...fault.evidence,
          ]),
        ]),
    }),
    faults.length > FAULTS_MAX
      ? html`<p class="more">${faults.length - FAULTS_MAX} more in results.json</p>`
      : null,
  );
}

function plannedSpan({ planned, when }: FaultResult): string {
  if (planned === null) return when ?? "not planned";
  return `${seconds(planned.atMs)} to ${seconds(planned.atMs + planned.forMs)}`;
}

function outcome(value: keyof typeof outcomeTones, instead?: Tone): Html {
  const tone = instead ?? outcomeTones[value];
  return html`<span class="chip ${tone}"><span aria-hidden="true">${toneSymbols[tone]}</span> ${value}</span>`;
}

/** A cut of many links has a line of proof for each: the first few are enough at first sight. */
function lines(texts: readonly string[]): Child {
  if (texts.length === 0) return null;
  const shown = texts.length > LINES_SHOWN + 1 ? LINES_SHOWN : texts.length;
  const folded = texts.slice(shown, LINES_MAX);
  const more = texts.length - shown;
  return html`${lineList(texts.slice(0, shown))}${more === 0 ? null : html`<details class="more-lines"><summary>${more} more</summary>${lineList(folded)}${texts.length > LINES_MAX ? html`<p>and ${texts.length - LINES_MAX} in results.json</p>` : null}</details>`}`;
}

function lineList(texts: readonly string[]): Html {
  return html`<ul class="lines">${texts.map((text) => html`<li>${text}</li>`)}</ul>`;
}
