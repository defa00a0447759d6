import { FILES } from "../../observations/store.ts";
import { type CheckerCases, changed, TRUSTS_WHAT_IS_LEFT } from "../case.fixture.ts";
import { cutAfter } from "../cut-short.fixture.ts";
import { audit, down, inject, lying, MS, quietRun, type Run, rewrite } from "../run.fixture.ts";
import { lag } from "./lag.ts";

const FOR_EVER = Number.POSITIVE_INFINITY;

/**
 * Four numbers are more than a window and K. The others execute the fourth at 423 ms, and are owed
 * 600 ms: replica 3 executes nothing before `ms`.
 */
function lagging(ms: number): (run: Run) => void {
  return (run) => {
    const { cluster } = run.plan;
    const parameters = { ...cluster.parameters, window: 2, checkpointInterval: 1 };
    run.plan = { ...run.plan, cluster: { ...cluster, parameters } };
    rewrite(run, 3, (record) => {
      if (record.e !== "executed") return record;
      if (ms === FOR_EVER) return undefined;
      return record.time < ms * MS ? { ...record, time: ms * MS } : record;
    });
  };
}

function both(...changes: readonly ((run: Run) => void)[]): () => Run {
  return changed((run) => {
    for (const change of changes) change(run);
  });
}

const crashed =
  (at: number, until: number) =>
  (run: Run): void =>
    inject(run, { entry: `crash-${at}`, effects: down(3), at, until });

export const lagCases: CheckerCases = {
  checker: lag,
  cases: [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 8 },
    {
      claim: "a good replica stays behind",
      run: changed(lagging(FOR_EVER)),
      outcome: "invalid",
      shows: /r3 was at n=0, 4 behind, and stayed that far for 600 ms and more, from 423 ms on/,
    },
    { claim: "it catches up in time", run: changed(lagging(1_000)), outcome: "valid" },
    {
      claim: "it catches up too late",
      run: changed(lagging(1_050)),
      outcome: "invalid",
      shows: /r3 was at n=0, 4 behind/,
    },
    {
      claim: "it fetches the state of the others",
      run: both(lagging(FOR_EVER), (run) =>
        audit(run, 3, 1_000, { e: "installed", n: 4, d: "s", fetched: { nodes: 1, bytes: 1 } }),
      ),
      outcome: "valid",
    },
    {
      claim: "it is down all the time",
      run: both(lagging(FOR_EVER), crashed(100, FOR_EVER)),
      outcome: "valid",
    },
    {
      claim: "it was down before",
      run: both(lagging(FOR_EVER), crashed(100, 500)),
      outcome: "invalid",
      shows: /r3 was at n=0/,
    },
    {
      claim: "it comes back too late for anything to be owed",
      run: both(lagging(FOR_EVER), crashed(100, 1_750)),
      outcome: "valid",
    },
    {
      claim: "one after the other is down",
      run: both(lagging(FOR_EVER), (run) => {
        for (let at = 400; at < 1_900; at += 300) {
          inject(run, { entry: `crash-${at}`, effects: down(2), at, until: at + 100 });
        }
      }),
      outcome: "valid",
    },
    {
      claim: "a liar stays behind",
      run: both(lagging(FOR_EVER), (run) =>
        inject(run, { entry: "lie", effects: lying(3), at: 10, until: 20 }),
      ),
      outcome: "valid",
    },
    {
      claim: "its log ends before",
      run: both(lagging(FOR_EVER), (run) => {
        Object.assign(run, cutAfter(run, FILES.audit(3), 900));
      }),
      outcome: "unknown",
      shows: /r3 was at n=0.*, but .*r3.jsonl is complete only until/,
    },
  ],
  blindness: {
    "lag.ts": [
      ["nobody is ever behind", "> this.#lagMax", "> Number.POSITIVE_INFINITY"],
      ["what is fetched does not count", ' || record.e === "installed"', ""],
    ],
    "spans.ts": [
      ["who is down may be left behind", "strikes.spare(replica, { from, to })", "replica >= 0"],
    ],
    "stretches.ts": [
      ["nobody catches up", "Math.min(to, span.to) < deadline", "span.to < deadline"],
      [
        "there is no time to catch up",
        "Math.max(from, span.from) + span.allowedNs",
        "Math.max(from, span.from)",
      ],
    ],
    "../proof.ts": TRUSTS_WHAT_IS_LEFT,
  },
};
