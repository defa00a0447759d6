/**
 * Turns our dashboards into Classic JSON, the form that file provisioning takes in every Grafana
 * from 10 on. Panels and queries are built by grafana-foundation-sdk; the frame around them is
 * ours, because the builder of classic dashboards is on its way out there, and because ids and
 * places then follow from the order of the panels alone.
 */
import {
  AnnotationQueryBuilder,
  DashboardCursorSync,
  type Panel as PanelJson,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import type { Annotation, Dashboard, Row, Variable } from "./dashboard.ts";
import { dataSource } from "./data-source.ts";
import { panelBuilder } from "./panel.ts";

const COLUMNS = 24;
const HEADING_HEIGHT = 1;
const PANEL_HEIGHT = 8;
const STAT_HEIGHT = 4;

/** @returns the text of the file, with a newline at its end */
export function classicJson(dashboard: Dashboard): string {
  return `${JSON.stringify(classic(dashboard), null, 2)}\n`;
}

function classic({ uid, title, description, from, variables, annotations, rows }: Dashboard) {
  return {
    uid,
    title,
    description,
    tags: ["bft-chaos"],
    schemaVersion: 42,
    editable: true,
    graphTooltip: DashboardCursorSync.Crosshair,
    refresh: "5s",
    time: { from, to: "now" },
    timezone: "browser",
    templating: { list: variables.map(variableJson) },
    annotations: { list: annotations.map(annotationJson) },
    panels: placed(rows),
  };
}

function variableJson({ name, label, description, metric, values, several }: Variable) {
  const query = `label_values(${metric}, ${values})`;
  const builder = new QueryVariableBuilder(name)
    .label(label)
    .description(description)
    .datasource(dataSource)
    .query({ query, refId: name })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NaturalDesc)
    .multi(several)
    .includeAll(several);
  // "All" also takes in what bears no such label: a replica that no run has started.
  const built = (several ? builder.allValue(".*") : builder).build();
  // The builder gives every variable what only one that steps through intervals has.
  const { auto: _, auto_min: _min, auto_count: _count, ...variable } = built;
  return variable;
}

/** Grafana asks at most a hundred times over what it shows, so the expression looks between. */
function annotationJson({ name, expression, title, text, tags, color }: Annotation) {
  const built = new AnnotationQueryBuilder()
    .name(name)
    .datasource(dataSource)
    .enable(true)
    .iconColor(color)
    .target(new DataqueryBuilder().expr(expression).refId("Anno").range().interval("1s"))
    .titleFormat(title)
    .textFormat(text)
    .tagKeys(tags.join(","))
    .build();
  // Its switch stands above the panels, not behind a menu.
  const { placement: _, ...annotation } = built;
  return annotation;
}

interface Place {
  readonly x: number;
  readonly y: number;
}

/** Rows below one another, panels from left to right, in a new line where they do not fit. */
function placed(rows: readonly Row[]): readonly object[] {
  const all: object[] = [];
  let y = 0;
  for (const row of rows) {
    const gridPos = { x: 0, y, w: COLUMNS, h: HEADING_HEIGHT };
    const heading = { id: all.length + 1, type: "row", title: row.title, collapsed: false };
    all.push({ ...heading, gridPos, panels: [] });
    let place: Place = { x: 0, y: y + HEADING_HEIGHT };
    let height = 0;
    for (const panel of row.panels) {
      if (place.x + panel.width > COLUMNS) {
        place = { x: 0, y: place.y + height };
        height = 0;
      }
      const h = panel.kind === "stat" ? STAT_HEIGHT : PANEL_HEIGHT;
      const builder = panelBuilder(panel).id(all.length + 1);
      const built: PanelJson = builder.gridPos({ ...place, w: panel.width, h }).build();
      all.push(built);
      place = { x: place.x + panel.width, y: place.y };
      height = Math.max(height, h);
    }
    y = place.y + height;
  }
  return all;
}
