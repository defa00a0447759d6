/** What several dashboards share: the choice of a run, and the windows of its faults. */
import type { Annotation, Variable } from "./dashboard.ts";

export const theRun: Variable = {
  name: "run",
  label: "Run",
  description: "The id of a run: the end of the name of its folder.",
  metric: "bft_run_info",
  values: "run",
  several: false,
};

export const someRuns: Variable = {
  ...theRun,
  description: "Runs by their ids; all of them also takes in replicas that no run has started.",
  several: true,
};

const active = 'bft_fault_active{run=~"$run"}';

/** Grafana looks only once an interval: a fault that came and went in between must still show. */
export const faultWindows: Annotation = {
  name: "Faults",
  expression: `max_over_time(${active}[$__interval]) > 0 or ${active} > 0`,
  title: "{{fault}}",
  text: "{{kind}} {{target}}",
  tags: ["kind", "target"],
  color: "red",
};
