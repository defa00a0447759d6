import { type CheckerCases, changed } from "../case.fixture.ts";
import { audit, digests, MS, quietRun } from "../run.fixture.ts";
import { checkpointAgreement } from "./checkpoint-agreement.ts";

export const checkpointAgreementCases: CheckerCases = {
  checker: checkpointAgreement,
  cases: [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 3 },
    {
      claim: "a replica takes another checkpoint",
      run: changed((run) => audit(run, 2, 700, { e: "checkpoint", n: 4, d: "other" })),
      outcome: "invalid",
      shows: /checkpoint n=4: r0 checkpoint state-4, r2 checkpoint other/,
    },
    {
      claim: "another digest becomes stable",
      run: changed((run) => audit(run, 2, 700, { e: "stable", n: 4, d: "other", by: [0, 1, 2] })),
      outcome: "invalid",
      shows: /stable other/,
    },
    {
      claim: "another state is installed",
      run: changed((run) =>
        audit(run, 2, 700, { e: "installed", n: 4, d: "other", fetched: { nodes: 1, bytes: 40 } }),
      ),
      outcome: "invalid",
      shows: /installed other/,
    },
    {
      claim: "a good replica finds itself corrupt",
      run: changed((run) => audit(run, 2, 700, { e: "corrupt", n: 4, own: "a", stable: "b" })),
      outcome: "invalid",
      shows: /r2 found its own state corrupt/,
    },
    {
      claim: "polled at one number, they hold two states",
      run: changed((run) => {
        const status = {
          view: 0,
          active: true,
          lastExec: 7,
          stable: 6,
          rejected: {},
          counters: {},
        };
        const sample = { time: 1_800 * MS, up: true, status };
        run.samples = [
          { ...sample, replica: 0, stateDigest: "same" },
          { ...sample, replica: 1, stateDigest: "other" },
        ];
      }),
      outcome: "invalid",
      shows: /r0 and r1 hold different states after n=7/,
    },
    {
      claim: "at the end they hold two states",
      run: changed((run) => {
        run.ledger = run.ledger.map((line) =>
          line.kind === "converged"
            ? { ...line, digests: { ...digests("same"), r3: "other" } }
            : line,
        );
      }),
      outcome: "invalid",
      shows: /2 different states/,
    },
  ],
  blindness: {
    "checkpoint-agreement.ts": [
      ["digests are not compared", "other.d !== record.d", "false"],
      [
        "stable digests do not count",
        'record.e !== "checkpoint" && record.e !== "stable" && record.e !== "installed"',
        'record.e !== "checkpoint" && record.e !== "installed"',
      ],
      [
        "installed digests do not count",
        'record.e !== "checkpoint" && record.e !== "stable" && record.e !== "installed"',
        'record.e !== "checkpoint" && record.e !== "stable"',
      ],
      ["a corrupt replica is fine", 'record.e === "corrupt"', "false"],
      ["polled digests are not compared", "other.stateDigest !== sample.stateDigest", "false"],
      ["final digests are not compared", "states.size < 2", "true"],
    ],
  },
};
