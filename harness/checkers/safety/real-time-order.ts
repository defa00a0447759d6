import type { HistoryEvent } from "../../observations/observations.ts";
import type { Checker, Evidence } from "../checker.ts";
import { goodLogs, outcomeOf } from "../evidence.ts";

/** S-7: who was answered before another asked has the lower number. */
export const realTimeOrder: Checker = {
  id: "S-7",
  summary: "an operation answered before another was sent has the lower sequence number",
  idle: "no operation was executed of which the history has the answer",
  promise: "safety",
  needs: ["audits", "history"],
  check(input) {
    const numbers = new Map<string, number>();
    for (const [, records] of goodLogs(input)) {
      for (const record of records) {
        if (record.e !== "executed") continue;
        for (const [client, t] of record.ops) numbers.set(`${client} ${t}`, record.n);
      }
    }
    const violations: Evidence[] = [];
    let judged = 0;
    let highest: { readonly n: number; readonly event: HistoryEvent } | null = null;
    for (const event of input.observations.history) {
      const n = numbers.get(`${event.client} ${event.t}`);
      if (n === undefined) continue;
      if (event.type === "invoke") {
        judged += 1;
        if (highest !== null && n <= highest.n) violations.push(outOfOrder(highest, { n, event }));
      } else if (event.type !== "info" && (highest === null || n > highest.n)) {
        highest = { n, event };
      }
    }
    return outcomeOf(judged, violations);
  },
};

interface Numbered {
  readonly n: number;
  readonly event: HistoryEvent;
}

function outOfOrder(answered: Numbered, sent: Numbered): Evidence {
  return {
    what: `answered at n=${answered.n} before another was sent that got n=${sent.n}`,
    time: sent.event.time,
    records: [answered.event, sent.event],
  };
}
