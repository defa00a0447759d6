/** Reads what Grafana and Prometheus are given: the files themselves, not what wrote them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

const folder = import.meta.dirname;

const reference = z.object({ type: z.string(), uid: z.string() });
const target = z.object({ expr: z.string(), refId: z.string(), instant: z.boolean() });
const gridPos = z.object({ x: z.int(), y: z.int(), w: z.int(), h: z.int() });
const heading = z.object({ id: z.int(), type: z.literal("row"), title: z.string(), gridPos });
const panel = z.object({
  id: z.int(),
  type: z.string(),
  title: z.string().optional(),
  description: z.string().optional(),
  datasource: reference.optional(),
  gridPos,
  fieldConfig: z.object({
    defaults: z.object({ unit: z.string().optional() }),
  }),
  targets: z.array(target.extend({ datasource: reference })),
});

const dashboardSchema = z.object({
  uid: z.string(),
  title: z.string(),
  schemaVersion: z.number(),
  templating: z.object({
    list: z.array(
      z.object({ name: z.string(), datasource: reference, query: z.object({ query: z.string() }) }),
    ),
  }),
  annotations: z.object({
    list: z.array(z.object({ name: z.string(), datasource: reference, target })),
  }),
  panels: z.array(z.union([heading, panel])),
});

export type DashboardJson = z.infer<typeof dashboardSchema>;
type PanelJson = z.infer<typeof panel>;

export function readDashboard(text: string): DashboardJson {
  return dashboardSchema.parse(JSON.parse(text));
}

/** By the name of the file. */
export function dashboardTexts(): ReadonlyMap<string, string> {
  const names = readdirSync(join(folder, "grafana", "dashboards"));
  return new Map(names.map((name) => [name, read("grafana", "dashboards", name)]));
}

export interface PlacedPanel extends PanelJson {
  /** The title of the row that it stands in. */
  readonly row: string;
}

export function panelsOf({ panels }: DashboardJson): readonly PlacedPanel[] {
  let row = "";
  return panels.flatMap((each) => {
    if ("targets" in each) return [{ ...each, row }];
    row = each.title;
    return [];
  });
}

/** A query that somebody will ask, and where it is written. */
export interface WrittenQuery {
  readonly where: string;
  readonly expression: string;
  /** `label_values(...)` is Grafana's, not Prometheus's. */
  readonly kind: "instant" | "range" | "label values";
}

export function queriesOf(dashboard: DashboardJson): readonly WrittenQuery[] {
  const { title, templating, annotations } = dashboard;
  return [
    ...templating.list.map(({ name, query }) => ({
      where: `${title} / variable ${name}`,
      expression: query.query,
      kind: "label values" as const,
    })),
    ...annotations.list.map((each) => ({
      where: `${title} / annotation ${each.name}`,
      expression: each.target.expr,
      kind: "range" as const,
    })),
    ...panelsOf(dashboard).flatMap((each) =>
      each.targets.map(({ expr, refId, instant }) => ({
        where: `${title} / ${each.row}: ${each.title ?? "?"} ${refId}`,
        expression: expr,
        kind: instant ? ("instant" as const) : ("range" as const),
      })),
    ),
  ];
}

const ruleSchema = z.union([
  z.strictObject({ record: z.string(), expr: z.string() }),
  z.strictObject({
    alert: z.string(),
    expr: z.string(),
    for: z.string().optional(),
    labels: z.object({ severity: z.enum(["page", "ticket"]) }),
    annotations: z.object({ summary: z.string(), description: z.string() }),
  }),
]);
const ruleFileSchema = z.object({
  groups: z.array(z.object({ name: z.string(), rules: z.array(ruleSchema) })),
});

export type Rule = z.infer<typeof ruleSchema>;

/** Prometheus's recording and alert rules. */
export function rules(): readonly Rule[] {
  return readdirSync(join(folder, "prometheus", "rules")).flatMap((name) =>
    ruleFileSchema
      .parse(parse(read("prometheus", "rules", name)))
      .groups.flatMap((group) => group.rules),
  );
}

const dataSourceSchema = z.object({
  datasources: z.array(reference.extend({ jsonData: z.object({ timeInterval: z.string() }) })),
});

export function dataSources() {
  const text = read("grafana", "provisioning", "datasources", "prometheus.yml");
  return dataSourceSchema.parse(parse(text)).datasources;
}

const alertingSchema = z.object({
  groups: z.array(
    z.object({
      folder: z.string(),
      rules: z.array(
        z.object({
          uid: z.string(),
          title: z.string(),
          condition: z.string(),
          data: z.array(
            z.object({
              refId: z.string(),
              datasourceUid: z.string(),
              model: z.object({ refId: z.string(), expr: z.string().optional() }),
            }),
          ),
        }),
      ),
    }),
  ),
});

/** The alert rules that Grafana itself evaluates. */
export function grafanaAlerts() {
  const text = read("grafana", "provisioning", "alerting", "alerts.yml");
  return alertingSchema.parse(parse(text)).groups.flatMap(({ rules: alerts }) => alerts);
}

function read(...path: readonly string[]): string {
  return readFileSync(join(folder, ...path), "utf8");
}
