import { FILES } from "../../observations/store.ts";
import { asks, type CheckerCases, changed, enters, TRUSTS_WHAT_IS_LEFT } from "../case.fixture.ts";
import { cutAfter } from "../cut-short.fixture.ts";
import { audit, down, inject, MS, quietRun, type Run, rewrite } from "../run.fixture.ts";
import { viewWaits } from "./view-waits.ts";

/** All ask for view 1 at 600 ms, all but replica 3 enter it at once; the bound is 300 ms. */
function left(run: Run): void {
  asks(run, 600, 1, [0, 1, 2, 3]);
  enters(run, 610, 1, [0, 1, 2]);
}

export const viewWaitsCases: CheckerCases = {
  checker: viewWaits,
  cases: [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 0 },
    {
      claim: "all enter the view that they asked for",
      run: changed((run) => {
        left(run);
        enters(run, 900, 1, [3]);
      }),
      outcome: "valid",
      judged: 4,
    },
    {
      claim: "somebody waits for a view for ever",
      run: changed(left),
      outcome: "invalid",
      shows: /r3 waited for view 1 for more than 400 ms .*; the time-out had grown to 100 ms/,
    },
    {
      claim: "somebody asks for the next view in time",
      run: changed((run) => {
        left(run);
        asks(run, 900, 2, [3]);
      }),
      outcome: "valid",
      judged: 4,
    },
    {
      claim: "somebody waits for a view that too few have asked for",
      run: changed((run) => asks(run, 600, 1, [2, 3])),
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "of those who are a quorum some have asked for a later one",
      run: changed((run) => {
        asks(run, 600, 1, [3]);
        asks(run, 620, 2, [1, 2]);
        enters(run, 630, 2, [1, 2]);
      }),
      outcome: "invalid",
      shows: /r3 waited for view 1/,
    },
    {
      claim: "somebody who starts again waits no more",
      run: changed((run) => {
        left(run);
        audit(run, 3, 700, { e: "boot", v: 1, h: 0, lastExec: 0, boot: 2 });
      }),
      outcome: "valid",
      judged: 4,
    },
    {
      claim: "a time-out that has doubled in vain is waited for",
      run: changed((run) => {
        for (const [index, at] of [600, 700, 800].entries()) asks(run, at, index + 1, [0, 1, 2, 3]);
        enters(run, 1_450, 3, [0, 1, 2, 3]);
      }),
      outcome: "valid",
    },
    {
      claim: "beyond a time-out that has doubled in vain nobody waits",
      run: changed((run) => {
        for (const [index, at] of [600, 700, 800].entries()) asks(run, at, index + 1, [0, 1, 2, 3]);
        enters(run, 1_600, 3, [0, 1, 2, 3]);
      }),
      outcome: "invalid",
      shows: /waited for view 3 for more than 700 ms .*; the time-out had grown to 400 ms/,
    },
    {
      claim: "whoever is struck meanwhile may wait",
      run: changed((run) => {
        left(run);
        inject(run, { entry: "x", effects: down(3), at: 50, until: Number.POSITIVE_INFINITY });
      }),
      outcome: "valid",
      judged: 3,
    },
    {
      claim: "by a log that has told of longer time-outs, and whose end is missing",
      run: changed((run) => {
        for (const replica of run.audits.keys()) {
          rewrite(run, replica, (record) => (record.time > 600 * MS ? undefined : record));
        }
        for (let v = 1; v < 8; v += 1) asks(run, 700 + v * 20, v, [1]);
        asks(run, 1_300, 8, [0, 1, 2, 3]);
        Object.assign(run, cutAfter(run, FILES.audit(1), 725));
      }),
      outcome: "unknown",
      shows: /waited for view 8 .*, but .*r1.jsonl is complete only until/,
    },
    {
      claim: "by a log whose end is missing",
      run: changed((run) => {
        left(run);
        Object.assign(run, cutAfter(run, FILES.audit(3), 700));
      }),
      outcome: "unknown",
    },
  ],
  blindness: {
    "view-waits.ts": [
      ["whoever is struck may not wait", "!spared.includes(line.replica) || ", ""],
      ["one who asks is enough", "[quorum - 1]", "[0]"],
      ["nobody asks for more", "v >= line.v", "v === line.v"],
      ["a start ends nothing", ' || e === "boot"', ""],
      [
        "nobody is late",
        "if (Math.min(until, to) <= deadline) continue;",
        "if (until > 0) continue;",
      ],
    ],
    "bounds.ts": [
      ["no time-out doubles", "const grown = requestMs * 2 **", "const grown = requestMs + 0 *"],
    ],
    "../proof.ts": TRUSTS_WHAT_IS_LEFT,
  },
};
