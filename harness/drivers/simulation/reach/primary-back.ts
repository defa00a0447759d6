import type { AuditRecord } from "../../../../nodes/protocols/contract/audit.ts";
import { EVERY_PBFT, type Goal } from "./goal.ts";

/** It must not give a number twice (protocols §13.1). */
export const primaryBack: Goal = {
  name: "primary-back",
  summary: "a primary is killed and goes on leading the same view",
  protocols: EVERY_PBFT,
  isSeenIn: ({ logs }) => logs.some(isSeen),
};

function isSeen(log: readonly AuditRecord[]): boolean {
  const led = new Map<number, number>();
  return log.some((record) => {
    if (record.e !== "preprepared" || record.as !== "primary") return false;
    const first = led.get(record.v) ?? record.boot;
    led.set(record.v, first);
    return first < record.boot;
  });
}
