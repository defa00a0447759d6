/** Votes, and what they rest on. */
import { type CheckerCases, changed } from "../../case.fixture.ts";
import { audit, MS, rewrite } from "../../run.fixture.ts";
import { accepted, both, each, entered, inTheEnd, left, lied, replaced } from "./step.fixture.ts";

export const orderingCases: Pick<CheckerCases, "cases" | "blindness"> = {
  cases: [
    {
      claim: "a vote after a VIEW-CHANGE",
      run: both(left, (run) => {
        lied(1)(run);
        audit(run, 2, 1_700, accepted(8, { v: 1 }));
      }),
      outcome: "invalid",
      shows: /r2: preprepared v=1 n=8 .* protocols §9\.1: it has sent VIEW-CHANGE for view 1/,
    },
    {
      claim: "a vote of another view",
      run: both(lied(0), (run) => audit(run, 2, 1_700, accepted(8, { v: 4 }))),
      outcome: "invalid",
      shows: /protocols §6\.2 \(1\): it is in view 0/,
    },
    {
      claim: "a backup that proposes",
      run: both(lied(0), (run) => audit(run, 2, 1_700, accepted(8, { primary: true }))),
      outcome: "invalid",
      shows: /r0 is the primary of view 0/,
    },
    {
      claim: "two digests at (v, n)",
      run: both(lied(0), (run) => audit(run, 2, 1_700, accepted(7, { d: "other" }))),
      outcome: "invalid",
      shows: /protocols §6\.2 \(3\)/,
    },
    {
      claim: "a number above the window",
      run: both(lied(0), (run) => audit(run, 2, 1_700, accepted(11))),
      outcome: "invalid",
      shows: /protocols §6\.2 \(4\): its window is \(6, 10\]/,
    },
    {
      claim: "a proposal that a good primary never made",
      run: inTheEnd(accepted(8)),
      outcome: "invalid",
      shows: /protocols §6\.2 \(1\): its primary, r0, did not propose it/,
    },
    {
      claim: "a primary that skips a number",
      run: changed((run) => audit(run, 0, 1_700, accepted(9, { primary: true }))),
      outcome: "invalid",
      shows: /protocols §5\.2: the next number to assign is 8/,
    },
    {
      claim: "another digest than the NEW-VIEW chose",
      run: both(entered, (run) =>
        each(run, 1_541, (replica) => accepted(7, { v: 1, d: "other", primary: replica === 1 })),
      ),
      outcome: "invalid",
      shows: /protocols §9\.7: the NEW-VIEW of this view chose another digest/,
    },
    {
      claim: "prepared without a PRE-PREPARE",
      run: changed((run) =>
        rewrite(run, 3, (record) =>
          record.e === "preprepared" && record.n === 7 ? undefined : record,
        ),
      ),
      outcome: "invalid",
      shows: /r3: prepared .* protocols §6\.3: it has accepted no PRE-PREPARE/,
    },
    {
      claim: "prepared by too few",
      run: changed(replaced(2, "prepared", { by: [0, 2] })),
      outcome: "invalid",
      shows: /protocols §6\.3: it takes 3 replicas, and 0,2 are named/,
    },
    {
      claim: "prepared by one replica twice",
      run: changed(replaced(2, "prepared", { by: [0, 1, 2, 2] })),
      outcome: "invalid",
      shows: /protocols §6\.3: it takes 3 replicas/,
    },
    {
      claim: "prepared without the primary",
      run: changed(replaced(2, "prepared", { by: [1, 2, 3] })),
      outcome: "invalid",
      shows: /protocols §6\.3: the PRE-PREPARE of the primary, r0, is missing/,
    },
    {
      claim: "prepared on a vote that a good replica never gave",
      run: changed((run) =>
        rewrite(run, 1, (record) => ("n" in record && record.n === 7 ? undefined : record)),
      ),
      outcome: "invalid",
      shows: /it counts r1, which did not accept that digest/,
    },
    {
      claim: "prepared on a vote whose line may be missing",
      run: changed((run) => {
        rewrite(run, 1, (record) => (record.time < 1_500 * MS ? record : undefined));
        const files = new Map([["audit/r1.jsonl", 1_500 * MS]]);
        run.completeness = { ...run.completeness, files };
      }),
      outcome: "unknown",
    },
    {
      claim: "committed without being prepared",
      run: changed((run) => {
        rewrite(run, 3, (record) =>
          record.e === "prepared" && record.n === 7 ? undefined : record,
        );
      }),
      outcome: "invalid",
      shows: /r3: committed .* protocols §6\.4: it has not prepared that digest/,
    },
    {
      claim: "committed by too few",
      run: changed(replaced(2, "committed", { by: [0, 1] })),
      outcome: "invalid",
      shows: /protocols §6\.4: it takes 3 replicas/,
    },
    {
      claim: "another digest decided later",
      run: both(lied(0, 1, 2), (run) =>
        audit(run, 3, 1_700, { e: "decided", v: 0, n: 7, d: "other", by: [0, 1, 2] }),
      ),
      outcome: "invalid",
      shows: /protocols §6\.4: it had decided another digest there/,
    },
  ],
  blindness: {
    "ordering.ts": [
      ["a vote of any view is allowed", "if (v !== view)", "if (v < 0)"],
      [
        "who left a view may vote in it",
        'if (standing !== "between") return null;',
        "return null;",
      ],
      ["anybody may propose", '(as === "primary") !== isPrimary', "false"],
      ["a second digest is allowed", "known !== undefined && known.d !== d", "false"],
      [
        "there is no window",
        "if (!isInWindow(state, { n, cluster: world.cluster, marks })) {",
        "if (n < 0) {",
      ],
      ["a primary may skip numbers", "n !== state.assigned + 1", "false"],
      ["the NEW-VIEW binds nobody", "return choice === d ? null", "return d ? null"],
      [
        "what the primary said does not matter",
        "if (!witnesses.isOne(primary) || witnesses.hasProposed(primary, n, { v, d })) return null;",
        "return null;",
      ],
      ["the own PRE-PREPARE is not needed", "state.acceptedAt(n, v)?.d !== d", "false"],
      ["the primary's PRE-PREPARE is not needed", "!line.by.includes(primary)", "false"],
      ["the own certificate is not needed", "!isCertified &&", "false &&"],
      ["what was decided may change", "(state.everDecided.get(n) ?? d) !== d", "false"],
    ],
    "members.ts": [
      ["any number is enough", "members.size < needed ||", "false ||"],
      ["one may count twice", "|| members.size < line.by.length", "|| false"],
      ["nobody is asked", "|| did(member)", "|| member >= 0"],
    ],
  },
};
