import { FILES } from "../../observations/store.ts";
import { type CheckerCases, changed, TRUSTS_WHAT_IS_LEFT, withOperation } from "../case.fixture.ts";
import { cutAfter } from "../cut-short.fixture.ts";
import { ALICE, BOB, MS, quietRun, rewrite } from "../run.fixture.ts";
import { integrity } from "./integrity.ts";

export const integrityCases: CheckerCases = {
  checker: integrity,
  cases: [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 8 },
    {
      claim: "an operation nobody sent",
      run: changed((run) => {
        run.history = run.history.filter(({ client, t }) => client !== ALICE || t !== 2);
      }),
      outcome: "invalid",
      shows: /\(client 65537, t=2\) at n=3, which was never sent/,
    },
    {
      claim: "an operation executed before it was sent",
      run: changed((run) => {
        run.history = run.history.map((event) =>
          event.client === ALICE && event.t === 2
            ? { ...event, time: event.time + 200 * MS }
            : event,
        );
      }),
      outcome: "invalid",
      shows: /before it was sent/,
    },
    {
      claim: "an operation executed as one that another client sent",
      run: changed((run) =>
        rewrite(
          run,
          0,
          withOperation(([client, t, result, operation]) => [
            client,
            t,
            result,
            client === BOB && t === 3 ? 'operation ["append","b","z"]' : operation,
          ]),
        ),
      ),
      outcome: "invalid",
      shows: /t=3\) at n=5 as another operation/,
    },
    {
      claim: "one operation executed as two different ones on two replicas",
      run: changed((run) =>
        rewrite(
          run,
          3,
          withOperation(([client, t, result, operation]) => [
            client,
            t,
            result,
            client === BOB && t === 3 ? "made up" : operation,
          ]),
        ),
      ),
      outcome: "invalid",
      shows: /as another operation/,
    },
    {
      claim: "executed after the history breaks off",
      run: () => cutAfter(quietRun(), FILES.history, 1_000),
      outcome: "unknown",
      shows: /t=4\) at n=6, which was never sent, but history.jsonl is complete only until 600 ms/,
    },
    {
      claim: "nobody sent it, though the history breaks off later",
      run: () => {
        const run = quietRun();
        run.history = run.history.filter(({ client, t }) => client !== ALICE || t !== 2);
        return cutAfter(run, FILES.history, 1_000);
      },
      outcome: "invalid",
      shows: /t=2\) at n=3, which was never sent/,
    },
    {
      claim: "the history is gone",
      run: () => cutAfter(quietRun(), FILES.history, 0),
      outcome: "unknown",
      shows: /but there is nothing of history.jsonl/,
    },
  ],
  blindness: {
    "integrity.ts": [
      [
        "what was never sent is fine",
        "return { ...shownBy(`${which}, which was never sent`, record), rests };",
        "return null;",
      ],
      ["what was sent later is fine", "record.time + CLOCK_TOLERANCE_NS < invoke.time", "false"],
      ["any digest is fine", "if (digests.fits(text, digest)) return null;", "return null;"],
      [
        "only the first execution is looked at",
        "wrong !== null && !violations.has(name)",
        "wrong !== null && !seen.has(name)",
      ],
    ],
    "../proof.ts": TRUSTS_WHAT_IS_LEFT,
  },
};
