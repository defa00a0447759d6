import { type CheckerCases, changed, withOperation } from "../case.fixture.ts";
import { quietRun, rewrite } from "../run.fixture.ts";
import { replyValidity } from "./reply-validity.ts";

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
  ],
  blindness: {
    "reply-validity.ts": [["results are not compared", "other.result !== result", "false"]],
  },
};
