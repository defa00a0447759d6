import { count, milliseconds } from "../format.ts";
import { document } from "../html/document.ts";
import { type Child, type Html, html } from "../html/markup.ts";
import { pageHead } from "../html/page-head.ts";
import { provenanceSection } from "../html/provenance.ts";
import { rerunCommand } from "../html/rerun.ts";
import { section, table } from "../html/table.ts";
import { type Tone, verdictWords } from "../verdicts.ts";
import {
  type BrokenPromise,
  type ExplorationStep,
  type Fate,
  fateOf,
  type Night,
  ofFate,
  type RunStep,
  type Step,
  sumOf,
} from "./night.ts";
import { nightVerdict, timeText } from "./night-words.ts";

/** The whole night on one page that needs no network and no script. */
export async function nightHtml(night: Night): Promise<string> {
  const runs = night.steps.flatMap((step) => (step.kind === "run" ? [step] : []));
  const suites = [...Map.groupBy(runs, ({ suite }) => suite)];
  return document({
    title: `Night of ${night.startedAt.slice(0, 10)}: ${nightVerdict(night).name}`,
    planted: night.mutant !== null,
    body: html`${masthead(night)}<main>${foundSection("broken", night.steps)}${foundSection("open", night.steps)}${explorationSection(night.steps)}${suites.map(([suite, steps]) => suiteSection(suite, steps))}${notRunSection(night)}${provenanceOf(night)}</main>`,
  });
}

function masthead(night: Night): Html {
  const { mutant, steps, startedAt, seed, budgetMs, spentMs, sessions } = night;
  const runs = steps.filter(({ kind }) => kind === "run");
  const { seeds, virtualMs } = sumOf(explorationsOf(steps).map(({ totals }) => totals));
  return pageHead({
    kind: "bft-chaos night report",
    title: `Night of ${startedAt.slice(0, 10)}`,
    where: [
      `seed ${seed}`,
      "local driver and simulator",
      ...(sessions > 1 ? [`taken up again ${sessions - 1} times`] : []),
    ],
    startedAt,
    planted: mutant === null ? null : `All of it ran from a changed copy of the code: ${mutant}.`,
    verdict: nightVerdict(night),
    tiles: [
      ["Broken", count(ofFate("broken", steps).length), `of ${count(steps.length)} parts`],
      ["Not judged", count(ofFate("open", steps).length), "nobody can tell"],
      ["Seeds explored", count(seeds), `${timeText(virtualMs)} of virtual time`],
      ["Scenarios run", count(runs.length), "on real processes"],
      ["Not run", count(night.notRun.length), "for want of time"],
      ["Time", timeText(spentMs), `of ${timeText(budgetMs)}`],
    ],
  });
}

function explorationsOf(steps: readonly Step[]): readonly ExplorationStep[] {
  return steps.flatMap((step) => (step.kind === "exploration" ? [step] : []));
}

const FOUND = { broken: "What broke", open: "What could not be judged" } as const;

function foundSection(fate: keyof typeof FOUND, steps: readonly Step[]): Child {
  const found = ofFate(fate, steps);
  return found.length === 0 ? null : section(fate, FOUND[fate], found.map(foundPart));
}

function foundPart(step: Step): Child {
  switch (step.kind) {
    case "exploration":
      return step.failures.map(({ seed, broken, rerun, plan }) => {
        const title = `${step.protocol} in the simulator, seed ${seed}`;
        const kept = html`<p><a href="${plan}">Its schedule</a></p>`;
        return finding(title, [promises(broken), kept, rerunCommand(rerun)]);
      });
    case "run": {
      const { suite, scenario, seed, verdict, expected, text, broken, kept, rerun } = step;
      const title = `${suite}/${scenario}, seed ${seed}: ${verdict ?? "not judged"}, expected ${expected}`;
      const { harness } = step;
      const trouble =
        harness.state === "ok"
          ? null
          : html`<p class="notice"><strong>The harness ${harness.state}</strong> ${harness.why}</p>`;
      const links =
        kept === null
          ? null
          : html`<p><a href="${`${kept}/report.html`}">Its report</a> · <a href="${`${kept}/plan.json`}">its plan</a></p>`;
      return finding(title, [
        html`<p>${text}</p>`,
        trouble,
        promises(broken),
        links,
        rerunCommand(rerun),
      ]);
    }
    case "given-up":
      return finding(step.key, [html`<p>${step.why}</p>`]);
    default:
      return step satisfies never;
  }
}

function finding(title: string, parts: readonly Child[]): Html {
  return html`<article class="finding"><h3>${title}</h3>
${parts}</article>
`;
}

function promises(broken: readonly BrokenPromise[]): Child {
  if (broken.length === 0) return null;
  return html`<ul>${broken.map(({ check, what }) => html`<li><strong>${check}</strong> ${what}</li>`)}</ul>`;
}

function explorationSection(steps: readonly Step[]): Child {
  const groups = [...Map.groupBy(explorationsOf(steps), ({ protocol }) => protocol)];
  if (groups.length === 0) return null;
  const rows = groups.map(([protocol, group]) => {
    const totals = sumOf(group.map((step) => step.totals));
    const failures = group.reduce((sum, step) => sum + step.failures.length, 0);
    const tookMs = group.reduce((sum, step) => sum + step.tookMs, 0);
    return [
      protocol,
      count(totals.seeds),
      failures === 0 ? "none" : html`<strong class="bad">${count(failures)}</strong>`,
      count(totals.operations),
      count(totals.viewChanges),
      count(totals.stateTransfers),
      count(totals.crashes),
      count(totals.powerCuts),
      timeText(totals.virtualMs),
      timeText(tookMs),
    ];
  });
  const names = ["failures", "operations", "view changes", "state transfers", "crashes"];
  const columns = ["seeds", ...names, "power cuts", "virtual time", "took"];
  return section(
    "exploration",
    "Exploration in the simulator",
    table({
      caption: "What was explored, by protocol",
      columns: [{ name: "protocol" }, ...columns.map((name) => ({ name, numeric: true as const }))],
      rows,
    }),
  );
}

function suiteSection(suite: string, steps: readonly RunStep[]): Html {
  const title = suite === "drawn" ? "Drawn scenarios" : `Suite ${suite}`;
  return section(
    `suite-${suite}`,
    title,
    table({
      caption: `${title}: what each came to`,
      columns: [
        { name: "scenario" },
        { name: "faults" },
        { name: "verdict" },
        { name: "expected" },
        { name: "operations", numeric: true },
        { name: "p99", numeric: true },
        { name: "outage", numeric: true },
        { name: "took", numeric: true },
      ],
      rows: steps.map(runRow),
    }),
  );
}

const TONES: Readonly<Record<Fate, Tone>> = {
  "as-expected": "good",
  broken: "bad",
  open: "doubt",
  idle: "neutral",
};

function runRow(step: RunStep): readonly Child[] {
  const { scenario, faults, verdict, expected, mutant, operations } = step;
  const words = verdict === null ? "not judged" : `${verdictWords[verdict].symbol} ${verdict}`;
  const failed = step.harness.state === "failed" ? " (harness failed)" : "";
  return [
    scenario,
    faults.length === 0 ? "none" : faults.join(", "),
    html`<span class="${TONES[fateOf(step)]}">${words}${failed}</span>${mutant === null ? null : html` <small>planted: ${mutant}</small>`}`,
    fateOf(step) === "as-expected" ? "yes" : `no: ${expected}`,
    count(operations),
    milliseconds(step.p99Ms),
    milliseconds(step.outageMs),
    timeText(step.tookMs),
  ];
}

function notRunSection({ notRun }: Night): Child {
  if (notRun.length === 0) return null;
  return section(
    "not-run",
    "Not run",
    table({
      caption: "What was not begun, and why",
      columns: [{ name: "part" }, { name: "why" }],
      rows: notRun.map(({ name, why }) => [name, why]),
    }),
  );
}

function provenanceOf(night: Night): Html {
  return provenanceSection(night, [
    ["suites", night.paths.join(", ")],
    ["sessions", night.sessions],
  ]);
}
