import type { CheckerInput } from "./checker.ts";
import { goodLogs } from "./evidence.ts";

/** How often the live view changed, and the last one: from the audit, or the polls without one. */
export function viewsOf(input: Pick<CheckerInput, "observations" | "good">): {
  readonly changes: number;
  readonly last: number;
} {
  const entered = new Set<number>();
  for (const [, records] of goodLogs(input)) {
    for (const record of records) if (record.e === "newview") entered.add(record.v);
  }
  if (input.observations.audits.size === 0) {
    for (const { replica, status } of input.observations.samples) {
      if (status?.active === true && input.good.has(replica)) entered.add(status.view);
    }
  }
  entered.delete(0);
  return { changes: entered.size, last: Math.max(0, ...entered) };
}
