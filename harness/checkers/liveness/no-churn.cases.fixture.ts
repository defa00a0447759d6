import type { AttestationOutcome } from "../../../faults/fault.ts";
import type { WireParameters } from "../../plan/simulation.ts";
import { type CheckerCases, changed, executedAt } from "../case.fixture.ts";
import {
  audit,
  digests,
  down,
  inject,
  lying,
  MS,
  quietRun,
  type Run,
  rewrite,
} from "../run.fixture.ts";
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

/** One view is left, and r0 leads view 0 and lies. */
function liesAtRest(run: Run): void {
  atRest(run, 1);
  inject(run, { entry: "lie", effects: lying(0), at: 100, until: 1_400 });
}

/** A simulated wire, and another one once the faults phase is over; a fifth of the timer is 20 ms. */
function wired(run: Run, network: Partial<WireParameters>, calm?: Partial<WireParameters>): void {
  const rest = { duplication: 0, reordering: 0, reconnectMaxMs: 10, queueMax: 1_000 };
  const wire = { delayMinMs: 1, delayMaxMs: 19, loss: 0, ...rest };
  const later = calm === undefined ? {} : { calm: { ...wire, ...calm } };
  const disk = { fsyncMinMs: 0.1, fsyncMaxMs: 0.25 };
  run.driver = "simulation";
  run.plan.simulation = { network: { ...wire, ...network }, ...later, disk, paddingBytes: 0 };
}

/** Somebody leaves the view at that time. */
function leaves(run: Run, at: number): void {
  audit(run, 2, at, { e: "viewchange", v: 1, h: 4, p: [] });
}

/** Nothing was done to it, for that reason. */
function spared(run: Run, outcome: AttestationOutcome): void {
  inject(run, { entry: "no", effects: down(0), at: 600, until: 900, outcome });
}

/** The client of the first operation has given it up. */
function givesUp(run: Run): void {
  const [first] = run.history.filter(({ type }) => type === "ok");
  run.history = run.history.map((event) => (event === first ? { ...event, type: "info" } : event));
}

/** And no log tells of it: those of an older state begin behind it. */
function neverExecuted(run: Run): void {
  for (const [replica, records] of run.audits) {
    const known = records.filter((record) => record.e !== "executed" || record.n > 1);
    run.audits.set(replica, known);
  }
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
      claim: "a view is left at rest on a wire that takes a fifth of the request timer",
      run: changed((run) => {
        wired(run, {}, { delayMaxMs: 20 });
        inject(run, { entry: "crash", effects: down(0), at: 600, until: 900 });
        atRest(run, 1);
      }),
      outcome: "not-applicable",
    },
    {
      claim: "a view is left at rest on a wire that was slow before alone",
      run: changed((run) => {
        wired(run, { delayMaxMs: 20 }, {});
        atRest(run, 1);
      }),
      outcome: "invalid",
      shows: /the idle cluster left 1 view that had held/,
    },
    {
      claim: "at rest one is left for a request that was given up, and that nobody executed",
      run: changed((run) => {
        atRest(run, 1);
        givesUp(run);
        neverExecuted(run);
      }),
      outcome: "valid",
      judged: 1,
    },
    {
      claim: "at rest one is left for a request that was given up, which the next view executes",
      run: changed((run) => {
        atRest(run, 1);
        givesUp(run);
        for (const replica of run.audits.keys()) {
          rewrite(
            run,
            replica,
            executedAt(1, (record) => ({ ...record, time: 1_300 * MS })),
          );
        }
      }),
      outcome: "valid",
      judged: 1,
    },
    {
      claim: "at rest one is left, and what was given up everybody had executed under load",
      run: changed((run) => {
        atRest(run, 1);
        givesUp(run);
      }),
      outcome: "invalid",
      shows: /and 0 requests could wait/,
    },
    {
      claim: "at rest one is left on a wire that has lost frames",
      run: changed((run) => {
        atRest(run, 1);
        wired(run, { loss: 0.1 }, {});
      }),
      outcome: "not-applicable",
      shows: /the run had faults/,
    },
    {
      claim: "somebody leaves the view on a timely wire",
      run: changed((run) => {
        wired(run, {});
        leaves(run, 700);
      }),
      outcome: "invalid",
      shows: /r2: viewchange to view 1/,
    },
    {
      claim: "somebody leaves the view on a wire that takes a fifth of the timer",
      run: changed((run) => {
        wired(run, { delayMaxMs: 20 });
        leaves(run, 700);
      }),
      outcome: "not-applicable",
      shows: /its wire loses frames, or takes a fifth of the request timer/,
      judged: 0,
    },
    {
      claim: "somebody leaves the view on a wire that loses frames",
      run: changed((run) => {
        wired(run, { loss: 0.01 });
        leaves(run, 700);
      }),
      outcome: "not-applicable",
      shows: /its wire loses frames/,
    },
    {
      claim: "somebody leaves the view in a run that began between two",
      run: changed((run) => {
        wired(run, {});
        const { simulation } = run.plan;
        if (simulation !== undefined) run.plan.simulation = { ...simulation, view: 7 };
        leaves(run, 700);
      }),
      outcome: "not-applicable",
      shows: /it began in the middle of a view change/,
    },
    {
      claim: "somebody leaves the view in the steady end, and the wire was slow before it alone",
      run: changed((run) => {
        steady(run);
        wired(run, { delayMaxMs: 90 }, {});
        leaves(run, 1_700);
      }),
      outcome: "invalid",
      shows: /r2: viewchange to view 1/,
    },
    {
      claim: "somebody leaves the view in the steady end, on a wire that is slow then",
      run: changed((run) => {
        steady(run);
        wired(run, {}, { delayMaxMs: 90 });
        leaves(run, 1_700);
      }),
      outcome: "not-applicable",
    },
    ...(["skipped", "prevented"] as const).map((outcome) => ({
      claim: `somebody leaves the view in a run whose only fault was ${outcome}`,
      run: changed((run) => {
        spared(run, outcome);
        leaves(run, 700);
      }),
      outcome: "invalid" as const,
      shows: /r2: viewchange to view 1/,
    })),
    {
      claim: "somebody leaves the view in a run whose only fault says nothing to its protocol",
      run: changed((run) => {
        spared(run, "skipped");
        run.ledger = run.ledger.filter((line) => !("entry" in line));
        run.plan.entries = run.plan.entries.map((entry) => {
          return { ...entry, notApplicable: "there are no such messages" };
        });
        leaves(run, 700);
      }),
      outcome: "invalid",
      shows: /r2: viewchange to view 1/,
    },
    {
      claim: "on the way to its rest a liar's view is left",
      run: changed((run) => {
        liesAtRest(run);
        leaves(run, 1_300);
      }),
      outcome: "valid",
      judged: 1,
    },
    {
      claim: "a liar's view was left under load, and another one at its rest",
      run: changed((run) => {
        liesAtRest(run);
        leaves(run, 1_100);
      }),
      outcome: "invalid",
      shows: /left 1 view/,
    },
    {
      claim: "at its rest a view is left that is no liar's",
      run: changed((run) => {
        atRest(run, 1);
        leaves(run, 1_300);
      }),
      outcome: "invalid",
      shows: /left 1 view/,
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
      ["whoever led, a view that was left counts", " + leftToLiars(input, time)", ""],
      [
        "all views that were left are liars'",
        "!good.has(subject.leaderOf(view) ?? -1)",
        "view >= 0",
      ],
      ["whenever it was left", "line.time >= from && line.time <= until", "line.time <= until"],
      ["no rest is looked at", "last?.viewsLeft === undefined", "true"],
      ["nobody may have given up", 'type === "info" && ', "false && "],
      ["what was executed may wait", "!executed.has(`${client} ${t}`)", "true"],
      ["what the next view executes did not wait", " && line.time < until", ""],
      ["a lossy wire comes to rest as well", "some(({ loss }) => loss > 0)", "some(() => false)"],
      [
        "a slow wire comes to rest as well",
        "!isTimely(wires.at(-1), ",
        "false && !isTimely(wires.at(-1), ",
      ],
      ["a wire that was slow is so at rest", "wires.at(-1)", "wires.at(0)"],
      ["any wire is in time", "wire.loss === 0 && wire.delayMaxMs < timelyMs(requestMs)", "true"],
      ["a wire may lose frames", "wire.loss === 0 && ", ""],
      ["a slow wire is slow for ever", "!isTimely(last, requestMs)", "!isTimely(first, requestMs)"],
      ["what was skipped is a fault", "isAbsent(line.outcome)", "false"],
      ["what says nothing is a fault", "why === undefined", "true"],
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
      ["faults are no excuse", " || isTroubled(input)", ""],
      ["the steady end is not looked at", "plan.ending?.steadyMs === undefined", "true"],
      ["what was before it counts", "time >= calm.from && time <= calm.to", "true"],
      ["nobody has given a view up", " && views[0] !== null", ""],
    ],
  },
};
