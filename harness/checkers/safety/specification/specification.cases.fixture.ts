import { type CheckerCases, changed, restarted, TRUSTS_WHAT_IS_LEFT } from "../../case.fixture.ts";
import { audit, inject, lying, MS, quietRun, type Run, rewrite } from "../../run.fixture.ts";
import { executionCases } from "./execution.fixture.ts";
import { orderingCases } from "./ordering.fixture.ts";
import { specification } from "./specification.ts";
import { accepted, fetched, inTheEnd, orderedAgain, startedAgain } from "./step.fixture.ts";
import { unsignedCases } from "./unsigned.fixture.ts";
import { viewCases } from "./views.fixture.ts";

/** In this folder's own words; those of one file stand in several parts. */
const parts = [orderingCases, executionCases, viewCases, unsignedCases];
const own: CheckerCases["blindness"] = {
  "vouching.ts": [
    ["good replicas may be accused", "if (witnesses.isOne(against))", "if (witnesses.isOne(-1))"],
    ["evidence may be told again and again", "if (state.accused.has(place))", "if (v < 0)"],
  ],
  "specification.ts": [
    [
      "what there is no rule for is allowed",
      "step ? step(state, line, world) : NO_RULE",
      "step ? step(state, line, world) : null",
    ],
    ["a log that begins in the middle is walked", "if (!beginsWithStart(log)) continue;", ""],
  ],
  "../../proof.ts": TRUSTS_WHAT_IS_LEFT,
};

/** Of replica 0, which is a liar then. */
function accusedBy2At(slots: readonly number[]): (run: Run) => void {
  return (run) => {
    inject(run, { entry: "lie", effects: lying(0), at: 100, until: 1_900 });
    for (const [index, n] of slots.entries()) {
      const what = "two PRE-PREPAREs";
      audit(run, 2, 1_700 + index, { e: "evidence", against: 0, what, v: 0, n });
    }
  };
}

function blindness(): CheckerCases["blindness"] {
  const all = [own, ...parts.map((part) => part.blindness)];
  const files = new Set(all.flatMap((each) => Object.keys(each)));
  return Object.fromEntries(
    [...files].map((file) => [file, all.flatMap((each) => each[file] ?? [])] as const),
  );
}

export const specificationCases: CheckerCases = {
  checker: specification,
  cases: [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 140 },
    { claim: "a number ordered again", run: changed(orderedAgain), outcome: "valid" },
    { claim: "a restart", run: changed(restarted), outcome: "valid" },
    { claim: "a state transfer", run: changed(fetched), outcome: "valid" },
    {
      claim: "a restart in a view whose line may be lost",
      run: changed((run) => {
        orderedAgain(run);
        rewrite(run, 3, (record) => (record.time < 1_540 * MS ? record : undefined));
        startedAgain(1)(run);
        audit(run, 3, 1_601, { ...accepted(7, { v: 1 }), boot: 2 });
      }),
      outcome: "valid",
    },
    {
      claim: "evidence against a good replica",
      run: inTheEnd({ e: "evidence", against: 0, what: "two PRE-PREPAREs", v: 0, n: 7 }),
      outcome: "invalid",
      shows: /protocols §6\.2 \(3\): r0 is good/,
    },
    ...[
      { claim: "evidence against a liar", slots: [7, 8], outcome: "valid" as const },
      {
        claim: "evidence that is told again",
        slots: [7, 7],
        outcome: "invalid" as const,
        shows: /protocols §12\.6: it has evidence at \(v=0, n=7\)/,
      },
    ].map(({ slots, ...rest }) => ({ ...rest, run: changed(accusedBy2At(slots)) })),
    {
      claim: "a step that its protocol does not have",
      run: inTheEnd({ e: "vouched", v: 1, of: 0 }),
      outcome: "invalid",
      shows: /protocols §15\.1: its protocol does no such thing/,
    },
    {
      claim: "a log that begins in the middle",
      run: changed((run) =>
        rewrite(run, 3, (record) => (record.time < 1_300 * MS ? undefined : record)),
      ),
      outcome: "valid",
      judged: 105,
    },
    ...parts.flatMap(({ cases }) => cases),
  ],
  blindness: blindness(),
};
