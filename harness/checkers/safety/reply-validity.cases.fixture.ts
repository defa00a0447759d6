import { FILES } from "../../observations/store.ts";
import {
  answeredByNobody,
  type CheckerCases,
  changed,
  executedAt,
  withOperation,
} from "../case.fixture.ts";
import { cutAfter } from "../cut-short.fixture.ts";
import { audit, inject, lying, MS, quietRun, type Run, rewrite } from "../run.fixture.ts";
import { replyValidity } from "./reply-validity.ts";

/** The number of the last operation, which is answered at 1 540 ms. */
const LAST = 7;

/** These execute the last operation only at `ms`; null: never. */
function executing(run: Run, replicas: readonly number[], ms: number | null): void {
  for (const replica of replicas) {
    rewrite(
      run,
      replica,
      executedAt(LAST, (record) => (ms === null ? undefined : { ...record, time: ms * MS })),
    );
  }
}

export const replyValidityCases: CheckerCases = {
  checker: replyValidity,
  cases: [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 8 },
    {
      claim: "a replica computes another result",
      run: changed((run) =>
        rewrite(
          run,
          1,
          withOperation(([client, t, result, o]) => [client, t, t === 4 ? "wrong" : result, o]),
        ),
      ),
      outcome: "invalid",
      shows: /r0 computed .*, r1 wrong/,
    },
    {
      claim: "an answer is believed that nobody has executed yet",
      run: changed((run) => executing(run, [0, 1, 2, 3], 1_560)),
      outcome: "invalid",
      shows:
        /t=4: read of b\) was answered and no good replica had executed it \(r0 did at 1560 ms/,
    },
    {
      claim: "an answer is believed that nobody ever executes",
      run: changed((run) => executing(run, [0, 1, 2, 3], null)),
      outcome: "invalid",
      shows: /t=4: read of b\) was answered and no good replica had executed it$/,
    },
    {
      claim: "only the liar had executed it",
      run: changed((run) => {
        inject(run, { entry: "lie", effects: lying(0), at: 1_150, until: 1_600 });
        executing(run, [1, 2, 3], 1_560);
      }),
      outcome: "invalid",
      shows: /no good replica had executed it/,
    },
    {
      claim: "one good replica had executed it, the others are slow",
      run: changed((run) => {
        executing(run, [0, 1], null);
        executing(run, [2], 1_560);
      }),
      outcome: "valid",
    },
    {
      claim: "the clocks of replica and client are a moment apart",
      run: changed((run) => executing(run, [0, 1, 2, 3], 1_540.5)),
      outcome: "valid",
    },
    {
      claim: "the log that may hold it ends before",
      run: changed((run) => {
        executing(run, [0, 1, 2], 1_560);
        Object.assign(run, cutAfter(run, FILES.audit(3), 1_510));
      }),
      outcome: "unknown",
      shows: /no good replica had executed it .*, but .*r3.jsonl is complete only until/,
    },
    {
      claim: "a crash took the lines of all, and what a start finds on the disk answers",
      run: changed((run) => {
        executing(run, [0, 1, 2, 3], null);
        for (const replica of run.audits.keys()) {
          audit(run, replica, 1_530, { e: "boot", v: 0, h: 6, lastExec: 7, boot: 2 });
        }
      }),
      outcome: "valid",
    },
    {
      claim: "what starts after the answer explains nothing",
      run: changed((run) => {
        executing(run, [0, 1, 2, 3], null);
        for (const replica of run.audits.keys()) {
          audit(run, replica, 1_600, { e: "boot", v: 0, h: 6, lastExec: 7, boot: 2 });
        }
      }),
      outcome: "invalid",
      shows: /no good replica had executed it$/,
    },
    {
      claim: "what was asked for after a state had passed the lost numbers is in none of them",
      run: changed(answeredByNobody),
      outcome: "invalid",
      shows: /t=4: read of b\) was answered and no good replica had executed it$/,
    },
    {
      claim: "of logs that begin at a checkpoint nobody knows what was before, and nobody asks",
      run: changed((run) => {
        for (const replica of run.audits.keys()) {
          rewrite(run, replica, (record) => (record.time < 340 * MS ? undefined : record));
        }
        run.history = run.history.filter(({ time }) => time > 350 * MS);
        audit(run, 3, 1_210, { e: "boot", v: 0, h: 6, lastExec: 6, boot: 2 });
        executing(run, [0, 1, 2, 3], null);
      }),
      outcome: "invalid",
      shows: /t=4: read of b\) was answered and no good replica had executed it$/,
    },
    {
      claim: "nobody answered",
      run: changed((run) => {
        executing(run, [0, 1, 2, 3], null);
        run.history = run.history.filter(({ time }) => time < 1_520 * MS);
      }),
      outcome: "valid",
    },
  ],
  blindness: {
    "reply-validity.ts": [
      [
        "states hold no more than logs show",
        "unseen.lowest({ asked: invoke.time, until }) !== null",
        "false",
      ],
      ["results are not compared", "other.result !== result", "false"],
      ["whoever executes at any time had executed", "first.time <= until", "first.time > 0"],
      ["clocks agree to the nanosecond", "first.time <= until", "first.time <= event.time"],
      [
        "the first to execute is the first in the order of the replicas",
        "other === undefined || record.time < other.record.time",
        "other === undefined",
      ],
      [
        "what is missing from a log did not happen",
        "return { what, time: event.time, records: first === undefined ? [event] : [event, first], rests };",
        "return { what, time: event.time, records: [event] };",
      ],
      [
        "bad replicas are believed",
        "for (const [, records] of logs) {",
        "for (const [, records] of input.observations.audits) {",
      ],
      ["whenever it was asked for, it was in time", "asked: invoke.time", "asked: 0"],
    ],
    "../unseen.ts": [
      ["a lost number holds anything", "this.#highest(asked - CLOCK_TOLERANCE_NS)", "0"],
    ],
  },
};
