import { FILES } from "../../observations/store.ts";
import { type CheckerCases, changed, TRUSTS_WHAT_IS_LEFT } from "../case.fixture.ts";
import { cutAfter } from "../cut-short.fixture.ts";
import {
  ALICE,
  audit,
  BOB,
  down,
  type FixtureOperation,
  historyOf,
  inject,
  quietRun,
  type Run,
} from "../run.fixture.ts";
import { fairness } from "./fairness.ts";

/** Bob is answered every so many ms from 1 000 ms on, until 1 600 ms. */
function served(every: number): readonly FixtureOperation[] {
  const count = Math.floor(600 / every);
  return Array.from({ length: count }, (_, index) => ({
    client: BOB,
    t: 10 + index,
    f: "read" as const,
    key: "b",
    value: "w",
    at: 1_000 + index * every,
    until: 1_000 + (index + 1) * every - 1,
    n: 20 + index,
  }));
}

/** Alice asks at 1 010 ms and is answered so late. */
function waits(run: Run, until: number, others = served(50)): void {
  const alice = { client: ALICE, t: 9, f: "read", key: "a", value: "y", at: 1_010, n: 40 } as const;
  run.history = historyOf([...others, { ...alice, until }]);
}

/** She gives up at 1 200 ms, and asks again at once. */
function givesUp(run: Run): void {
  waits(run, 1_200);
  const [first] = run.history.filter(({ client, type }) => client === ALICE && type === "ok");
  run.history = run.history.map((event) => (event === first ? { ...event, type: "info" } : event));
  const again = historyOf([
    { client: ALICE, t: 11, f: "read", key: "a", value: "y", at: 1_201, until: 1_450, n: 41 },
  ]);
  run.history.push(...again.map((event) => ({ ...event, process: 9 })));
  run.history.sort((a, b) => a.time - b.time);
}

/** Bob is answered every 25 ms from 200 ms on, but for a pause; Alice asks at 205 ms, in vain. */
function starves(run: Run, pause: { readonly from: number; readonly to: number }): void {
  const read = { f: "read", key: "b", value: "w" } as const;
  const all = Array.from({ length: 40 }, (_, index) => 200 + 25 * index);
  const others = all
    .filter((at) => at + 24 <= pause.from || at + 24 >= pause.to)
    .map((at) => ({ ...read, client: BOB, t: at, at, until: at + 24, n: at }));
  const alice = { ...read, client: ALICE, t: 9, key: "a", at: 205, until: 1_990, n: 9 };
  run.history = historyOf([...others, alice]).filter(({ time }) => time < 1_990 * 1e6);
}

export const fairnessCases: CheckerCases = {
  checker: fairness,
  cases: [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 8 },
    {
      claim: "a wait within the bound",
      run: changed((run) => waits(run, 1_300)),
      outcome: "valid",
    },
    {
      claim: "a wait beyond the bound while others are served",
      run: changed((run) => waits(run, 1_590)),
      outcome: "invalid",
      shows:
        /t=9: read\) waited for 580 ms while 11 operations of others were answered; the bound is 300/,
    },
    {
      claim: "one whose client gives up and asks again",
      run: changed(givesUp),
      outcome: "invalid",
      shows: /t=11: read\) waited for 440 ms/,
    },
    {
      claim: "nobody else is served for a while",
      run: changed((run) => waits(run, 1_590, served(100))),
      outcome: "valid",
    },
    {
      claim: "others are served all the time, and nobody asks any more when the load is off",
      run: changed((run) => starves(run, { from: 2_000, to: 2_000 })),
      outcome: "invalid",
      shows: /t=9: read\) waited for 994 ms while 39 operations/,
    },
    {
      claim: "others are served before a pause for longer than the bound",
      run: changed((run) => starves(run, { from: 800, to: 900 })),
      outcome: "invalid",
      shows: /waited for 594 ms while 23 operations/,
    },
    {
      claim: "others are served after a pause for longer than the bound",
      run: changed((run) => starves(run, { from: 300, to: 400 })),
      outcome: "invalid",
      shows: /waited for 775 ms while 30 operations/,
    },
    {
      claim: "others are served on both sides of a pause, for longer than the bound on neither",
      run: changed((run) => {
        starves(run, { from: 500, to: 950 });
      }),
      outcome: "valid",
    },
    {
      claim: "the time-outs have doubled in the pause",
      run: changed((run) => {
        starves(run, { from: 300, to: 400 });
        for (const v of [1, 2, 3, 4]) {
          audit(run, 1, 310 + v, { e: "viewchange", v, h: 0, p: [] });
        }
      }),
      outcome: "valid",
    },
    {
      claim: "nobody else asks for anything",
      run: changed((run) => waits(run, 1_590, [])),
      outcome: "valid",
    },
    {
      claim: "a crash strikes meanwhile, and others are served all the same",
      run: changed((run) => {
        waits(run, 1_590);
        inject(run, { entry: "crash", effects: down(3), at: 1_200, until: 1_400 });
      }),
      outcome: "invalid",
      shows: /waited for 580 ms/,
    },
    {
      claim: "too many are away meanwhile for it to be owed",
      run: changed((run) => {
        waits(run, 1_590);
        inject(run, { entry: "two", effects: down(2, 3), at: 1_200, until: 1_400 });
      }),
      outcome: "valid",
    },
    {
      claim: "a log that breaks off before, and may have told of longer time-outs",
      run: () => {
        const run = quietRun();
        waits(run, 1_590);
        return cutAfter(run, FILES.audit(0), 700);
      },
      outcome: "unknown",
      shows: /waited for 580 ms .*, but .*r0.jsonl is complete only until/,
    },
    {
      claim: "a history that breaks off before the bound is over",
      run: () => {
        const run = quietRun();
        waits(run, 1_590);
        return cutAfter(run, FILES.history, 1_300);
      },
      outcome: "valid",
    },
  ],
  blindness: {
    "fairness.ts": [
      ["a wait is never too long", "part.to - part.from <= boundNs", "true"],
      ["any wait is too long", "part.to - part.from <= boundNs", "false"],
      ["nobody else need be served", "time - last > pauseNs", "false"],
      ["a pause ends it for good", "      begun = time;\n", "      return parts;\n"],
      ["what comes before a pause does not count", "parts.push({ from: begun, to: last });", ""],
      ["a pause doubles nothing", "Math.max(leastNs, bounds.ns(part.from))", "leastNs"],
      [
        "it is owed at all times",
        "windows.flatMap((window) => common(wait, window) ?? [])",
        "[wait]",
      ],
    ],
    "waits.ts": [["who gives up begins anew", "waits ? before.from : invoke.time", "invoke.time"]],
    "../proof.ts": TRUSTS_WHAT_IS_LEFT,
  },
};
