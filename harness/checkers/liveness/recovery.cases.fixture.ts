import type { FaultEffect } from "../../../faults/fault.ts";
import { type CheckerCases, changed, retimed, unanswered } from "../case.fixture.ts";
import { audit, BOB, down, historyOf, inject, quietRun } from "../run.fixture.ts";
import { recovery } from "./recovery.ts";

/** One way of one link; 20 ms are too much for it to count as timely. */
function delayed(latencyMs: number): readonly FaultEffect[] {
  return [
    { on: "network", from: "r1", to: "r3", condition: { kind: "delay", latencyMs, jitterMs: 0 } },
  ];
}

/** Its last answer comes at `until`, asked for at 1 200 ms; the time-outs had doubled once. */
function doubledOnceOfSeven(until: number): CheckerCases["cases"][number]["run"] {
  return changed((run) => {
    const { cluster } = run.plan;
    const parameters = { ...cluster.parameters, replicas: 7, faultsMax: 2 };
    run.plan.cluster = { ...cluster, parameters, tolerates: { byzantine: 2, crashed: 2 } };
    const [first = []] = run.audits.values();
    for (const replica of [4, 5, 6]) {
      const log = first.map((record) => ({ ...record, replica }));
      run.audits.set(replica, log);
    }
    retimed(run, { at: 1_200, until });
    for (const v of [1, 2]) audit(run, 1, 1_160 + v, { e: "viewchange", v, h: 6, p: [] });
    inject(run, { entry: "crash", effects: down(3), at: 1_180, until: 1_190 });
  });
}

/** One client gives up at 1 600 ms; another one asks at `at` and is answered at 1 900 ms. */
function askedAgain(at: number): CheckerCases["cases"][number]["run"] {
  return changed((run) => {
    unanswered(run, 1_600);
    const late = historyOf([
      { client: BOB, t: 5, f: "read", key: "b", value: "w", at, until: 1_900, n: 8 },
    ]);
    run.history = [...run.history, ...late.map((event) => ({ ...event, process: 9 }))];
  });
}

export const recoveryCases: CheckerCases = {
  checker: recovery,
  cases: [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 1 },
    {
      claim: "service stands still for longer than the bound",
      run: changed((run) => retimed(run, { at: 1_500, until: 1_850 })),
      outcome: "invalid",
      shows: /longest standstill 350 ms, bound 300 ms/,
    },
    {
      claim: "a client that gives up does not end the standstill",
      run: askedAgain(1_600),
      outcome: "invalid",
      shows: /longest standstill 400 ms/,
    },
    {
      claim: "when all have given up, the time until somebody asks again is none of it",
      run: askedAgain(1_650),
      outcome: "invalid",
      shows: /longest standstill 350 ms/,
    },
    {
      claim: "nobody asked for longer than the bound, and was served soon after",
      run: askedAgain(1_850),
      outcome: "valid",
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
      claim: "with f = 2 what has doubled counts for two bad primaries and the request",
      run: doubledOnceOfSeven(1_895),
      outcome: "valid",
    },
    {
      claim: "with f = 2 it counts no more often",
      run: doubledOnceOfSeven(1_905),
      outcome: "invalid",
      shows: /longest standstill 705 ms, bound 700 ms/,
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
  blindness: {
    "bounds.ts": [
      ["doubled time-outs are no part of the bound", "if (vain) doublings += 1;", ""],
      ["whatever f is, one primary is bad", "2 ** faultsMax", "2"],
      ["f primaries in a row are f + 1", "2 ** faultsMax", "2 ** (faultsMax + 1)"],
      ["time-outs may double without end", "time < until", "true"],
      ["every view change doubles", "if (vain) doublings += 1;", "doublings += 1;"],
    ],
    "disturbances.ts": [
      ["a timely delay restarts the bound", "!timely.has(line.entry) || ", "true || "],
      ["delays are timely together", "steps.has(line.time / 1e6)", "false"],
      ["every delay is timely", "< timelyMs(requestMs)", "< Number.POSITIVE_INFINITY"],
      ["what did not happen restarts the bound", "isAbsent(line.outcome)", "false"],
    ],
    "recovery.ts": [["any standstill is fine", "worst.ns <= worst.boundMs * 1e6", "true"]],
    "../windows.ts": [
      ["giving up ends a standstill", "if (isAnswer(event)) {", "if (true) {"],
      ["nobody need ask", " - unaskedNs(stall, start, until)", ""],
      ["what is owed does not matter", "({ livenessOwed }) => livenessOwed", "() => true"],
    ],
  },
};
