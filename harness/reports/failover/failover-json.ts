import type { FailoverRow } from "./failover.ts";
import type { FailoverConditions } from "./failover-text.ts";

/** Of `failover.json`; fields may be added, none is renamed. */
export const FAILOVER_FORMAT = 1;

export interface Failover {
  readonly id: string;
  readonly startedAt: string;
  readonly conditions: FailoverConditions;
  readonly rows: readonly FailoverRow[];
  readonly host: Readonly<Record<string, string | number>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly rerun: string;
}

export function failoverJson(failover: Failover) {
  return { format: FAILOVER_FORMAT, ...failover };
}
