/** What can be said of the dashboards without a Grafana; each check is seen to find a breach. */
import { describe, expect, test } from "vitest";
import { metricOrigins } from "../nodes/metrics/registry.ts";
import { filledIn, intervals, readQuery, type Selector } from "./promql.fixture.ts";
import {
  type DashboardJson,
  dashboardTexts,
  dataSources,
  grafanaAlerts,
  panelsOf,
  queriesOf,
  readDashboard,
  rules,
} from "./provisioned.fixture.ts";

const texts = dashboardTexts();
const dashboards = [...texts].map(([file, text]) => ({ file, dashboard: readDashboard(text) }));

test("there are the three dashboards, each with an address of its own", () => {
  expect([...texts.keys()].toSorted()).toEqual(["overhead.json", "replica.json", "run.json"]);
  const uids = dashboards.map(({ dashboard }) => dashboard.uid);
  expect(new Set(uids).size).toBe(uids.length);
  for (const { dashboard } of dashboards) expect(dashboard.schemaVersion).toBe(42);
});

interface Check {
  readonly claim: string;
  /** @returns what is wrong, one entry each */
  readonly broken: (dashboard: DashboardJson) => readonly string[];
  /** A breach, made in a sound dashboard. */
  readonly breach: (dashboard: DashboardJson) => DashboardJson;
}

const checks: readonly Check[] = [
  {
    claim: "no id twice",
    broken: ({ panels }) => twice(panels.map(({ id }) => String(id))),
    breach: onPanels((panel) => ({ ...panel, id: 7 })),
  },
  {
    claim: "no panel on another, nor over the edge",
    broken: ({ panels }) => [
      ...panels.flatMap(({ id, gridPos: { x, w, h } }) =>
        x < 0 || x + w > 24 || w < 1 || h < 1 ? [`${id} does not fit`] : [],
      ),
      ...panels.flatMap((one, index) =>
        panels
          .slice(index + 1)
          .filter((other) => overlap(one.gridPos, other.gridPos))
          .map((other) => `${one.id} and ${other.id}`),
      ),
    ],
    breach: onPanels((panel) => ({ ...panel, gridPos: { ...panel.gridPos, y: 1 } })),
  },
  {
    claim: "every panel has a title, a unit and a description in whole sentences",
    broken: (dashboard) =>
      panelsOf(dashboard).flatMap(({ id, title = "", description = "", fieldConfig }) =>
        title !== "" && /^[A-Z].*\.$/.test(description) && fieldConfig.defaults.unit !== undefined
          ? []
          : [`${id} ${title}`],
      ),
    breach: onPanels(({ description: _, ...panel }) => panel),
  },
  {
    claim: "every panel's title is its own within the dashboard's rows",
    broken: (dashboard) =>
      twice(panelsOf(dashboard).map(({ row, title = "" }) => `${row} / ${title}`)),
    breach: onPanels((panel) => ({ ...panel, title: "Panel" })),
  },
  {
    claim: "every data source is provisioned",
    broken: (dashboard) => {
      const known = dataSources().map(({ type, uid }) => `${type} ${uid}`);
      return sourcesOf(dashboard).filter((source) => !known.includes(source));
    },
    breach: onPanels((panel) => ({ ...panel, datasource: { type: "prometheus", uid: "other" } })),
  },
  {
    claim: "every query is PromQL",
    broken: (dashboard) => selectorsAndErrors(dashboard).errors,
    breach: onQueries((expression) => `sum(${expression}`),
  },
  {
    claim: "every metric exists and has the labels that are asked for",
    broken: (dashboard) => promqlOf(dashboard).flatMap(unknownIn),
    breach: onQueries((expression) => expression.replace("bft_", "bftt_")),
  },
  {
    claim: "every variable that a query names can be chosen",
    broken: (dashboard) => {
      const known = [...Object.keys(intervals), ...dashboard.templating.list.map((v) => v.name)];
      return promqlOf(dashboard)
        .flatMap((expression) => [...expression.matchAll(/\$(\w+)/g)])
        .flatMap(([, name = ""]) => (known.includes(name) ? [] : [name]));
    },
    breach: (dashboard) => ({ ...dashboard, templating: { list: [] } }),
  },
  {
    claim: "every query about a run asks for the one that was chosen",
    broken: (dashboard) =>
      selectorsAndErrors(dashboard)
        .selectors.filter(({ labels }) => !labels.includes("run"))
        .map(({ metric }) => metric),
    breach: onQueries((expression) => expression.replaceAll(/run=~?"\$run"/g, "")),
  },
  {
    claim: "nothing looks back over less than two samples of a long run",
    broken: (dashboard) =>
      promqlOf(dashboard)
        .flatMap((expression) => [...expression.matchAll(/\[[^\]]*\]/g)].map(([range]) => range))
        .filter((range) => !["[1m]", "[$__range]", "[$__interval]"].includes(range)),
    breach: onQueries((expression) => expression.replaceAll("[1m]", "[5s]")),
  },
];

describe.each(checks)("$claim", ({ broken, breach }) => {
  test.each(dashboards)("in $file", ({ dashboard }) => {
    expect(broken(dashboard)).toEqual([]);
  });

  test("and a planted breach is seen", () => {
    const run = dashboards.find(({ file }) => file === "run.json");
    expect(run === undefined ? [] : broken(breach(run.dashboard))).not.toEqual([]);
  });
});

test.each(rules())("the rule $record$alert asks for metrics and labels that exist", (rule) => {
  expect(readQuery(rule.expr).errors).toEqual([]);
  expect(unknownIn(rule.expr)).toEqual([]);
});

test.each(grafanaAlerts())("Grafana's rule $title asks what is there, of Prometheus", (rule) => {
  const known = dataSources().map(({ uid }) => uid);
  expect(rule.data.map(({ refId }) => refId)).toContain(rule.condition);
  for (const { refId, datasourceUid, model } of rule.data) {
    expect(known).toContain(datasourceUid);
    expect(model.refId).toBe(refId);
    expect(readQuery(model.expr ?? "").errors).toEqual([]);
    expect(unknownIn(model.expr ?? "")).toEqual([]);
  }
});

test.each([
  ["a metric that nobody counts", "bft_views", "bft_views"],
  ["a label that the metric lacks", 'bft_view{peer="r1"}', "bft_view{peer}"],
  ["a label that no metric in it has", "sum by (colour) (bft_view)", "by (colour)"],
  ["buckets of what has none", "bft_view_bucket", "bft_view_bucket"],
  ["buckets grouped by them", "sum by (le) (bft_persist_seconds_bucket)", undefined],
  ["a recorded figure", "run:bft_replicas:silent", undefined],
])("%s", (_, expression, complaint) => {
  expect(unknownIn(expression)).toEqual(complaint === undefined ? [] : [complaint]);
});

/** Of an expression: the metrics and labels that are in no list of ours. */
function unknownIn(expression: string): readonly string[] {
  const { selectors, groupings } = readQuery(filledIn(expression, intervals));
  const known = selectors.flatMap(({ metric }) => labelsOf(metric) ?? []);
  return [
    ...selectors.flatMap(unknownOf),
    ...groupings.filter((label) => !known.includes(label)).map((label) => `by (${label})`),
  ];
}

function unknownOf({ metric, labels }: Selector): readonly string[] {
  const known = labelsOf(metric);
  if (known === undefined) return [metric];
  return labels.filter((label) => !known.includes(label)).map((label) => `${metric}{${label}}`);
}

/** The labels that a series may bear; undefined = there is no such series. */
function labelsOf(series: string): readonly string[] | undefined {
  const own = ofPrometheus[series];
  if (own !== undefined) return own;
  const recording = rules().find((rule) => "record" in rule && rule.record === series);
  if (recording !== undefined) return readQuery(recording.expr).groupings;
  for (const { metrics, commonLabels } of metricOrigins) {
    for (const { name, type, labels } of metrics) {
      const all = [...commonLabels, ...labels];
      if (type === "histogram" && series === `${name}_bucket`) return [...all, "le"];
      if (type === "histogram" && [`${name}_sum`, `${name}_count`].includes(series)) return all;
      if (type === "summary" && series === name) return [...all, "quantile"];
      if (type !== "histogram" && series === name) return all;
    }
  }
  return undefined;
}

/** What Prometheus itself writes, with the labels of whatever it is about. */
const ofPrometheus: Readonly<Record<string, readonly string[]>> = {
  up: ["job", "instance"],
  ALERTS: ["alertname", "alertstate", "severity", "run", "scenario", "replica", "instance"],
};

/** Without `label_values`, which is Grafana's: what it asks for is a selector. */
function promqlOf(dashboard: DashboardJson): readonly string[] {
  return queriesOf(dashboard).map(({ expression, kind }) =>
    kind === "label values"
      ? expression.replace(/^label_values\((.*), (\w+)\)$/, "sum by ($2) ($1)")
      : expression,
  );
}

function selectorsAndErrors(dashboard: DashboardJson) {
  // What lists the runs to choose from cannot ask for the chosen one.
  const expressions = promqlOf(dashboard).filter(
    (text) => !text.includes("by (run) (bft_run_info"),
  );
  const read = expressions.map((expression) => readQuery(filledIn(expression, intervals)));
  return {
    errors: read.flatMap(({ errors }) => errors),
    selectors: read.flatMap(({ selectors }) => selectors),
  };
}

function sourcesOf(dashboard: DashboardJson): readonly string[] {
  return [
    ...dashboard.templating.list.map(({ datasource }) => datasource),
    ...dashboard.annotations.list.map(({ datasource }) => datasource),
    ...panelsOf(dashboard).flatMap(({ datasource, targets }) => [
      datasource,
      ...targets.map((target) => target.datasource),
    ]),
  ].map((source) => `${source?.type} ${source?.uid}`);
}

function twice(words: readonly string[]): readonly string[] {
  return words.filter((word, index) => words.indexOf(word) !== index);
}

type GridPos = DashboardJson["panels"][number]["gridPos"];

function overlap(a: GridPos, b: GridPos): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

type PanelJson = Extract<DashboardJson["panels"][number], { readonly targets: unknown }>;

function onPanels(change: (panel: PanelJson) => PanelJson): Check["breach"] {
  return (dashboard) => ({
    ...dashboard,
    panels: dashboard.panels.map((panel) => ("targets" in panel ? change(panel) : panel)),
  });
}

function onQueries(change: (expression: string) => string): Check["breach"] {
  return onPanels((panel) => ({
    ...panel,
    targets: panel.targets.map((target) => ({ ...target, expr: change(target.expr) })),
  }));
}
