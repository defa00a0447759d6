import { type Goal, recordsOf, UNSIGNED } from "./goal.ts";

/** A good one among them has seen what it rests on (protocols §20.6). */
export const enteredOnStatements: Goal = {
  name: "entered-on-statements",
  summary: "a view is entered because f+1 others state that they entered it",
  protocols: UNSIGNED,
  isSeenIn: ({ logs }) =>
    logs.some((log) => recordsOf(log, "newview").some(({ after }) => after === "stated")),
};
