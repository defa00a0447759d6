import { BY_WORD, type Goal, recordsOf } from "./goal.ts";

/** A good one among them has executed it, or holds Q COMMITs (protocols §20.7). */
export const decidedByWord: Goal = {
  name: "decided-by-word",
  summary: "a number is decided because f+1 others state that it is",
  protocols: BY_WORD,
  isSeenIn: ({ logs }) => logs.some((log) => recordsOf(log, "stated").length > 0),
};
