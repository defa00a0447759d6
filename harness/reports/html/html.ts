import { replicaLanes } from "../replica-lanes.ts";
import type { JudgedRun, Report } from "../report.ts";
import { timeSeries } from "../time-series.ts";
import { timelineOf } from "../timeline.ts";
import { document } from "./document.ts";
import { faultFigure } from "./fault-strip.ts";
import { checkSection, faultSection, violations } from "./findings.ts";
import { laneFigure } from "./lane-figure.ts";
import { html } from "./markup.ts";
import { expectations, masthead } from "./masthead.ts";
import { shiftSection } from "./shift-section.ts";
import { section } from "./table.ts";

/** One file that needs no network and no script, for a desktop, a phone and paper. */
export const htmlReport: Report = {
  name: "html",
  summary: "the whole run on one page, for people",
  file: "report.html",
  render: page,
};

async function page(run: JudgedRun): Promise<string> {
  const timeline = timelineOf(run);
  const series = timeSeries(run.observations.history, {
    endMs: timeline.endMs,
    warmupMs: timeline.phases.find(({ phase }) => phase === "faults")?.fromMs ?? 0,
  });
  // The chart library takes a while to load: only who writes a page pays for it.
  const { budgetFigure, latencyFigure, throughputFigure } = await import("./time-charts.ts");
  const { logFigure, memoryFigure } = await import("./resource-charts.ts");
  const { chartNumbers, conditionsSection, numbersSection, provenance } = await import(
    "./numbers.ts"
  );
  const { judgement, observations } = run;
  const evidence = judgement.checks.flatMap((check) =>
    check.outcome === "invalid" ? check.evidence : [],
  );
  const title = `${observations.run.scenario}: ${judgement.verdict}`;
  const body = html`${masthead(run, timeline.endMs)}<main>${expectations(run)}${violations(run)}${shiftSection(run)}${section(
    "timeline",
    "Over time",
    faultFigure(timeline),
    throughputFigure(series, timeline, judgement.throughput.offered),
    latencyFigure(series, timeline),
    budgetFigure(judgement.budget, timeline),
    memoryFigure(run, timeline),
    logFigure(run, timeline),
    laneFigure(replicaLanes(observations, timeline.endMs), timeline, evidence),
    chartNumbers(series, timeline),
  )}${faultSection(run)}${checkSection(run)}${numbersSection(run, series)}${conditionsSection(run)}${provenance(run)}</main>`;
  return document({
    title,
    planted: observations.plan.cluster.mutant !== null,
    body: html`${hatches}
${body}`,
  });
}

/** Patterns, so that a state is told by its texture too, on a grey print as well. */
const hatches = html`<svg class="hatches" width="0" height="0" aria-hidden="true"><defs>
<pattern id="hatch-down" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch-ground" width="6" height="6"/><path class="hatch-down" d="M0 0V6"/></pattern>
<pattern id="hatch-paused" width="6" height="6" patternUnits="userSpaceOnUse"><rect class="hatch-ground" width="6" height="6"/><path class="hatch-paused" d="M1.5 0V6"/></pattern>
<pattern id="hatch-throttled" width="6" height="6" patternUnits="userSpaceOnUse"><rect class="hatch-ground" width="6" height="6"/><path class="hatch-throttled" d="M0 3H6"/></pattern>
<pattern id="hatch-silent" width="5" height="5" patternUnits="userSpaceOnUse"><rect class="hatch-ground" width="5" height="5"/><circle class="hatch-silent" cx="2" cy="2" r="1"/></pattern>
<pattern id="hatch-lying" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)"><rect class="hatch-lying" width="6" height="6"/><path class="hatch-lying-line" d="M0 0V6"/></pattern>
</defs></svg>`;
