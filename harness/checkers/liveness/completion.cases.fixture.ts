import { type CheckerCases, changed, retimed, unanswered } from "../case.fixture.ts";
import { audit, BOB, down, historyOf, inject, lying, quietRun, type Run } from "../run.fixture.ts";
import { completion } from "./completion.ts";

/** By itself: its client has no more patience than that. */
function givesUp(run: Run, at: number): void {
  const { cluster } = run.plan;
  const parameters = { ...cluster.parameters, operationTimeoutMs: at - 1_500 };
  run.plan.cluster = { ...cluster, parameters };
  unanswered(run, at);
}

/** An operation takes 385 ms after a replica too many was down. */
function lateAfterOutage(run: Run): void {
  retimed(run, { at: 1_400, until: 1_990 });
  inject(run, { entry: "f+1", effects: down(2, 3), at: 1_390, until: 1_600 });
}

export const completionCases: CheckerCases = {
  checker: completion,
  cases: [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 8 },
    {
      claim: "answered after the bound",
      run: changed((run) => retimed(run, { at: 1_500, until: 1_850 })),
      outcome: "invalid",
      shows: /read\) took 350 ms; the bound is 300 ms/,
    },
    {
      claim: "never answered",
      run: changed((run) => unanswered(run, null)),
      outcome: "invalid",
      shows: /was never answered/,
    },
    {
      claim: "given up after the bound",
      run: changed((run) => unanswered(run, 1_900)),
      outcome: "invalid",
      shows: /was never answered/,
    },
    {
      claim: "given up early, when progress had been owed for the whole bound",
      run: changed((run) => givesUp(run, 1_700)),
      outcome: "invalid",
      shows:
        /read\) was given up when somebody had been waiting for 500 ms in all; the bound is 300/,
    },
    {
      claim: "cut off by the end of the run, when progress had been owed for the whole bound",
      run: changed((run) => unanswered(run, 1_700)),
      outcome: "valid",
    },
    {
      claim: "given up while the cluster may still be recovering",
      run: changed((run) => {
        givesUp(run, 1_650);
        inject(run, { entry: "crash", effects: down(0), at: 1_450, until: 1_900 });
      }),
      outcome: "valid",
    },
    {
      claim: "given up early, where nobody had asked since a backup went down long before",
      run: changed((run) => {
        givesUp(run, 1_700);
        inject(run, { entry: "crash", effects: down(3), at: 1_300, until: 1_990 });
      }),
      outcome: "valid",
    },
    {
      claim: "given up early, where somebody had asked long before",
      run: changed((run) => {
        givesUp(run, 1_770);
        inject(run, { entry: "crash", effects: down(3), at: 1_000, until: 1_990 });
      }),
      outcome: "invalid",
      shows: /somebody had been waiting for 310 ms/,
    },
    {
      claim: "given up early, where nobody had waited for most of the time since",
      run: changed((run) => {
        givesUp(run, 1_750);
        inject(run, { entry: "crash", effects: down(3), at: 1_000, until: 1_990 });
      }),
      outcome: "valid",
    },
    {
      claim: "given up early, with a liar that may have struck at that moment",
      run: changed((run) => {
        givesUp(run, 1_700);
        inject(run, { entry: "lie", effects: lying(0), at: 60, until: 1_900 });
      }),
      outcome: "valid",
    },
    {
      claim: "given up again and again, with a liar about",
      run: changed((run) => {
        unanswered(run, 1_600);
        inject(run, { entry: "lie", effects: lying(0), at: 60, until: 1_990 });
        const again = historyOf([
          { client: BOB, t: 5, f: "read", key: "b", value: "w", at: 1_610, until: 1_820, n: 8 },
        ]);
        run.history.push(
          ...again.map((event) => ({
            ...event,
            process: 9,
            type: event.type === "ok" ? ("info" as const) : event.type,
          })),
        );
      }),
      outcome: "invalid",
      shows: /t=5: read\) was never answered/,
    },
    {
      claim: "given up twice, with a liar about, and idle for long in between",
      run: changed((run) => {
        unanswered(run, 1_550);
        inject(run, { entry: "lie", effects: lying(0), at: 60, until: 1_990 });
        const again = historyOf([
          { client: BOB, t: 5, f: "read", key: "b", value: "w", at: 1_810, until: 1_870, n: 8 },
        ]);
        run.history.push(
          ...again.map((event) => ({
            ...event,
            process: 9,
            type: event.type === "ok" ? ("info" as const) : event.type,
          })),
        );
      }),
      outcome: "valid",
    },
    {
      claim: "late, after time-outs that had doubled while nothing was owed",
      run: changed((run) => {
        lateAfterOutage(run);
        for (const v of [1, 2]) audit(run, 1, 1_400 + v, { e: "viewchange", v, h: 6, p: [] });
      }),
      outcome: "valid",
    },
    {
      claim: "late, after one that started again has waited for its view for longer",
      run: changed((run) => {
        lateAfterOutage(run);
        audit(run, 1, 1_401, { e: "viewchange", v: 1, h: 6, p: [] });
        audit(run, 1, 1_402, { e: "boot", v: 1, h: 6, lastExec: 6, boot: 2 });
        audit(run, 1, 1_403, { e: "viewchange", v: 2, h: 6, p: [], boot: 2 });
      }),
      outcome: "valid",
    },
    {
      claim: "late, after one that started again in a view that it had entered has left it",
      run: changed((run) => {
        lateAfterOutage(run);
        audit(run, 1, 1_401, { e: "viewchange", v: 1, h: 6, p: [] });
        audit(run, 1, 1_402, { e: "newview", v: 1, from: [0, 1, 2], base: 6, selected: [] });
        audit(run, 1, 1_403, { e: "boot", v: 1, h: 6, lastExec: 6, boot: 2 });
        audit(run, 1, 1_404, { e: "viewchange", v: 2, h: 6, p: [], boot: 2 });
      }),
      outcome: "invalid",
    },
    {
      claim: "late while nothing was owed",
      run: changed((run) => {
        retimed(run, { at: 1_500, until: 1_980 });
        inject(run, { entry: "f+1", effects: down(2, 3), at: 1_400, until: 1_900 });
      }),
      outcome: "valid",
      judged: 8,
    },
    {
      claim: "the bound counts from the last disturbance",
      run: changed((run) => {
        retimed(run, { at: 1_500, until: 1_980 });
        inject(run, { entry: "crash", effects: down(3), at: 1_400, until: 1_700 });
      }),
      outcome: "valid",
    },
    {
      claim: "late after the budget was restored",
      run: changed((run) => {
        lateAfterOutage(run);
      }),
      outcome: "invalid",
      shows: /took 385 ms/,
    },
  ],
  blindness: {
    "completion.ts": [
      ["every operation is in time", "deadline > to || answer.time <= deadline", "true"],
      ["silence is fine", "deadline <= Math.min(to, givenUp)", "false"],
      ["giving up early is fine", "givenUp > to || askedNs < boundNs", "true"],
      [
        "giving up while it recovers is a miss",
        "givenUp > to || askedNs < boundNs",
        "givenUp > to",
      ],
      [
        "whom the end cuts off has given up",
        "if (givenUp - invoke.time < this.#patienceNs()) return null;",
        "",
      ],
      ["with a liar about giving up is a miss", " || this.#liesBefore(to)", ""],
      [
        "what nobody asked for was owed",
        "const askedNs = this.#askedNs({ from, to: givenUp });",
        "const askedNs = givenUp - from;",
      ],
      [
        "who asks again has not waited",
        "const deadline = Math.max(since, from) + boundNs;",
        "const deadline = sentIn + boundNs;",
      ],
      [
        "the bound counts from the invocation",
        "const sentIn = Math.max(invoke.time, from);",
        "const sentIn = invoke.time;",
      ],
    ],
    "waits.ts": [["an idle client waits on", "invoke.time - before.to <= this.#idleMaxNs", "true"]],
    "bounds.ts": [
      ["doubled time-outs are no part of the bound", "if (vain) doublings += 1;", ""],
      ["who starts again has nothing waited for", "vain = waits;", "vain = false;"],
      ["who starts again has waited", "vain = waits;", "vain = true;"],
    ],
    "../windows.ts": [
      ["a disturbance does not restart the bound", "time > from && time < to", "false"],
    ],
  },
};
