import { FILES } from "../../observations/store.ts";
import { type CheckerCases, changed, TRUSTS_WHAT_IS_LEFT } from "../case.fixture.ts";
import { cutAfter } from "../cut-short.fixture.ts";
import { audit, down, inject, lying, MS, quietRun, type Run, rewrite } from "../run.fixture.ts";
import { repair } from "./repair.ts";

const FOR_EVER = Number.POSITIVE_INFINITY;
const FETCHED = { nodes: 1, bytes: 40 };

/** Replica 3 finds at 430 ms that its state is wrong; it is owed 600 ms. */
function found(run: Run, ms = 430): void {
  audit(run, 3, ms, { e: "corrupt", n: 4, own: "wrong-4", stable: "state-4" });
}

/** It takes a wrong checkpoint at 424 ms, hears of the stable one at 425, and says nothing. */
const shown =
  (boot = 1) =>
  (run: Run): void => {
    rewrite(run, 3, (record) => {
      if (record.time >= 425 * MS) return undefined;
      return record.e === "checkpoint" && record.n === 4 ? { ...record, d: "wrong-4" } : record;
    });
    audit(run, 3, 425, { e: "stable", n: 4, d: "state-4", by: [0, 1, 2], boot });
  };

function spoilt(run: Run): void {
  const effects = [{ on: "state" as const, replica: "r3", pick: 0 }];
  inject(run, { entry: "spoilt", effects, at: 300, until: 301 });
}

const installed =
  (ms: number) =>
  (run: Run): void =>
    audit(run, 3, ms, { e: "installed", n: 4, d: "state-4", fetched: FETCHED });

function both(...changes: readonly ((run: Run) => void)[]): () => Run {
  return changed((run) => {
    for (const change of changes) change(run);
  });
}

export const repairCases: CheckerCases = {
  checker: repair,
  cases: [
    { claim: "nobody's state is wrong", run: quietRun, outcome: "valid", judged: 0 },
    {
      claim: "it has that of the others in time",
      run: both(spoilt, found, installed(1_000)),
      outcome: "valid",
      judged: 1,
    },
    {
      claim: "it has it too late",
      run: both(spoilt, found, installed(1_050)),
      outcome: "invalid",
      shows: /r3 knew its state to be wrong for 600 ms and more/,
    },
    {
      claim: "it never has it",
      run: both(spoilt, found),
      outcome: "invalid",
      shows: /r3 knew its state to be wrong/,
    },
    {
      claim: "nobody has spoilt it, and it never has it",
      run: changed(found),
      outcome: "invalid",
      shows: /r3 knew its state to be wrong/,
    },
    {
      claim: "a stable checkpoint shows it, and no more is heard of it",
      run: both(spoilt, shown()),
      outcome: "invalid",
      shows: /r3 knew its state to be wrong for 600 ms and more/,
    },
    {
      claim: "a stable checkpoint shows it, and it has that of the others in time",
      run: both(spoilt, shown(), installed(1_000)),
      outcome: "valid",
      judged: 1,
    },
    {
      claim: "a stable checkpoint shows what a life before had taken",
      run: both(spoilt, shown(2), (run) =>
        audit(run, 3, 424.5, { e: "boot", v: 0, h: 2, lastExec: 2, boot: 2 }),
      ),
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "one that was to lie, and never did, is owed it",
      run: both(spoilt, found, (run) =>
        inject(run, { entry: "lie", effects: lying(3), at: 10, until: 20, outcome: "skipped" }),
      ),
      outcome: "invalid",
      shows: /r3 knew its state to be wrong/,
    },
    {
      claim: "it starts again before, and has to find it anew",
      run: both(spoilt, found, (run) =>
        audit(run, 3, 1_000, { e: "boot", v: 0, h: 4, lastExec: 4, boot: 2 }),
      ),
      outcome: "valid",
    },
    {
      claim: "it is down",
      run: both(spoilt, found, (run) =>
        inject(run, { entry: "crash", effects: down(3), at: 500, until: FOR_EVER }),
      ),
      outcome: "valid",
    },
    {
      claim: "a liar says so, whose state was spoilt, too",
      run: both(spoilt, found, (run) =>
        inject(run, { entry: "lie", effects: lying(3), at: 10, until: 20 }),
      ),
      outcome: "valid",
    },
    {
      claim: "it finds it too late for anything to be owed",
      run: both(spoilt, (run) => found(run, 1_500)),
      outcome: "valid",
    },
    {
      claim: "its log ends before",
      run: both(spoilt, found, (run) => {
        Object.assign(run, cutAfter(run, FILES.audit(3), 900));
      }),
      outcome: "unknown",
      shows: /r3 knew its state to be wrong.*, but .*r3.jsonl is complete only until/,
    },
  ],
  blindness: {
    "repair.ts": [
      ["nobody has to be repaired", "until < deadline", "until < Number.POSITIVE_INFINITY"],
      ["there is no time for it", "span.from) + span.allowedNs", "span.from)"],
      ["what is fetched does not count", 'record.e === "installed" || ', ""],
      ["a start does not count", ' || record.e === "boot"', ""],
      ["who is struck is owed nothing less", "strikes.spare(replica, each)", "replica >= 0"],
      ["a rest is long enough", "to - from > allowedNs", "to - from >= allowedNs"],
    ],
    "../honest-code.ts": [
      ["whoever was spoilt is a liar", "(isSpoilt && ", "(false && "],
      ["a liar's word counts", 'on === "behaviour"', 'on === "wire"'],
      ["only the spoilt are judged", "good.has(replica) || ", ""],
      ["what never came about counts", "!absent.has(line.entry)", "true"],
    ],
    "../own-state.ts": [
      [
        "a stable checkpoint tells nothing",
        "(this.#taken.get(record.n)?.d ?? record.d) !== record.d",
        "false",
      ],
    ],
    "../proof.ts": TRUSTS_WHAT_IS_LEFT,
  },
};
