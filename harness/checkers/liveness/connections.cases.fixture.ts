import type { PeerCounters } from "../../../nodes/runtime/peer-counters.ts";
import { FILES } from "../../observations/store.ts";
import { type CheckerCases, changed } from "../case.fixture.ts";
import { cutAfter } from "../cut-short.fixture.ts";
import { down, inject, lying, MS, quietRun, type Run } from "../run.fixture.ts";
import { connections } from "./connections.ts";
import { COUNTERS } from "./peer-counters.fixture.ts";

const STATUS = { view: 0, active: true, lastExec: 7, stable: 6, rejected: {}, counters: {} };

/** Replica 1 tells so of its link to replica 2. */
function tells(run: Run, at: number, link: Partial<PeerCounters> = {}): void {
  const peers = { r0: COUNTERS, r2: { ...COUNTERS, ...link }, r3: COUNTERS };
  run.samples.push({ time: at * MS, replica: 1, up: true, status: STATUS, peers });
}

/** Two polls, the link as it is at the second. */
function then(link: Partial<PeerCounters>, at = 1_900): (run: Run) => void {
  return (run) => {
    tells(run, 1_000);
    tells(run, at, link);
  };
}

function both(...changes: readonly ((run: Run) => void)[]): () => Run {
  return changed((run) => {
    for (const change of changes) change(run);
  });
}

const LOST = { connected: false };

function crashed(replica: number, until: number): (run: Run) => void {
  return (run) => inject(run, { entry: "crash", effects: down(replica), at: 1_100, until });
}

export const connectionsCases: CheckerCases = {
  checker: connections,
  cases: [
    { claim: "a run without polls", run: quietRun, outcome: "valid", judged: 0 },
    { claim: "all are connected", run: both(then({})), outcome: "valid", judged: 6 },
    {
      claim: "one is not",
      run: both(then(LOST)),
      outcome: "invalid",
      shows: /r1 was not connected to r2 at 1900 ms/,
    },
    {
      claim: "one had to connect again",
      run: both(then({ connects: 2 })),
      outcome: "invalid",
      shows: /r1 had to connect again to r2 at 1900 ms/,
    },
    {
      claim: "one is not back a bound after a fault",
      run: both(then(LOST), crashed(2, 1_300)),
      outcome: "invalid",
      shows: /r1 was not connected to r2/,
    },
    {
      claim: "one had to connect again because of a fault",
      run: both(then({ connects: 2 }), crashed(2, 1_300)),
      outcome: "valid",
    },
    { claim: "its peer is still down", run: both(then(LOST), crashed(2, 1_990)), outcome: "valid" },
    {
      claim: "the bound is not over yet",
      run: both(then(LOST, 1_500), crashed(2, 1_300)),
      outcome: "valid",
    },
    {
      claim: "its peer is a liar",
      run: both(then(LOST), (run) =>
        inject(run, { entry: "lie", effects: lying(2), at: 100, until: 200 }),
      ),
      outcome: "valid",
    },
    {
      claim: "a ledger that breaks off before",
      run: () => {
        const run = quietRun();
        then(LOST)(run);
        return cutAfter(run, FILES.ledger, 1_300);
      },
      outcome: "valid",
    },
  ],
  blindness: {
    "connections.ts": [
      [
        "whether it is connected does not matter",
        "const isLost = !connected || ",
        "const isLost = ",
      ],
      ["it may connect as often as it likes", "connects > before", "false"],
    ],
    "settled-links.ts": [["it has to be connected at once", "time >= from + allowedNs && ", ""]],
    "spans.ts": [
      ["who is down has to be connected", "strikes.spare(replica, { from, to })", "replica >= 0"],
    ],
  },
};
