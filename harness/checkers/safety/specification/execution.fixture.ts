/** Executing, checkpoints, and the state of others. */
import { type CheckerCases, changed } from "../../case.fixture.ts";
import { MS, rewrite } from "../../run.fixture.ts";
import { both, fetched, inTheEnd, replaced } from "./step.fixture.ts";

export const executionCases: Pick<CheckerCases, "cases" | "blindness"> = {
  cases: [
    {
      claim: "executed without being decided",
      run: changed((run) =>
        rewrite(run, 3, (record) =>
          record.e === "committed" && record.n === 7 ? undefined : record,
        ),
      ),
      outcome: "invalid",
      shows: /r3: executed n=7 .* protocols §6\.5: it has not decided that/,
    },
    {
      claim: "executed with a gap",
      run: changed((run) =>
        rewrite(run, 3, (record) =>
          record.e === "executed" && record.n === 5 ? undefined : record,
        ),
      ),
      outcome: "invalid",
      shows: /r3: executed n=6 .* protocols §6\.5: the next is n=5/,
    },
    {
      claim: "an operation that has its effect twice",
      run: changed((run) => {
        for (const replica of run.audits.keys()) {
          rewrite(run, replica, (record) =>
            record.e === "executed" && record.n === 7
              ? { ...record, ops: [[65_538, 3, "again", "again"]] }
              : record,
          );
        }
      }),
      outcome: "invalid",
      shows: /protocols §6\.5: t=3 of client 65538 took effect after its t=3/,
    },
    {
      claim: "other effects than elsewhere",
      run: changed((run) =>
        rewrite(run, 3, (record) =>
          record.e === "executed" && record.n === 7 ? { ...record, ops: [] } : record,
        ),
      ),
      outcome: "invalid",
      shows: /r3: executed .* it had other effects at r0/,
    },
    {
      claim: "no checkpoint at a multiple of K",
      run: changed((run) =>
        rewrite(run, 3, (record) =>
          record.e === "checkpoint" && record.n === 6 ? undefined : record,
        ),
      ),
      outcome: "invalid",
      shows: /r3: executed n=7 .* protocols §7\.1: no checkpoint was taken at n=6/,
    },
    {
      claim: "a checkpoint of a number that is not executed",
      run: inTheEnd({ e: "checkpoint", n: 8, d: "state-8" }),
      outcome: "invalid",
      shows: /protocols §7\.1: it has executed up to n=7/,
    },
    {
      claim: "a checkpoint between",
      run: inTheEnd({ e: "checkpoint", n: 7, d: "state-7" }),
      outcome: "invalid",
      shows: /protocols §7\.1: 7 is no multiple of 2/,
    },
    {
      claim: "another state than elsewhere",
      run: changed(replaced(3, "checkpoint", { d: "other" })),
      outcome: "invalid",
      shows: /r3: checkpoint n=6 .* protocols §7\.1: the state of r0 there is state-6/,
    },
    {
      claim: "stable on too few",
      run: changed(replaced(2, "stable", { by: [0, 1] })),
      outcome: "invalid",
      shows: /protocols §7\.2: it takes 3 replicas/,
    },
    {
      claim: "stable again",
      run: inTheEnd({ e: "stable", n: 6, d: "state-6", by: [0, 1, 2] }),
      outcome: "invalid",
      shows: /protocols §7\.2: n=6 is stable already/,
    },
    {
      claim: "stable on a state that a good replica never had",
      run: inTheEnd({ e: "stable", n: 8, d: "state-8", by: [0, 1, 2] }),
      outcome: "invalid",
      shows: /protocols §7\.2: it counts r0, which did not have that state/,
    },
    {
      claim: "a state fetched that nothing proves",
      run: both(fetched, (run) =>
        rewrite(run, 3, (record) =>
          record.e === "stable" || record.time > 1_460 * MS ? undefined : record,
        ),
      ),
      outcome: "invalid",
      shows: /r3: statetransfer n=6 .* protocols §8\.1: what is proved ends at n=0/,
    },
    {
      claim: "another state installed than was fetched",
      run: both(fetched, replaced(3, "installed", { d: "other" })),
      outcome: "invalid",
      shows: /protocols §8\.7: it is not the state that was fetched/,
    },
    {
      claim: "a state found corrupt",
      run: inTheEnd({ e: "corrupt", n: 6, own: "state-6", stable: "other" }),
      outcome: "invalid",
      shows: /protocols §7\.5/,
    },
  ],
  blindness: {
    "execution.ts": [
      ["numbers may be left out", "n !== state.lastExec + 1", "false"],
      [
        "checkpoints may be left out",
        "if (state.owedCheckpoint === null) return null;",
        "return null;",
      ],
      [
        "what is executed need not be decided",
        'return state.mayLackLines ? null : refuse("6.5", "it has not decided that");',
        "return null;",
      ],
      ["an operation may have its effect twice", "t <= last", "t < 0"],
      ["others may have other effects", "return isSame ? null :", "return other ? null :"],
      [
        "checkpoints may be anywhere",
        'if (n % cluster.checkpointInterval !== 0) {\n    return refuse("7.1", ',
        'if (n < 0) {\n    return refuse("7.1", ',
      ],
      ["a checkpoint may be of any number", "!isRestored && n !== state.lastExec", "false"],
      ["others may have other states", "other !== undefined && other.d !== d", "false"],
      ["the stable mark may stand still", "if (n <= state.stable)", "if (n < 0)"],
      ["what is not stable may be fetched", "if (n > state.stable)", "if (n < 0)"],
      ["any state may be installed", "state.target?.n !== n || state.target.d !== d", "false"],
    ],
  },
};
