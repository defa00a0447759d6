/** For each liveness checker: a valid run, and planted misses. */
import type { FaultEffect } from "../../faults/fault.ts";
import type { HistoryEvent } from "../observations/observations.ts";
import { type Case, changed } from "./case.fixture.ts";
import {
  audit,
  BOB,
  digests,
  down,
  historyOf,
  inject,
  lying,
  MS,
  OPERATIONS,
  quietRun,
  type Run,
} from "./run.fixture.ts";

function retimed(run: Run, last: { readonly at?: number; readonly until: number }): void {
  run.history = historyOf(
    OPERATIONS.map((operation) =>
      operation.n === 7
        ? { ...operation, at: last.at ?? operation.at, until: last.until }
        : operation,
    ),
  );
}

/** The last operation is never answered: no event, or the client gives up at `at`. */
function unanswered(run: Run, givenUpAt: number | null): void {
  run.history = run.history.flatMap((event): readonly HistoryEvent[] => {
    if (event.client !== BOB || event.t !== 4 || event.type === "invoke") return [event];
    return givenUpAt === null ? [] : [{ ...event, type: "info", time: givenUpAt * MS }];
  });
}

/** One way of one link; 20 ms are too much for it to count as timely. */
function delayed(latencyMs: number): readonly FaultEffect[] {
  return [
    { on: "network", from: "r1", to: "r3", condition: { kind: "delay", latencyMs, jitterMs: 0 } },
  ];
}

function expecting(run: Run, expect: Partial<Run["plan"]["expect"]>): void {
  run.plan.expect = { ...run.plan.expect, ...expect };
}

function withoutConvergence(run: Run): void {
  run.ledger = run.ledger.filter(({ kind }) => kind !== "converged");
}

/** With a reason of its own, at a time when no fault was active. */
function died(run: Run, replica: number): void {
  const why = `r${replica} ended by itself with exit code 70`;
  run.ledger = [...run.ledger, { time: 1_600 * MS, kind: "died", replica, why }];
}

export const livenessCases: Readonly<Record<string, readonly Case[]>> = {
  uptime: [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 4 },
    {
      claim: "a replica ends by itself",
      run: changed((run) => died(run, 2)),
      outcome: "invalid",
      shows: /r2 ended by itself with exit code 70/,
    },
    {
      claim: "a liar may end as it likes",
      run: changed((run) => {
        inject(run, { entry: "lie", effects: lying(2), at: 60, until: 1_900 });
        died(run, 2);
      }),
      outcome: "valid",
      judged: 3,
    },
  ],
  convergence: [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 4 },
    {
      claim: "one good replica does not answer",
      run: changed((run) => {
        const { r3: _, ...others } = digests("same");
        run.ledger = run.ledger.map((line) =>
          line.kind === "converged" ? { ...line, digests: others } : line,
        );
      }),
      outcome: "invalid",
      shows: /r3 did not answer/,
    },
    {
      claim: "states differ",
      run: changed((run) => {
        run.ledger = run.ledger.map((line) =>
          line.kind === "converged"
            ? { ...line, digests: { ...digests("same"), r1: "other" } }
            : line,
        );
      }),
      outcome: "invalid",
      shows: /2 different states/,
    },
    {
      claim: "never converged",
      run: changed((run) => {
        withoutConvergence(run);
        const status = {
          view: 3,
          active: false,
          lastExec: 5,
          stable: 4,
          rejected: {},
          counters: {},
        };
        run.samples = [{ time: 1_900 * MS, replica: 2, up: true, status }];
      }),
      outcome: "invalid",
      shows: /not converged .*r2 view 3 \(changing view\), executed 5/,
    },
    {
      claim: "two of four have left the view at the end",
      run: changed((run) => {
        for (const r of [2, 3]) audit(run, r, 1_300, { e: "viewchange", v: 1, h: 6, p: [] });
      }),
      outcome: "invalid",
      shows: /no view to work in at the end: r0 in view 0, .*, r3 changing to view 1/,
    },
    {
      claim: "two of four say that they have left the view",
      run: changed((run) => {
        const common = { lastExec: 6, stable: 6, rejected: {}, counters: {} };
        run.samples = [2, 3].map((replica) => {
          const status = { ...common, view: 1, active: false };
          return { time: 1_900 * MS, replica, up: true, status };
        });
      }),
      outcome: "invalid",
      shows: /r2 changing to view 1, r3 changing to view 1/,
    },
    {
      claim: "one of four is a view ahead",
      run: changed((run) => audit(run, 3, 1_300, { e: "viewchange", v: 1, h: 6, p: [] })),
      outcome: "valid",
    },
    {
      claim: "two of four had left the view and are in the next",
      run: changed((run) => {
        for (const r of [2, 3]) audit(run, r, 1_250, { e: "viewchange", v: 1, h: 6, p: [] });
        const entered = { e: "newview", v: 1, from: [1, 2, 3], base: 6, selected: [] } as const;
        for (const r of [1, 2, 3]) audit(run, r, 1_300, entered);
      }),
      outcome: "valid",
    },
    {
      claim: "not owed while too many are down",
      run: changed((run) => {
        withoutConvergence(run);
        inject(run, {
          entry: "f+1",
          effects: down(2, 3),
          at: 900,
          until: Number.POSITIVE_INFINITY,
        });
      }),
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "a replica that is still held down need not answer",
      run: changed((run) => {
        inject(run, { entry: "crash", effects: down(3), at: 900, until: Number.POSITIVE_INFINITY });
        const { r3: _, ...others } = digests("same");
        run.ledger = run.ledger.map((line) =>
          line.kind === "converged" ? { ...line, digests: others } : line,
        );
      }),
      outcome: "valid",
      judged: 3,
    },
  ],
  "L-1": [
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
      run: changed((run) => unanswered(run, 1_700)),
      outcome: "invalid",
      shows: /read\) was given up when progress had been owed for 1700 ms; the bound is 300 ms/,
    },
    {
      claim: "given up while the cluster may still be recovering",
      run: changed((run) => {
        unanswered(run, 1_650);
        inject(run, { entry: "crash", effects: down(0), at: 1_450, until: 1_900 });
      }),
      outcome: "valid",
    },
    {
      claim: "given up early, with a liar that may have struck at that moment",
      run: changed((run) => {
        unanswered(run, 1_700);
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
        retimed(run, { at: 1_400, until: 1_990 });
        inject(run, { entry: "f+1", effects: down(2, 3), at: 1_390, until: 1_600 });
        for (const v of [1, 2]) audit(run, 1, 1_400 + v, { e: "viewchange", v, h: 6, p: [] });
      }),
      outcome: "valid",
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
        retimed(run, { at: 1_400, until: 1_990 });
        inject(run, { entry: "f+1", effects: down(2, 3), at: 1_390, until: 1_600 });
      }),
      outcome: "invalid",
      shows: /took 385 ms/,
    },
  ],
  "L-2": [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 1 },
    {
      claim: "service stands still for longer than the bound",
      run: changed((run) => retimed(run, { at: 1_500, until: 1_850 })),
      outcome: "invalid",
      shows: /longest standstill 350 ms, bound 300 ms/,
    },
    {
      claim: "a client that gives up does not end the standstill",
      run: changed((run) => {
        unanswered(run, 1_600);
        const late = historyOf([
          { client: BOB, t: 5, f: "read", key: "b", value: "w", at: 1_650, until: 1_900, n: 8 },
        ]);
        run.history = [...run.history, ...late.map((event) => ({ ...event, process: 9 }))];
      }),
      outcome: "invalid",
      shows: /longest standstill 400 ms/,
    },
    {
      claim: "standing still while nothing is owed",
      run: changed((run) => {
        retimed(run, { at: 1_500, until: 1_980 });
        inject(run, { entry: "f+1", effects: down(2, 3), at: 1_400, until: 1_900 });
      }),
      outcome: "valid",
      judged: 2,
    },
    {
      claim: "time-outs that double while progress is owed are no excuse",
      run: changed((run) => {
        retimed(run, { at: 1_500, until: 1_850 });
        for (const v of [1, 2, 3]) audit(run, 1, 1_600 + v, { e: "viewchange", v, h: 6, p: [] });
      }),
      outcome: "invalid",
      shows: /longest standstill 350 ms, bound 300 ms/,
    },
    {
      claim: "time-outs that doubled before it are part of the bound",
      run: changed((run) => {
        retimed(run, { at: 1_500, until: 1_850 });
        for (const v of [1, 2]) audit(run, 1, 1_300 + v, { e: "viewchange", v, h: 6, p: [] });
        inject(run, { entry: "crash", effects: down(3), at: 1_350, until: 1_400 });
      }),
      outcome: "valid",
    },
    {
      claim: "view changes after which something was executed double nothing",
      run: changed((run) => {
        retimed(run, { at: 1_500, until: 1_850 });
        audit(run, 1, 700, { e: "viewchange", v: 1, h: 4, p: [] });
        audit(run, 1, 1_200, { e: "viewchange", v: 2, h: 6, p: [] });
        inject(run, { entry: "crash", effects: down(3), at: 1_350, until: 1_400 });
      }),
      outcome: "invalid",
      shows: /longest standstill 350 ms, bound 300 ms/,
    },
    {
      claim: "a delay that leaves its link timely does not restart the bound",
      run: changed((run) => {
        retimed(run, { at: 1_500, until: 1_850 });
        inject(run, { entry: "slow", effects: delayed(15), at: 1_600, until: 1_700 });
      }),
      outcome: "invalid",
      shows: /longest standstill 350 ms, bound 300 ms/,
    },
    {
      claim: "a delay that is as good as a cut restarts it, though no more are away",
      run: changed((run) => {
        retimed(run, { at: 1_500, until: 1_850 });
        inject(run, { entry: "crash", effects: down(3), at: 1_300, until: 1_990 });
        inject(run, { entry: "slow", effects: delayed(20), at: 1_600, until: 1_700 });
      }),
      outcome: "valid",
    },
    {
      claim: "two delays that together are as good as a cut restart it",
      run: changed((run) => {
        retimed(run, { at: 1_500, until: 1_850 });
        inject(run, { entry: "slow", effects: delayed(15), at: 1_300, until: 1_700 });
        inject(run, { entry: "slower", effects: delayed(15), at: 1_600, until: 1_710 });
      }),
      outcome: "valid",
    },
    {
      claim: "a fault that did not happen does not restart the bound",
      run: changed((run) => {
        retimed(run, { at: 1_500, until: 1_850 });
        inject(run, {
          entry: "crash",
          effects: down(3),
          at: 1_600,
          until: 1_700,
          outcome: "prevented",
        });
      }),
      outcome: "invalid",
      shows: /longest standstill 350 ms, bound 300 ms/,
    },
    {
      claim: "not resumed within the bound after the heal",
      run: changed((run) => {
        retimed(run, { at: 1_400, until: 1_990 });
        inject(run, { entry: "f+1", effects: down(2, 3), at: 1_390, until: 1_600 });
      }),
      outcome: "invalid",
      shows: /longest standstill 385 ms/,
    },
  ],
  "L-7": [
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
  ],
  expectations: [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 8 },
    {
      claim: "too few operations",
      run: changed((run) => expecting(run, { minOperations: 9 })),
      outcome: "unknown",
      shows: /only 8 of 9 operations/,
    },
    {
      claim: "the final reads do not count",
      run: changed((run) => {
        expecting(run, { minOperations: 8 });
        run.history = run.history.map((event) =>
          event.client === BOB && event.t === 4 ? { ...event, final: true } : event,
        );
      }),
      outcome: "unknown",
      shows: /only 7 of 8 operations/,
    },
    {
      claim: "operations outside the budget do not count",
      run: changed((run) => {
        expecting(run, { minOperations: 8 });
        inject(run, { entry: "f+1", effects: down(2, 3), at: 1_120, until: 1_200 });
      }),
      outcome: "unknown",
      shows: /only 7 of 8 operations/,
    },
    {
      claim: "a long window in which nothing completed",
      run: changed((run) => {
        unanswered(run, null);
        inject(run, { entry: "f+1", effects: down(2, 3), at: 1_300, until: 1_450 });
      }),
      outcome: "unknown",
      shows: /nothing completed between 1455 and 2000 ms/,
    },
    {
      claim: "the view never changed where it should",
      run: changed((run) => expecting(run, { viewChanges: { min: 1, max: null } })),
      outcome: "unknown",
      shows: /0 view changes, at least 1/,
    },
    {
      claim: "the view changed where it should not",
      run: changed((run) => {
        expecting(run, { viewChanges: { min: 0, max: 0 } });
        audit(run, 2, 700, { e: "newview", v: 1, from: [1, 2, 3], base: 4, selected: [] });
      }),
      outcome: "invalid",
      shows: /1 view changes, at most 0/,
    },
    {
      claim: "recovered later than recoverWithin",
      run: changed((run) => {
        expecting(run, { recoverWithinMs: 200 });
        retimed(run, { at: 1_500, until: 1_950 });
        inject(run, { entry: "crash", effects: down(0), at: 1_490, until: 1_700 });
      }),
      outcome: "invalid",
      shows: /recovered 245 ms after the last heal, waited for 245 ms, recoverWithin is 200 ms/,
    },
    {
      claim: "nobody asked until long after the last heal",
      run: changed((run) => {
        expecting(run, { recoverWithinMs: 200 });
        inject(run, { entry: "crash", effects: down(0), at: 1_150, until: 1_200 });
      }),
      outcome: "valid",
    },
    {
      claim: "an outage before the last heal is not recovery",
      run: changed((run) => {
        expecting(run, { recoverWithinMs: 400 });
        retimed(run, { at: 1_500, until: 1_950 });
        inject(run, { entry: "crash", effects: down(0), at: 1_490, until: 1_700 });
      }),
      outcome: "valid",
    },
    {
      claim: "never recovered",
      run: changed((run) => {
        expecting(run, { recoverWithinMs: 400 });
        unanswered(run, null);
        inject(run, { entry: "crash", effects: down(0), at: 1_490, until: 1_550 });
      }),
      outcome: "invalid",
      shows: /nobody was answered within 445 ms after the last heal/,
    },
  ],
};
