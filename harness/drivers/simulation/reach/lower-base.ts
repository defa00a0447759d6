import { type Goal, recordsOf, UNSIGNED } from "./goal.ts";

/** A base rests on claims, which may be withdrawn (protocols §20.6). */
export const lowerBase: Goal = {
  name: "lower-base",
  summary: "a view begins at a lower base than the one before",
  protocols: UNSIGNED,
  isSeenIn: ({ logs }) =>
    logs.some((log) => {
      const views = recordsOf(log, "newview");
      return views.some(({ base }, index) => base < (views[index - 1]?.base ?? 0));
    }),
};
