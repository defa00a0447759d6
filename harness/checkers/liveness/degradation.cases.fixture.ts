import { FILES } from "../../observations/store.ts";
import { type PlannedSimulation, usualSimulation } from "../../plan/simulation.ts";
import type { CheckerCases } from "../case.fixture.ts";
import { cutAfter } from "../cut-short.fixture.ts";
import {
  ALICE,
  audit,
  BOB,
  down,
  type FixtureOperation,
  inject,
  lying,
  quietRun,
  type Run,
} from "../run.fixture.ts";
import { degradation } from "./degradation.ts";

const CRASHED_AT = 500;
/** Asks for a view that nobody else asks for. */
const ALONE = { e: "viewchange", v: 1, h: 0, p: [] } as const;

/** Every 8 ms a write, and from 500 ms on one each so many. */
function writes(everyMs: number, until = 995): readonly FixtureOperation[] {
  const operations: FixtureOperation[] = [];
  for (let at = 4; at < until; at += at < CRASHED_AT ? 8 : everyMs) {
    const n = operations.length + 1;
    const client = n % 2 === 0 ? ALICE : BOB;
    const value = `v${n}`;
    operations.push({ client, t: n, f: "write", key: "a", value, at, until: at + 4, n });
  }
  return operations;
}

function crashing(everyMs: number, ...changes: readonly ((run: Run) => void)[]): () => Run {
  return () => {
    const run = quietRun(writes(everyMs));
    inject(run, { entry: "crash", effects: down(3), at: CRASHED_AT, until: 990 });
    for (const change of changes) change(run);
    return run;
  };
}

/** A wire of the simulator that loses frames. */
function lossy(run: Run): void {
  const network = { ...usualSimulation.network, loss: 0.1 };
  const simulation: PlannedSimulation = { ...usualSimulation, network };
  run.plan = { ...run.plan, simulation };
  run.driver = "simulation";
}

export const degradationCases: CheckerCases = {
  checker: degradation,
  cases: [
    { claim: "a run without faults", run: quietRun, outcome: "valid", judged: 0 },
    {
      claim: "with a backup crashed as many are answered",
      run: crashing(8),
      outcome: "valid",
      judged: 1,
      shows: /^9\d%|10\d% with r3 crashed$/,
    },
    { claim: "with a backup crashed half of them", run: crashing(15), outcome: "valid", judged: 1 },
    {
      claim: "with a backup crashed fewer",
      run: crashing(20),
      outcome: "invalid",
      shows:
        /^4\d% of the fault-free throughput was left with r3 crashed from 500 to 995 ms; at least 50% is owed/,
    },
    {
      claim: "as few as the scenario allows",
      run: crashing(20, (run) => {
        run.plan.expect = { ...run.plan.expect, degradedMin: 0.3 };
      }),
      outcome: "valid",
      judged: 1,
    },
    {
      claim: "fewer, with the primary crashed",
      run: () => {
        const run = quietRun(writes(20));
        inject(run, { entry: "crash", effects: down(0), at: CRASHED_AT, until: 990 });
        return run;
      },
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "fewer, with more than f crashed",
      run: () => {
        const run = quietRun(writes(20));
        inject(run, { entry: "crash", effects: down(2, 3), at: CRASHED_AT, until: 990 });
        return run;
      },
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "fewer, beside one that has lied",
      run: () => {
        const run = crashing(20)();
        inject(run, { entry: "lie", effects: lying(2), at: 490, until: 495 });
        return run;
      },
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "fewer, while the view changes",
      run: crashing(20, (run) => audit(run, 1, 700, { e: "viewchange", v: 1, h: 6, p: [] })),
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "fewer, with the primary crashed, where another one left its view alone",
      run: () => {
        const run = quietRun(writes(20));
        audit(run, 3, 0, ALONE);
        inject(run, { entry: "crash", effects: down(0), at: CRASHED_AT, until: 990 });
        return run;
      },
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "fewer, where another one left the view alone",
      run: () => {
        const run = quietRun(writes(20));
        audit(run, 2, 0, ALONE);
        inject(run, { entry: "crash", effects: down(3), at: CRASHED_AT, until: 990 });
        return run;
      },
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "fewer, where whoever crashed had left the view alone",
      run: crashing(20, (run) => audit(run, 3, 0, ALONE)),
      outcome: "invalid",
    },
    {
      claim: "fewer, on a wire that loses frames",
      run: crashing(20, lossy),
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "fewer, where that was all that there was to ask for",
      run: () => {
        const run = quietRun(writes(8, 600));
        inject(run, { entry: "crash", effects: down(3), at: CRASHED_AT, until: 990 });
        run.plan.workload = { ...run.plan.workload, operationsMax: 75 };
        return run;
      },
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "none, of too many to ask for",
      run: () => {
        const run = quietRun(writes(8, 600));
        inject(run, { entry: "crash", effects: down(3), at: CRASHED_AT, until: 990 });
        return run;
      },
      outcome: "invalid",
    },
    {
      claim: "fewer, with a slow primary",
      run: () => {
        const run = quietRun(writes(20));
        const condition = { kind: "delay", latencyMs: 20, jitterMs: 0 } as const;
        const effects = [{ on: "network", from: "r0", to: "r1", condition }] as const;
        inject(run, { entry: "slow", effects, at: CRASHED_AT, until: 990 });
        return run;
      },
      outcome: "valid",
      judged: 0,
      shows: /^4\d% with a slow primary r0$/,
    },
    {
      claim: "fewer, of which a history may have lost some",
      run: () => cutAfter(crashing(20)(), FILES.history, 950),
      outcome: "unknown",
      shows: /history.jsonl is complete only until/,
    },
  ],
  blindness: {
    "stricken-stretches.ts": [
      ["a view that one asks for has begun", 'record.e === "newview" ? record.v : []', "record.v"],
      ["who left the view by himself votes on", "...down, ...astray", "...down"],
    ],
    "degradation.ts": [
      [
        "any share will do",
        "if (share >= (expect.degradedMin ?? 0)) continue;",
        "if (share >= 0) continue;",
      ],
      ["the share is always a half", "expect.degradedMin ?? 0)) continue", "0.5)) continue"],
      ["a slow primary is judged", 'if (stretch.kind === "slow") continue;', ""],
      ["lost frames are no excuse", "(wire?.loss ?? 0) === 0", "true"],
    ],
  },
};
