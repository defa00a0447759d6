import { FILES } from "../../observations/store.ts";
import { badClient, type CheckerCases, changed, viewChanged } from "../case.fixture.ts";
import { cutAfter } from "../cut-short.fixture.ts";
import { audit, quietRun, type Run } from "../run.fixture.ts";
import { logBytes } from "./log-bytes.ts";
import { type FixtureSample, polled, sized } from "./samples.fixture.ts";

/** Of the quiet run: 5 states of 1 969 bytes, 4 numbers of 1 200, and how its view began. */
const BOUND = 20_645;

function takes(given: FixtureSample, ...changes: readonly ((run: Run) => void)[]): () => Run {
  return changed((run) => {
    sized(run);
    for (const change of changes) change(run);
    polled(run, 1_900, given);
  });
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
      claim: "more, for a view that was left and entered since the last stable checkpoint",
      run: takes({ logBytes: BOUND + 1 }, viewChanged),
      outcome: "valid",
    },
    {
      claim: "more than for that",
      run: takes({ logBytes: BOUND + 2 * 10_800 + 1 }, viewChanged),
      outcome: "invalid",
      shows: /the log of r1 took/,
    },
    {
      claim: "more, for a view before the last stable checkpoint",
      run: takes({ logBytes: BOUND + 1 }, viewChanged, (run) =>
        audit(run, 1, 1_300, { e: "stable", n: 8, d: "state-8", by: [0, 1, 2] }),
      ),
      outcome: "invalid",
      shows: /the log of r1 took/,
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
      ["views since count for nothing", "(views + 1) * (window", "(window"],
      [
        "views before a stable checkpoint count",
        'if (e === "stable") views = 0;',
        'if (e === "boot") views = 0;',
      ],
      ["who fetches a state is judged", "behind.hears(sample) || ", ""],
    ],
    "../proof.ts": [
      ["what may be missing does not matter", "return known > until;", "return true;"],
    ],
  },
};
