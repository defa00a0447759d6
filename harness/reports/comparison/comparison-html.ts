import { count, milliseconds } from "../format.ts";
import { document } from "../html/document.ts";
import { type Child, type Html, html } from "../html/markup.ts";
import { pageHead } from "../html/page-head.ts";
import { provenanceSection } from "../html/provenance.ts";
import { facts, section, table } from "../html/table.ts";
import { verdictWords } from "../verdicts.ts";
import { OUTAGE_MIN_MS } from "./availability.ts";
import {
  type ComparedRun,
  type ComparedScenario,
  type Comparison,
  runsOf,
  SIDES,
  type Side,
  type Sides,
} from "./comparison.ts";
import {
  comparisonVerdict,
  type FigureWords,
  figureWords,
  MISSING,
  verdictsText,
} from "./comparison-words.ts";
import { intervalPicture } from "./interval-picture.ts";

/** The whole comparison on one page that needs no network and no script. */
export async function comparisonHtml(comparison: Comparison): Promise<string> {
  const { scenarios, sides } = comparison;
  const title = titleOf(sides);
  const planted = allRuns(comparison).some(({ mutant }) => mutant !== null);
  return document({
    title: `${title}: ${comparisonVerdict(comparison).name}`,
    planted,
    body: html`${masthead(comparison)}<main>${scenarios.map((scenario, index) => scenarioSection(`scenario-${index}`, scenario, sides))}${readingSection(sides)}${provenanceOf(comparison)}</main>`,
  });
}

function titleOf({ first, second }: Sides<Side>): string {
  return `${first.name} and ${second.name}`;
}

function allRuns({ scenarios }: Comparison): readonly ComparedRun[] {
  return scenarios.flatMap((scenario) => SIDES.flatMap((side) => runsOf(scenario, side)));
}

function masthead(comparison: Comparison): Html {
  const { sides, startedAt, driver, scenarios, repeat } = comparison;
  const mutants = [...new Set(allRuns(comparison).flatMap(({ mutant }) => mutant ?? []))];
  const pairs = scenarios.flatMap((scenario) => scenario.pairs);
  return pageHead({
    kind: "bft-chaos comparison",
    title: titleOf(sides),
    where: [`${driver} driver`],
    startedAt,
    planted:
      mutants.length === 0 ? null : `Runs from a changed copy of the code: ${mutants.join(", ")}.`,
    verdict: comparisonVerdict(comparison),
    tiles: [
      ["Scenarios", count(scenarios.length), "the same plan on both sides"],
      ["Pairs", count(pairs.length), `${count(repeat)} of each scenario`],
      ["Runs", count(allRuns(comparison).length), "in turns"],
    ],
  });
}

function scenarioSection(id: string, scenario: ComparedScenario, sides: Sides<Side>): Html {
  const { scenario: name, notes } = scenario;
  return section(
    id,
    name,
    facts(SIDES.map((side) => [sides[side].name, verdictsText(runsOf(scenario, side))] as const)),
    notes.map((note) => html`<p class="notice"><strong>Not the same</strong> ${note}</p>`),
    figureTable(scenario, sides),
    pairTable(scenario, sides),
  );
}

function figureTable(
  { scenario, figures }: ComparedScenario,
  { first, second }: Sides<Side>,
): Html {
  return table({
    caption: `${scenario}: means, and the mean of the pairs' differences`,
    className: "compact intervals",
    columns: [
      { name: "figure" },
      { name: first.name, numeric: true },
      { name: second.name, numeric: true },
      { name: "difference", numeric: true },
      { name: "95 % interval", numeric: true },
      { name: "around no difference" },
      { name: `${second.name} is` },
    ],
    rows: figures.map((row) => {
      const { title, difference, bounds, finding, tone, ...words } = figureWords(row);
      return [
        title,
        words.first,
        words.second,
        difference,
        intervalCell(bounds),
        intervalPicture(row, tone),
        html`<span class="chip ${tone ?? ""}">${finding}</span>`,
      ];
    }),
  });
}

/** It may break between its two figures, but not between a figure and its unit. */
function intervalCell(bounds: FigureWords["bounds"]): Child {
  if (bounds === null) return MISSING;
  const [low, high] = bounds.map((bound) => html`<span class="unbroken">${bound}</span>`);
  return html`${low ?? null} to ${high ?? null}`;
}

function pairTable({ scenario, pairs }: ComparedScenario, sides: Sides<Side>): Html {
  return table({
    caption: `${scenario}: the pairs`,
    className: "compact",
    columns: [
      { name: "pair", numeric: true },
      { name: "seed", numeric: true },
      ...SIDES.map((side) => ({ name: sides[side].name })),
    ],
    rows: pairs.map((pair) => [
      pair.repetition,
      pair.seed,
      ...SIDES.map((side) => runCell(pair[side])),
    ]),
  });
}

function runCell(run: ComparedRun | null): Child {
  if (run === null) return "not run";
  const { verdict, asExpected, expected, text, figures, directory, harness } = run;
  const words = verdict === null ? "not judged" : `${verdictWords[verdict].symbol} ${verdict}`;
  const isGood = asExpected && harness.state === "ok";
  const link =
    directory === null || verdict === null
      ? null
      : html` · <a href="${`${directory}/report.html`}">report</a> · <a href="${`${directory}/plan.json`}">plan</a>`;
  const why = isGood
    ? null
    : html` <small>expected ${expected}. ${harness.state === "ok" ? text : `Harness ${harness.state}: ${harness.why}`}</small>`;
  const p50 = figures === null ? null : html` · p50 ${milliseconds(figures.p50Ms)}`;
  return html`<span class="chip ${isGood ? "good" : "bad"}">${words}</span>${p50}${link}${why}`;
}

function readingSection({ first, second }: Sides<Side>): Html {
  return section(
    "reading",
    "How to read it",
    html`<p>A pair is one plan, played on ${first.name} and on ${second.name} directly after one another; who goes first takes turns. A difference is that of ${second.name} less that of ${first.name}, the mean over the pairs. Its interval is a bootstrap interval of that mean: of twenty such intervals nineteen hold what endless pairs would give. One that holds 0 shows no difference; where nothing differs, one figure in twenty shows a difference by chance.</p>
<p>Availability is the share of the time under load, after the warm-up, in which operations were answered: somebody waited and nobody was answered for ${OUTAGE_MIN_MS} ms or longer in the rest.</p>`,
  );
}

function provenanceOf(comparison: Comparison): Html {
  const { sides, scenarios } = comparison;
  return provenanceSection(comparison, [
    ...SIDES.map((side) => [`${side} side`, sides[side].sets.join(", ")] as const),
    ["scenarios", scenarios.map(({ file }) => file).join(", ")],
  ]);
}
