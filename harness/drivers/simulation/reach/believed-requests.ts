import { BY_WORD, type Goal, recordsOf } from "./goal.ts";

/** Nothing here shows that its client made it (protocols §20.1). */
function believedOn(on: "prepares" | "relays", summary: string): Goal {
  return {
    name: `believed-on-${on}`,
    summary,
    protocols: BY_WORD,
    isSeenIn: ({ logs }) =>
      logs.some((log) => recordsOf(log, "believed").some((believed) => believed.on === on)),
  };
}

export const believedOnPrepares = believedOn(
  "prepares",
  "a request is ordered on the PREPAREs of f backups",
);
export const believedOnRelays = believedOn(
  "relays",
  "a request is ordered because f+1 others relay it",
);
