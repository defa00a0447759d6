import { type Goal, recordsOf, UNSIGNED } from "./goal.ts";

/** Something that it names was not here when it came (protocols §20.6). */
export const keptNewView: Goal = {
  name: "kept-new-view",
  summary: "a NEW-VIEW that lacked something is kept, and entered later",
  protocols: UNSIGNED,
  isSeenIn: ({ logs }) =>
    logs.some((log) => recordsOf(log, "newview").some(({ after }) => after === "kept")),
};
