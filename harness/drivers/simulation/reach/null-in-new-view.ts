import { NULL_DIGEST } from "../../../../nodes/protocols/contract/audit.ts";
import { EVERY_PBFT, type Goal, recordsOf } from "./goal.ts";

/** A gap below what was prepared: nobody may put anything else there (protocols §9.3). */
export const nullInNewView: Goal = {
  name: "null-in-new-view",
  summary: "a view begins with a null request between others",
  protocols: EVERY_PBFT,
  isSeenIn: ({ logs }) =>
    logs.some((log) =>
      recordsOf(log, "newview").some(({ selected }) => {
        const last = selected.findLastIndex(([, digest]) => digest !== NULL_DIGEST);
        return selected.slice(0, Math.max(0, last)).some(([, digest]) => digest === NULL_DIGEST);
      }),
    ),
};
