import { FILES } from "../../observations/store.ts";
import { type CheckerCases, changed } from "../case.fixture.ts";
import { cutAfter } from "../cut-short.fixture.ts";
import { inject, lying, quietRun, type Run } from "../run.fixture.ts";
import { memory } from "./memory.ts";
import { polled, sized } from "./samples.fixture.ts";

const MIB = 1_024 * 1_024;
const IDLE = 100 * MIB;
/** Beside the program's own: 48 MiB, and twice 16 MiB, four peers and what little the run wrote. */
const BOUND = 266_387_656;

function takes(bytes: number, ...changes: readonly ((run: Run) => void)[]): () => Run {
  return changed((run) => {
    sized(run);
    polled(run, -100, { process: { rssBytes: IDLE, cpuSeconds: 1 } });
    for (const change of changes) change(run);
    polled(run, 1_900, { process: { rssBytes: bytes, cpuSeconds: 1 } });
  });
}

export const memoryCases: CheckerCases = {
  checker: memory,
  cases: [
    { claim: "a run without polls", run: quietRun, outcome: "valid", judged: 0 },
    { claim: "as much as it may", run: takes(BOUND), outcome: "valid", judged: 2 },
    {
      claim: "more",
      run: takes(BOUND + 1),
      outcome: "invalid",
      shows: /r1 took 254 MiB at 1900 ms; the bound is 254 MiB/,
    },
    {
      claim: "more, of a liar",
      run: takes(BOUND + 1, (run) =>
        inject(run, { entry: "lie", effects: lying(1), at: 100, until: 200 }),
      ),
      outcome: "valid",
    },
    {
      claim: "nobody was asked before there was load",
      run: changed((run) => {
        sized(run);
        polled(run, 100, { process: { rssBytes: BOUND + 1, cpuSeconds: 1 } });
      }),
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "more than what is left of a history explains",
      run: () => cutAfter(takes(BOUND + 1)(), FILES.history, 1_300),
      outcome: "unknown",
      shows: /history.jsonl is complete only until/,
    },
  ],
  blindness: {
    "memory.ts": [
      ["it may take any amount", "if (bytes <= bound) continue;", "if (bound > 0) continue;"],
      ["what is taken under load is its program's", "return time < 0;", "return time >= 0;"],
      ["what a liar takes counts", " || !input.good.has(replica)", ""],
    ],
  },
};
