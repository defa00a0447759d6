import { FILES } from "../../observations/store.ts";
import { type CheckerCases, changed } from "../case.fixture.ts";
import { cutAfter } from "../cut-short.fixture.ts";
import { down, inject, lying, quietRun, type Run } from "../run.fixture.ts";
import { queueDrops } from "./queue-drops.ts";
import { dropped } from "./samples.fixture.ts";

/** Two polls, between which some were dropped. */
function drops(at = 1_900): (run: Run) => void {
  return (run) => {
    dropped(run, at - 200, 3);
    dropped(run, at, 5);
  };
}

function both(...changes: readonly ((run: Run) => void)[]): () => Run {
  return changed((run) => {
    for (const change of changes) change(run);
  });
}

function crashed(until: number): (run: Run) => void {
  return (run) => inject(run, { entry: "crash", effects: down(2), at: 1_100, until });
}

export const queueDropsCases: CheckerCases = {
  checker: queueDrops,
  cases: [
    { claim: "a run without polls", run: quietRun, outcome: "valid", judged: 0 },
    {
      claim: "no more than before",
      run: both((run) => {
        dropped(run, 1_700, 5);
        dropped(run, 1_900, 5);
      }),
      outcome: "valid",
      judged: 6,
    },
    {
      claim: "some in a calm",
      run: both(drops()),
      outcome: "invalid",
      shows: /r1 dropped 2 frames for r2 by 1900 ms/,
    },
    {
      claim: "some a bound after a fault",
      run: both(drops(), crashed(1_300)),
      outcome: "invalid",
      shows: /r1 dropped 2 frames/,
    },
    {
      claim: "some that an outage left",
      run: both(drops(1_500), crashed(1_300)),
      outcome: "valid",
    },
    { claim: "some for one who is down", run: both(drops(), crashed(1_990)), outcome: "valid" },
    {
      claim: "some for a liar",
      run: both(drops(), (run) =>
        inject(run, { entry: "lie", effects: lying(2), at: 100, until: 200 }),
      ),
      outcome: "valid",
    },
    {
      claim: "a replica that counts anew",
      run: both((run) => {
        dropped(run, 1_700, 5);
        dropped(run, 1_900, 0);
      }),
      outcome: "valid",
    },
    {
      claim: "a ledger that breaks off before",
      run: () => {
        const run = quietRun();
        drops()(run);
        return cutAfter(run, FILES.ledger, 1_300);
      },
      outcome: "valid",
    },
  ],
  blindness: {
    "queue-drops.ts": [
      ["any number may be dropped", "if (dropped <= known) continue;", "if (known >= 0) continue;"],
      ["who counts anew has dropped some", "dropped <= known", "dropped === known"],
    ],
    "../liveness/settled-links.ts": [
      ["what an outage left counts", "time >= from + allowedNs && ", ""],
    ],
    "../liveness/spans.ts": [
      ["who is down has to get all", "strikes.spare(replica, { from, to })", "replica >= 0"],
    ],
  },
};
