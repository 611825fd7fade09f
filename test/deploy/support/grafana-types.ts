import type {
  DashboardCursorSync,
  DataSourceRef,
  Dashboard as GrafanaDashboard,
  Panel as GrafanaPanel,
  RowPanel as GrafanaRow,
} from '@grafana/schema';
import type {
  CloudWatchLogsQuery,
  CloudWatchMetricsQuery,
} from '@grafana/schema/dist/esm/raw/composable/cloudwatch/dataquery/x/CloudWatchDataQuery_types.gen';
import type { Options as LogsOptions } from '@grafana/schema/dist/esm/raw/composable/logs/panelcfg/x/LogsPanelCfg_types.gen';
import type { Options as TableOptions } from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type {
  FieldConfig,
  Options as TimeSeriesOptions,
} from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

/** Grafana's types of what a dashboard in JSON holds: an enumeration is written as its value. */
type Plain<T> = T extends boolean | null | undefined
  ? T
  : T extends string
    ? `${T}`
    : T extends number
      ? `${T}` extends `${infer Value extends number}`
        ? Value
        : never
      : T extends object
        ? { [Name in keyof T]: Plain<T[Name]> }
        : T;

/** Grafana publishes no type of it. */
interface LokiQuery {
  refId: string;
  datasource: DataSourceRef;
  editorMode: 'code';
  queryType: 'range' | 'instant';
  expr: string;
  legendFormat?: string;
  maxLines?: number;
}

type Kind<Type extends string, Options, Fields> = Omit<
  Plain<GrafanaPanel>,
  'type' | 'options' | 'fieldConfig' | 'targets'
> & {
  type: Type;
  options: Plain<Options>;
  fieldConfig?: Plain<Pick<NonNullable<GrafanaPanel<Options>['fieldConfig']>, 'overrides'>> & {
    defaults: { unit?: string; min?: number; custom?: Plain<Fields> };
  };
  targets: (Plain<CloudWatchMetricsQuery> | Plain<CloudWatchLogsQuery> | LokiQuery)[];
};

type Panel =
  | Kind<'timeseries', TimeSeriesOptions, FieldConfig>
  | Kind<'table', TableOptions, never>
  | Kind<'logs', LogsOptions, never>;

export type GenesysDashboard = Plain<Omit<GrafanaDashboard, 'panels' | 'graphTooltip'>> & {
  graphTooltip: Plain<DashboardCursorSync>;
  panels: (Plain<Omit<GrafanaRow, 'panels'>> & { panels: Panel[] })[];
};
