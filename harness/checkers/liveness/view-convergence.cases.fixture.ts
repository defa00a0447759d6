import { FILES } from "../../observations/store.ts";
import { type CheckerCases, changed, TRUSTS_WHAT_IS_LEFT, viewChanged } from "../case.fixture.ts";
import { cutAfter } from "../cut-short.fixture.ts";
import { audit, down, inject, lying, MS, quietRun, type Run, rewrite } from "../run.fixture.ts";
import { viewConvergence } from "./view-convergence.ts";

const FOR_EVER = Number.POSITIVE_INFINITY;

/** The others enter view 1 at 1 210 ms, and replica 3 is owed it within 300 ms: it comes at `ms`. */
function entering(ms: number): (run: Run) => void {
  return (run) => {
    viewChanged(run);
    rewrite(run, 3, (record) => {
      if (record.e !== "newview") return record;
      return ms === FOR_EVER ? undefined : { ...record, time: ms * MS };
    });
  };
}

function both(...changes: readonly ((run: Run) => void)[]): () => Run {
  return changed((run) => {
    for (const change of changes) change(run);
  });
}

export const viewConvergenceCases: CheckerCases = {
  checker: viewConvergence,
  cases: [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 8 },
    { claim: "a view change", run: changed(viewChanged), outcome: "valid" },
    {
      claim: "one waits for a view in which the others work",
      run: changed(entering(FOR_EVER)),
      outcome: "invalid",
      shows: /r3 waited for view 1 and stayed behind view 1 for 300 ms and more, from 1210 ms on/,
    },
    {
      claim: "one never leaves the view that the others have left",
      run: both(entering(FOR_EVER), (run) =>
        rewrite(run, 3, (record) => (record.e === "viewchange" ? undefined : record)),
      ),
      outcome: "invalid",
      shows: /r3 was in view 0 and stayed behind view 1/,
    },
    { claim: "it follows in time", run: changed(entering(1_500)), outcome: "valid" },
    {
      claim: "it follows too late",
      run: changed(entering(1_520)),
      outcome: "invalid",
      shows: /r3 waited for view 1/,
    },
    {
      claim: "one has given the view up",
      run: both(entering(FOR_EVER), (run) =>
        audit(run, 3, 1_205, { e: "viewchange", v: 2, h: 6, p: [] }),
      ),
      outcome: "valid",
    },
    {
      claim: "there is no view in which the others work",
      run: both(entering(FOR_EVER), (run) => {
        for (const replica of [1, 2]) {
          audit(run, replica, 1_300, { e: "viewchange", v: 2, h: 6, p: [] });
        }
      }),
      outcome: "valid",
    },
    {
      claim: "it is cut off all the time",
      run: both(entering(FOR_EVER), (run) =>
        inject(run, { entry: "crash", effects: down(3), at: 1_100, until: FOR_EVER }),
      ),
      outcome: "valid",
    },
    {
      claim: "a liar stays behind",
      run: both(entering(FOR_EVER), (run) =>
        inject(run, { entry: "lie", effects: lying(3), at: 10, until: 20 }),
      ),
      outcome: "valid",
    },
    {
      claim: "the log of one that has given the view up ends before",
      run: changed((run) => {
        for (const replica of run.audits.keys()) {
          rewrite(run, replica, (record) => (record.time > 600 * MS ? undefined : record));
        }
        for (const replica of [0, 1, 2]) {
          audit(run, replica, 1_210, { e: "viewchange", v: 1, h: 4, p: [] });
          const from = [0, 1, 2];
          audit(run, replica, 1_220, { e: "newview", v: 1, from, base: 4, selected: [] });
        }
        audit(run, 1, 1_300, { e: "viewchange", v: 2, h: 4, p: [] });
        run.ledger = run.ledger.filter(({ kind }) => kind !== "converged");
        Object.assign(run, cutAfter(run, FILES.audit(1), 1_250));
      }),
      outcome: "unknown",
      shows: /stayed behind view 1.*, but .*r1.jsonl is complete only until/,
    },
    {
      claim: "its log ends before",
      run: both(entering(FOR_EVER), (run) => {
        Object.assign(run, cutAfter(run, FILES.audit(3), 1_205));
      }),
      outcome: "unknown",
      shows: /r3 waited for view 1.*, but .*r3.jsonl is complete only until/,
    },
  ],
  blindness: {
    "view-convergence.ts": [
      ["who has not left the old view is not behind", "own.view < this.#live || ", ""],
      ["who has not entered it is not behind", " || (own.view === this.#live && !own.active)", ""],
      ["who is ahead is behind", "own.view < this.#live", "own.view !== this.#live"],
    ],
    "../proof.ts": TRUSTS_WHAT_IS_LEFT,
  },
};
