import { type CheckerCases, changed } from "../case.fixture.ts";
import { ALICE, BOB, historyOf, OPERATIONS, quietRun } from "../run.fixture.ts";
import { linearizable } from "./linearizable.ts";

export const linearizableCases: CheckerCases = {
  checker: linearizable,
  cases: [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 8 },
    {
      claim: "a stale read",
      run: changed((run) => {
        run.history = historyOf(
          OPERATIONS.map((op) => (op.client === BOB && op.t === 2 ? { ...op, value: "x" } : op)),
        );
      }),
      outcome: "invalid",
      shows: /operations on a explains/,
    },
    {
      claim: "a read of what nobody wrote",
      run: changed((run) => {
        run.history = historyOf(
          OPERATIONS.map((op) => (op.client === BOB && op.t === 4 ? { ...op, value: "?" } : op)),
        );
      }),
      outcome: "invalid",
      shows: /operations on b explains/,
    },
    {
      claim: "a lost write",
      run: changed((run) => {
        run.history = historyOf(
          OPERATIONS.map((op) => (op.client === BOB && op.t === 1 ? { ...op, value: null } : op)),
        );
      }),
      outcome: "invalid",
    },
    {
      claim: "a cas that must have swapped and says it did not",
      run: changed((run) => {
        run.history = historyOf(
          OPERATIONS.map((op) => (op.n === 6 ? { ...op, value: ["y", "q"] as const } : op)),
        );
      }),
      outcome: "invalid",
    },
    {
      claim: "an answer that is none",
      run: changed((run) => {
        run.history = run.history.map((event) =>
          event.client === BOB && event.t === 4 && event.type === "ok"
            ? { ...event, type: "fail" as const }
            : event,
        );
      }),
      outcome: "invalid",
      shows: /answer to a read of b is none/,
    },
    {
      claim: "a write whose answer never came, and which is seen later",
      run: changed((run) => {
        run.history = run.history.map((event) =>
          event.client === ALICE && event.t === 2 && event.type === "ok"
            ? { ...event, type: "info" as const }
            : event,
        );
      }),
      outcome: "valid",
    },
    {
      claim: "two appends and a read of both",
      run: changed((run) => {
        const common = { client: ALICE, key: "c" } as const;
        run.history = historyOf([
          { ...common, t: 1, f: "append", value: "x", at: 100, until: 110, n: 1 },
          { ...common, t: 2, f: "append", value: "y", at: 200, until: 210, n: 2 },
          { ...common, t: 3, f: "read", value: "xy", at: 300, until: 310, n: 3 },
        ]);
      }),
      outcome: "valid",
    },
    {
      claim: "the null service keeps nothing",
      run: changed((run) => {
        run.plan.cluster = {
          ...run.plan.cluster,
          service: { name: "null", argumentBytes: 0, resultBytes: 0 },
        };
      }),
      outcome: "not-applicable",
      judged: 0,
    },
  ],
  blindness: {
    "linearizable.ts": [
      ["no check for any model", "model === null", "model !== undefined"],
      ["nonsense is fine", "nonsense.length > 0", "false"],
    ],
    "linearizability/step.ts": [
      ["reads see anything", "return step.value === state ? state : undefined;", "return state;"],
      [
        "a failed cas says nothing",
        "return step.from === state ? undefined : state;",
        "return state;",
      ],
      ["appends overwrite", '(state ?? "") + step.value', "step.value"],
    ],
    "linearizability/history-calls.ts": [
      [
        "unanswered writes never happened",
        'add(open, event.type === "info" ? null : event, at);',
        'if (event.type !== "info") add(open, event, at);',
      ],
      ["whatever failed is taken as done", 'completion?.type === "fail" ? "fail" : "ok"', '"ok"'],
    ],
    "linearizability/search.ts": [
      [
        "everything may be hidden",
        "hideable(goal.step) && goal.invoked < start.overwrittenAt",
        "true",
      ],
    ],
    "linearizability/check-history.ts": [
      ["no violation is believed", 'if (result.outcome !== "violation") continue;', "continue;"],
    ],
  },
};
