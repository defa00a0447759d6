import type { OverheadRow } from "./overhead.ts";
import type { Conditions } from "./overhead-text.ts";
import { published } from "./published.ts";

/** Of `overhead.json`; fields may be added, none is renamed. */
export const OVERHEAD_FORMAT = 1;

export interface Overhead {
  readonly id: string;
  readonly startedAt: string;
  readonly conditions: Conditions;
  readonly rows: readonly OverheadRow[];
  readonly host: Readonly<Record<string, string | number>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly rerun: string;
}

export function overheadJson(overhead: Overhead) {
  return { format: OVERHEAD_FORMAT, ...overhead, published };
}
