/** What @grafana/schema says of each part of a dashboard, as it is written in JSON. */
import type {
  AnnotationQuery,
  Dashboard,
  Panel,
  RowPanel,
  TableFieldOptions,
  TableOptions,
  VariableModel,
} from "@grafana/schema";
import type * as Stat from "@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen";
import type * as StateTimeline from "@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen";
import type * as TimeSeries from "@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";

/** An enumeration of words is the word. */
type Plain<T> = T extends string
  ? `${T}`
  : T extends number | boolean | null | undefined
    ? T
    : T extends readonly (infer Element)[]
      ? Plain<Element>[]
      : T extends object
        ? { [Key in keyof T]: Plain<T[Key]> }
        : T;

export interface Parts {
  readonly frame: Plain<Omit<Dashboard, "panels" | "templating" | "annotations">>;
  readonly variable: Plain<VariableModel>;
  readonly annotation: Plain<AnnotationQuery>;
  readonly row: Plain<RowPanel>;
  readonly panel: Plain<Panel>;
  readonly options: {
    readonly timeseries: Plain<TimeSeries.Options>;
    readonly stat: Plain<Stat.Options>;
    readonly "state-timeline": Plain<StateTimeline.Options>;
    readonly table: Plain<TableOptions>;
  };
  /** Of each field, beside what all kinds of panels have. */
  readonly custom: {
    readonly timeseries: Plain<TimeSeries.FieldConfig>;
    readonly "state-timeline": Plain<StateTimeline.FieldConfig>;
    readonly table: Plain<TableFieldOptions>;
  };
}
