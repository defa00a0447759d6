import { FILES } from "../../observations/store.ts";
import { badClient, type CheckerCases, changed, viewChanged } from "../case.fixture.ts";
import { cutAfter } from "../cut-short.fixture.ts";
import { audit, inject, lying, quietRun, type Run } from "../run.fixture.ts";
import { logBytes } from "./log-bytes.ts";
import { type FixtureSample, polled, sized } from "./samples.fixture.ts";

const STATES = 5 * 1_969;
/** Of the quiet run: the states, the number above the stable checkpoint, and four under way. */
const BOUND = STATES + 1_064 + 4 * 1_200;
/** Of each view: numbers of a window, full ones, and how it began. */
const VIEW = 4 * 1_200 + 6_000;

function takes(given: FixtureSample, ...changes: readonly ((run: Run) => void)[]): () => Run {
  return changed((run) => {
    sized(run);
    for (const change of changes) change(run);
    polled(run, 1_900, given);
  });
}

/** A VIEW-CHANGE has a certificate for each of the four numbers of a window. */
function proved(run: Run, viewChangeBytes: number): void {
  const { messages } = run.plan.cluster;
  if (messages === undefined) throw new RangeError("the run says how long its messages are");
  const sizes = { ...messages.sizes, "VIEW-CHANGE": viewChangeBytes };
  run.plan.cluster = { ...run.plan.cluster, messages: { ...messages, sizes } };
}

export const logBytesCases: CheckerCases = {
  checker: logBytes,
  cases: [
    { claim: "a run without polls", run: quietRun, outcome: "valid", judged: 0 },
    { claim: "as much as it may", run: takes({ logBytes: BOUND }), outcome: "valid", judged: 1 },
    {
      claim: "more",
      run: takes({ logBytes: BOUND + 1 }),
      outcome: "invalid",
      shows: new RegExp(`the log of r1 took ${BOUND + 1} bytes at 1900 ms; the bound is ${BOUND}`),
    },
    {
      claim: "more, for a number that others have decided, and say so",
      run: takes({ logBytes: BOUND + 1_200 }, (run) =>
        audit(run, 1, 1_800, { e: "stated", n: 9, d: "batch-9", by: [0, 2] }),
      ),
      outcome: "valid",
      judged: 1,
    },
    {
      claim: "more than for that number",
      run: takes({ logBytes: BOUND + 1_200 + 1 }, (run) =>
        audit(run, 1, 1_800, { e: "stated", n: 9, d: "batch-9", by: [0, 2] }),
      ),
      outcome: "invalid",
      shows: /the log of r1 took/,
    },
    {
      claim: "more, where the certificate of a number is longer than the votes for it",
      run: takes({ logBytes: BOUND + 5 * 600 }, (run) => proved(run, 4_000)),
      outcome: "valid",
      judged: 1,
    },
    {
      claim: "more than for such certificates",
      run: takes({ logBytes: BOUND + 5 * 600 + 1 }, (run) => proved(run, 4_000)),
      outcome: "invalid",
      shows: /the log of r1 took/,
    },
    {
      claim: "more, for a view that was left and entered since the last stable checkpoint",
      run: takes({ logBytes: STATES + 3 * VIEW }, viewChanged),
      outcome: "valid",
    },
    {
      claim: "more than for that",
      run: takes({ logBytes: STATES + 3 * VIEW + 1 }, viewChanged),
      outcome: "invalid",
      shows: /the log of r1 took/,
    },
    {
      claim: "more, for a view that it says it has left, whose line waits for the disk",
      run: takes({ logBytes: STATES + 2 * VIEW, view: 1, active: false }),
      outcome: "valid",
      judged: 1,
    },
    {
      claim: "more than for that line",
      run: takes({ logBytes: STATES + 2 * VIEW + 1, view: 1, active: false }),
      outcome: "invalid",
      shows: /the log of r1 took/,
    },
    {
      claim: "more, for a view that it says it has left and is in, whose lines wait for the disk",
      run: takes({ logBytes: STATES + 3 * VIEW, view: 1 }),
      outcome: "valid",
      judged: 1,
    },
    {
      claim: "more, for a view that it says it is in, where one line tells that it has left for it",
      run: takes({ logBytes: STATES + 3 * VIEW, view: 1 }, (run) =>
        audit(run, 1, 1_800, { e: "viewchange", v: 1, h: 6, p: [] }),
      ),
      outcome: "valid",
      judged: 1,
    },
    {
      claim: "more than for a view of which all lines are there",
      run: takes({ logBytes: STATES + 3 * VIEW + 1, view: 1 }, viewChanged),
      outcome: "invalid",
      shows: /the log of r1 took/,
    },
    {
      claim: "more, where a restart told of the view that it is in",
      run: takes({ logBytes: STATES + VIEW + 1, view: 1 }, (run) =>
        audit(run, 1, 1_300, { e: "boot", v: 1, h: 6, lastExec: 6, boot: 2 }),
      ),
      outcome: "invalid",
      shows: /the log of r1 took/,
    },
    {
      claim: "more, for a view before the last stable checkpoint",
      run: takes({ logBytes: BOUND + 6_000 + 1 }, viewChanged, (run) =>
        audit(run, 1, 1_300, { e: "stable", n: 6, d: "state-6", by: [0, 1, 2] }),
      ),
      outcome: "invalid",
      shows: /the log of r1 took/,
    },
    {
      claim: "as much as the view may take that was entered before the last stable checkpoint",
      run: takes({ logBytes: BOUND + 6_000 }, viewChanged, (run) =>
        audit(run, 1, 1_300, { e: "stable", n: 6, d: "state-6", by: [0, 1, 2] }),
      ),
      outcome: "valid",
      judged: 1,
    },
    {
      claim: "as much as before the last stable checkpoint, where the log may not be rewritten yet",
      run: takes({ logBytes: STATES + 3 * VIEW }, viewChanged, (run) =>
        audit(run, 1, 1_600, { e: "stable", n: 6, d: "state-6", by: [0, 1, 2] }),
      ),
      outcome: "valid",
      judged: 1,
    },
    {
      claim: "more, where a restart may have lost lines of what the disk has",
      run: takes({ logBytes: STATES + VIEW }, (run) =>
        audit(run, 1, 1_300, { e: "boot", v: 0, h: 6, lastExec: 6, boot: 2 }),
      ),
      outcome: "valid",
      judged: 1,
    },
    {
      claim: "as much as the view may take whose line was lost before a restart",
      run: takes({ logBytes: BOUND + 6_000 }, (run) => {
        audit(run, 1, 1_250, { e: "boot", v: 1, h: 4, lastExec: 4, boot: 2 });
        audit(run, 1, 1_300, { e: "stable", n: 6, d: "state-6", by: [0, 1, 2], boot: 2 });
      }),
      outcome: "valid",
      judged: 1,
    },
    {
      claim: "more than for that restart",
      run: takes({ logBytes: STATES + VIEW + 1 }, (run) =>
        audit(run, 1, 1_300, { e: "boot", v: 0, h: 6, lastExec: 6, boot: 2 }),
      ),
      outcome: "invalid",
      shows: /the log of r1 took/,
    },
    {
      claim: "more, beside a liar who may have had anything ordered",
      run: takes({ logBytes: BOUND + 1 }, (run) =>
        inject(run, { entry: "lie", effects: lying(2), at: 100, until: 200 }),
      ),
      outcome: "valid",
      judged: 1,
    },
    {
      claim: "more, of one that fetches a state",
      run: takes({ logBytes: BOUND + 1, lastExec: 5 }),
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "more, of one that has fetched a state and no stable checkpoint since",
      run: takes({ logBytes: BOUND + 1 }, (run) => polled(run, 1_800, { lastExec: 5 })),
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "more, of one that has fetched a state long ago",
      run: takes({ logBytes: BOUND + 1 }, (run) => polled(run, 1_800, { lastExec: 3, stable: 4 })),
      outcome: "invalid",
      shows: /the log of r1 took/,
    },
    {
      claim: "more, where bad clients write what no history has",
      run: takes({ logBytes: BOUND + 1 }, badClient),
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "more than what is left of a history explains",
      run: () => cutAfter(takes({ logBytes: BOUND + 1 })(), FILES.history, 1_300),
      outcome: "unknown",
      shows: /history.jsonl is complete only until/,
    },
  ],
  blindness: {
    "log-bytes.ts": [
      [
        "it may take any number of bytes",
        "if (bytes <= bound) continue;",
        "if (bound > 0) continue;",
      ],
      ["who fetches a state is judged", "behind.hears(replica, status) || ", ""],
    ],
    "logged-numbers.ts": [
      ["views since count for nothing", "(views + 1) * (param", "(param"],
      ["views before a stable checkpoint count", "        this.#views = 0;\n", ""],
      ["the view that it is in takes nothing", "this.#isFirstView ? 0 : viewChangeBytes", "0"],
      ["a restart loses nothing", "|| this.#hasRestarted", ""],
      ["a restart tells of no view", "if (record.v > 0) this", "if (record.v < 0) this"],
      ["what waits for its line counts for nothing", "this.#views + early;", "this.#views;"],
      ["who is in a view has only left one", "polled.active ? 2 : 1", "1"],
      ["who has left a view is in it", "polled.active ? 2 : 1", "2"],
      ["a line of leaving tells of all", "!told.active ? 1 : 0", "!told.active ? 0 : 0"],
      ["lines of views tell nothing", 'active: record.e === "newview" }', "active: false }"],
      [
        "a restart does not tell of its view",
        "        this.#told = { view: record.v, active: true };\n",
        "",
      ],
      ["the old log is gone at once", "time <= this.#replaced.until", "time < 0"],
      ["the old log stays for ever", "time <= this.#replaced.until", "time > 0"],
      ["what is stable still counts", "if (n <= record.n) this", "if (n < 0) this"],
      ["a liar has nothing ordered", "input.good.size < input", "0 > input"],
    ],
    "../proof.ts": [
      ["what may be missing does not matter", "return known > until;", "return true;"],
    ],
  },
};
