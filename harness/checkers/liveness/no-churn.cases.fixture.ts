import { type CheckerCases, changed } from "../case.fixture.ts";
import { audit, digests, down, inject, MS, quietRun, type Run } from "../run.fixture.ts";
import { noChurn } from "./no-churn.ts";

/** From 1600 ms to 1900 ms under load again. */
function steady(run: Run): void {
  inject(run, { entry: "crash", effects: down(0), at: 600, until: 900 });
  run.plan = { ...run.plan, ending: { steadyMs: 300 } };
  const converged = { kind: "converged", lastExec: 6, digests: digests("same") } as const;
  const load = [true, false].map((on, index) => {
    return { time: (1_600 + 300 * index) * MS, kind: "load", on } as const;
  });
  const end = run.ledger.filter(({ kind }) => kind !== "converged");
  run.ledger = [...end, { time: 1_550 * MS, ...converged }, ...load].toSorted(
    (a, b) => a.time - b.time,
  );
}

/** At rest from 1550 ms on, after so many views that did not last. */
function atRest(run: Run, viewsLeft: number): void {
  inject(run, { entry: "crash", effects: down(0), at: 600, until: 900 });
  const end = run.ledger.filter(({ kind }) => kind !== "converged");
  const converged = {
    kind: "converged",
    lastExec: 6,
    digests: digests("same"),
    viewsLeft,
  } as const;
  run.ledger = [...end, { time: 1_550 * MS, ...converged }].toSorted((a, b) => a.time - b.time);
}

export const noChurnCases: CheckerCases = {
  checker: noChurn,
  cases: [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 4 },
    {
      claim: "somebody wants another view",
      run: changed((run) => audit(run, 2, 700, { e: "viewchange", v: 1, h: 4, p: [] })),
      outcome: "invalid",
      shows: /r2: viewchange to view 1/,
    },
    {
      claim: "a new view is entered",
      run: changed((run) =>
        audit(run, 2, 700, { e: "newview", v: 1, from: [1, 2, 3], base: 4, selected: [] }),
      ),
      outcome: "invalid",
      shows: /r2: newview to view 1/,
    },
    {
      claim: "with faults it may",
      run: changed((run) => {
        inject(run, { entry: "crash", effects: down(0), at: 600, until: 900 });
        audit(run, 2, 700, { e: "viewchange", v: 1, h: 4, p: [] });
      }),
      outcome: "not-applicable",
      shows: /the run had faults/,
      judged: 0,
    },
    {
      claim: "in the steady end of a run with faults nobody wants another view",
      run: changed(steady),
      outcome: "valid",
      judged: 4,
    },
    {
      claim: "in the steady end somebody does",
      run: changed((run) => {
        steady(run);
        audit(run, 2, 1_700, { e: "viewchange", v: 1, h: 4, p: [] });
      }),
      outcome: "invalid",
      shows: /r2: viewchange to view 1/,
    },
    {
      claim: "before the steady end somebody may",
      run: changed((run) => {
        steady(run);
        for (const replica of [0, 1, 2, 3]) {
          audit(run, replica, 700, { e: "newview", v: 1, from: [1, 2, 3], base: 4, selected: [] });
        }
      }),
      outcome: "valid",
      judged: 4,
    },
    {
      claim: "a view that all had given up may be left in the steady end",
      run: changed((run) => {
        steady(run);
        for (const replica of [0, 1, 2, 3]) {
          audit(run, replica, 1_500, { e: "viewchange", v: 1, h: 4, p: [] });
        }
        audit(run, 2, 1_700, { e: "newview", v: 1, from: [1, 2, 3], base: 4, selected: [] });
      }),
      outcome: "not-applicable",
      shows: /the run had faults/,
      judged: 0,
    },
    {
      claim: "at rest no view is left",
      run: changed((run) => atRest(run, 0)),
      outcome: "valid",
      judged: 1,
    },
    {
      claim: "at rest one is left, and nobody has given up",
      run: changed((run) => atRest(run, 1)),
      outcome: "invalid",
      shows: /the idle cluster left 1 view that had held, and 0 requests could wait/,
    },
    {
      claim: "at rest one is left for a request that was given up",
      run: changed((run) => {
        atRest(run, 1);
        const [first] = run.history.filter(({ type }) => type === "ok");
        run.history = run.history.map((event) =>
          event === first ? { ...event, type: "info" } : event,
        );
      }),
      outcome: "valid",
      judged: 1,
    },
    {
      claim: "at rest one is left after a bad client was there",
      run: changed((run) => {
        atRest(run, 1);
        run.ledger = run.ledger.map((line) =>
          line.kind === "intent" ? { ...line, fault: "bad-client" } : line,
        );
      }),
      outcome: "not-applicable",
      shows: /the run had faults/,
      judged: 0,
    },
  ],
  blindness: {
    "no-churn.ts": [
      ["no rest is looked at", "last?.viewsLeft === undefined", "true"],
      ["nobody may have given up", 'type === "info"', "false"],
      ["bad clients are no excuse", "line.fault === BAD_CLIENT", "false"],
      [
        "wanting another view is fine",
        'record.e === "viewchange" || record.e === "newview"',
        'record.e === "newview"',
      ],
      [
        "entering one is fine",
        'record.e === "viewchange" || record.e === "newview"',
        'record.e === "viewchange"',
      ],
      ["faults are no excuse", "plan.entries.length > 0 || ", "false && "],
      ["the steady end is not looked at", "plan.ending?.steadyMs === undefined", "true"],
      ["what was before it counts", "time >= calm.from && time <= calm.to", "true"],
      ["nobody has given a view up", " && views[0] !== null", ""],
    ],
  },
};
