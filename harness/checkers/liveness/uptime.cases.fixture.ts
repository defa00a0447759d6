import { type CheckerCases, changed } from "../case.fixture.ts";
import { inject, lying, MS, quietRun, type Run } from "../run.fixture.ts";
import { uptime } from "./uptime.ts";

/** With a reason of its own, at a time when no fault was active. */
function died(run: Run, replica: number): void {
  const why = `r${replica} ended by itself with exit code 70`;
  run.ledger = [...run.ledger, { time: 1_600 * MS, kind: "died", replica, why }];
}

export const uptimeCases: CheckerCases = {
  checker: uptime,
  cases: [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 4 },
    {
      claim: "a replica ends by itself",
      run: changed((run) => died(run, 2)),
      outcome: "invalid",
      shows: /r2 ended by itself with exit code 70/,
    },
    {
      claim: "a liar may end as it likes",
      run: changed((run) => {
        inject(run, { entry: "lie", effects: lying(2), at: 60, until: 1_900 });
        died(run, 2);
      }),
      outcome: "valid",
      judged: 3,
    },
    {
      claim: "replicas are at work without end",
      run: changed((run) => {
        const why = "400000 inputs, and no end of them";
        run.ledger = [...run.ledger, { time: 1_600 * MS, kind: "livelock", why }];
      }),
      outcome: "invalid",
      shows: /400000 inputs, and no end of them/,
    },
  ],
  blindness: {
    "uptime.ts": [
      ["work without end does not count", 'line.kind === "livelock"', "false"],
      ["deaths do not count", 'line.kind !== "died" || !good.has(line.replica)', "true"],
      [
        "liars must stay up",
        'line.kind !== "died" || !good.has(line.replica)',
        'line.kind !== "died"',
      ],
    ],
  },
};
