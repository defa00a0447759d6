/**
 * What a dashboard says, as plain data: `run.ts`, `overhead.ts` and `replica.ts` are written in
 * these words and know nothing of Grafana's JSON, `classic.ts` turns them into it.
 */

/** Grafana's own names of units, as far as they are used here. */
export type Unit =
  | "none"
  | "short"
  | "s"
  | "ops"
  | "cps"
  | "Bps"
  | "bytes"
  | "percentunit"
  | "bool_on_off";

/** In PromQL, with the dashboard's variables (`$run`) and Grafana's intervals (`$__range`). */
export interface Query {
  readonly expression: string;
  /** `{{label}}` stands for the label's value. */
  readonly legend: string;
}

interface PanelText {
  readonly title: string;
  /** Whole sentences: what is seen here, and what it means when it moves. */
  readonly description: string;
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** Of the 24 columns of a dashboard. */
  readonly width: number;
}

/** What a value is called, and in which of Grafana's colours. */
export type ValueNames = Readonly<
  Record<string, { readonly text: string; readonly color: string }>
>;

export type Panel =
  | (PanelText & { readonly kind: "time-series"; readonly stacked?: true })
  /** One figure a query: the last value in the time that is shown. */
  | (PanelText & {
      readonly kind: "stat";
      readonly decimals?: number;
      /** The legend in the place of the value, which is 1: the answer is in the labels. */
      readonly shows?: "name";
    })
  /** Coloured stretches over time, one row a series. */
  | (PanelText & { readonly kind: "state-timeline"; readonly names: ValueNames })
  /** The newest value of each series, one row each, its labels as columns. */
  | (PanelText & { readonly kind: "table"; readonly columns: Readonly<Record<string, string>> });

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** Something to choose at the top of the dashboard: the values of a label. */
export interface Variable {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  /** `label_values(metric, label)`, Grafana's own function for it. */
  readonly metric: string;
  readonly values: string;
  /** Several at once, or all: then it is a regular expression, to be matched by `=~`. */
  readonly several: boolean;
}

/** Stretches of time that are shaded in every panel. */
export interface Annotation {
  readonly name: string;
  readonly expression: string;
  readonly title: string;
  readonly text: string;
  readonly tags: readonly string[];
  readonly color: string;
}

export interface Dashboard {
  /** Names it in addresses, and the file it is written to. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** What is shown before anybody chooses, e.g. `now-15m`. */
  readonly from: string;
  readonly variables: readonly Variable[];
  readonly annotations: readonly Annotation[];
  readonly rows: readonly Row[];
}
