/** One panel of ours as grafana-foundation-sdk builds it, by its kind. */
import {
  BigValueGraphMode,
  BigValueTextMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TableCellDisplayMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
  MappingType,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as StateTimelineBuilder } from "@grafana/grafana-foundation-sdk/statetimeline";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as TimeSeriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import type { Panel, Query, ValueNames } from "./dashboard.ts";
import { dataSource } from "./data-source.ts";

type Of<Kind extends Panel["kind"]> = Extract<Panel, { readonly kind: Kind }>;
type Builder = StatBuilder | StateTimelineBuilder | TableBuilder | TimeSeriesBuilder;

export function panelBuilder(panel: Panel): Builder {
  const builder = builderOf(panel);
  return builder
    .title(panel.title)
    .description(panel.description)
    .datasource(dataSource)
    .unit(panel.unit);
}

function builderOf(panel: Panel): Builder {
  switch (panel.kind) {
    case "time-series":
      return timeSeries(panel);
    case "stat":
      return stat(panel);
    case "state-timeline":
      return stateTimeline(panel);
    case "table":
      return table(panel);
    default:
      return panel satisfies never;
  }
}

function timeSeries({ queries, stacked }: Of<"time-series">): TimeSeriesBuilder {
  const builder = new TimeSeriesBuilder()
    .targets(queries.map((query, index) => target(query, index).range()))
    .lineWidth(1)
    .fillOpacity(stacked ? 40 : 5)
    .showPoints(VisibilityMode.Auto)
    .legend(legend())
    .tooltip(
      new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending),
    );
  const stacking = new StackingConfigBuilder().mode(StackingMode.Normal).group("A");
  return stacked ? builder.stacking(stacking) : builder;
}

function stat({ queries, decimals, shows }: Of<"stat">): StatBuilder {
  const builder = new StatBuilder()
    .targets(queries.map((query, index) => target(query, index).instant()))
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]).values(false).fields(""))
    .graphMode(BigValueGraphMode.None)
    .textMode(shows === "name" ? BigValueTextMode.Name : BigValueTextMode.Auto)
    .thresholds(noThresholds());
  return decimals === undefined ? builder : builder.decimals(decimals);
}

function stateTimeline({ queries, names }: Of<"state-timeline">): StateTimelineBuilder {
  return new StateTimelineBuilder()
    .targets(queries.map((query, index) => target(query, index).range()))
    .mergeValues(true)
    .showValue(VisibilityMode.Never)
    .rowHeight(0.8)
    .lineWidth(0)
    .fillOpacity(80)
    .legend(legend())
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Single).sort(SortOrder.None))
    .thresholds(noThresholds())
    .mappings(mappings(names));
}

function table({ queries, columns }: Of<"table">): TableBuilder {
  const order = Object.fromEntries(Object.keys(columns).map((label, index) => [label, index]));
  return new TableBuilder()
    .targets(
      queries.map((query, index) => target(query, index).instant().format(PromQueryFormat.Table)),
    )
    .showHeader(true)
    .cellOptions({ type: TableCellDisplayMode.Auto })
    .transformations([
      { id: "filterFieldsByName", options: { include: { names: Object.keys(columns) } } },
      { id: "organize", options: { indexByName: order, renameByName: columns } },
    ]);
}

function target({ expression, legend: legendFormat }: Query, index: number): DataqueryBuilder {
  return new DataqueryBuilder()
    .refId(String.fromCodePoint("A".charCodeAt(0) + index))
    .datasource(dataSource)
    .expr(expression)
    .legendFormat(legendFormat);
}

function legend(): VizLegendOptionsBuilder {
  return new VizLegendOptionsBuilder()
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom)
    .showLegend(true)
    .calcs([]);
}

/** Grafana's own would colour everything above 80 red, whatever it means. */
function noThresholds(): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([{ value: null, color: "text" }]);
}

function mappings(names: ValueNames) {
  const options = Object.fromEntries(
    Object.entries(names).map(([value, name], index) => [value, { ...name, index }]),
  );
  return Object.keys(names).length === 0
    ? []
    : [{ type: MappingType.ValueToText as const, options }];
}
