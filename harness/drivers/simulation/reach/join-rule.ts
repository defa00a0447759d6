import type { AuditRecord } from "../../../../nodes/protocols/contract/audit.ts";
import { EVERY_PBFT, type Goal } from "./goal.ts";

/** Who follows its own timer asks for one view after the other (protocols §10.4). */
export const joinRule: Goal = {
  name: "join-rule",
  summary: "a replica skips a view because f+1 others ask for a later one",
  protocols: EVERY_PBFT,
  isSeenIn: ({ logs, cluster: { faultsMax } }) =>
    logs.some((log) =>
      skips(log).some(({ v, time }) => {
        const before = logs.filter(
          (other) =>
            other !== log &&
            other.some(
              (record) => record.e === "viewchange" && record.v >= v && record.time < time,
            ),
        );
        return before.length > faultsMax;
      }),
    ),
};

function skips(
  log: readonly AuditRecord[],
): readonly { readonly v: number; readonly time: number }[] {
  let view = 0;
  return log.flatMap((record) => {
    if (record.e !== "boot" && record.e !== "newview" && record.e !== "viewchange") return [];
    const isSkip = record.e === "viewchange" && record.v > view + 1;
    view = Math.max(view, record.v);
    return isSkip ? [record] : [];
  });
}
