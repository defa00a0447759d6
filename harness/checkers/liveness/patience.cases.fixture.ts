import type { FaultEffect } from "../../../faults/fault.ts";
import { FILES } from "../../observations/store.ts";
import { usualSimulation } from "../../plan/simulation.ts";
import { asks, type CheckerCases, changed, enters, viewChanged } from "../case.fixture.ts";
import { cutAfter } from "../cut-short.fixture.ts";
import { audit, inject, lying, quietRun, type Run } from "../run.fixture.ts";
import { patience } from "./patience.ts";

/** All but replica 0 ask for view 1 between 600 and 640 ms; the time-out is 100 ms. */
function left(run: Run): void {
  for (const [place, replica] of [3, 2, 1].entries()) asks(run, 600 + 20 * place, 1, [replica]);
}

/** Too few ask for view 1, and one of them does not wait for more. */
function early(run: Run): void {
  asks(run, 600, 1, [3]);
  asks(run, 620, 1, [2]);
  asks(run, 730, 2, [3]);
}

/** Replica 3 leaves view 1 soon after it has entered it, when these have left it. */
function follows(run: Run, others: readonly number[]): void {
  enters(run, 700, 1, [1, 2]);
  enters(run, 805, 1, [3]);
  asks(run, 810, 2, others);
  asks(run, 812, 2, [3]);
}

function simulated(run: Run, fsyncMaxMs: number, durability: "group-commit" | "fsync-each"): void {
  const { disk } = usualSimulation;
  const cluster = { ...run.plan.cluster, durability };
  const simulation = { ...usualSimulation, disk: { ...disk, fsyncMaxMs } };
  run.plan = { ...run.plan, cluster, simulation };
}

/** Replica 3 gives view 1 up before the time-out, by its lines. */
function hasty(run: Run): void {
  left(run);
  asks(run, 710, 2, [3]);
}

function holdsBack(run: Run, effect: FaultEffect, at = 100): void {
  inject(run, { entry: "held", effects: [effect], at, until: at + 50 });
}

function costly(run: Run): void {
  const costs = {
    verificationMs: 0.1,
    signatureMs: 0.1,
    codeMs: 0.01,
    frameMs: 0.01,
    carriedMsPerKib: 0,
    hashedMsPerKib: 0,
    writtenMsPerKib: 0,
  };
  run.plan = { ...run.plan, simulation: { ...usualSimulation, costs } };
}

export const patienceCases: CheckerCases = {
  checker: patience,
  cases: [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 0 },
    {
      claim: "all leave a view in which they were for long",
      run: changed(viewChanged),
      outcome: "valid",
    },
    {
      claim: "somebody waits for the time-out from when a quorum had asked",
      run: changed((run) => {
        left(run);
        asks(run, 740, 2, [3]);
      }),
      outcome: "valid",
      judged: 3,
    },
    {
      claim: "somebody waits from when it asked itself, and not from the quorum on",
      run: changed(hasty),
      outcome: "invalid",
      shows: /r3 gave up view 1 at 710 ms, for which a quorum can have asked at 640 ms; .* 100 ms/,
    },
    {
      claim: "somebody does not wait until a quorum has asked",
      run: changed((run) => {
        early(run);
      }),
      outcome: "invalid",
      shows: /r3 gave up view 1 at 730 ms, before a quorum can have asked for it/,
    },
    {
      claim: "where work costs time, a line may come long after the timer was set",
      run: changed((run) => {
        costly(run);
        hasty(run);
      }),
      outcome: "valid",
    },
    {
      claim: "nor where a write may take long, whose line waits for two",
      run: changed((run) => {
        simulated(run, 13, "group-commit");
        hasty(run);
      }),
      outcome: "valid",
    },
    {
      claim: "and not where it takes a moment",
      run: changed((run) => {
        simulated(run, 12, "group-commit");
        hasty(run);
      }),
      outcome: "invalid",
    },
    {
      claim: "nor where each write is synced by itself, and its line waits for all before it",
      run: changed((run) => {
        simulated(run, 1, "fsync-each");
        hasty(run);
      }),
      outcome: "valid",
    },
    {
      claim: "nor of who was paused",
      run: changed((run) => {
        holdsBack(run, { on: "process", replica: "r3", condition: { kind: "paused" } });
        hasty(run);
      }),
      outcome: "valid",
    },
    {
      claim: "nor of who has had little of its CPU",
      run: changed((run) => {
        holdsBack(run, { on: "cpu", replica: "r3", condition: { kind: "quota", share: 0.1 } });
        hasty(run);
      }),
      outcome: "valid",
    },
    {
      claim: "of nobody else",
      run: changed((run) => {
        holdsBack(run, { on: "process", replica: "r2", condition: { kind: "paused" } });
        hasty(run);
      }),
      outcome: "invalid",
    },
    {
      claim: "nor of who is paused only afterwards",
      run: changed((run) => {
        holdsBack(run, { on: "process", replica: "r3", condition: { kind: "paused" } }, 900);
        hasty(run);
      }),
      outcome: "invalid",
    },
    {
      claim: "but not before a quorum has asked",
      run: changed((run) => {
        costly(run);
        early(run);
      }),
      outcome: "invalid",
      shows: /r3 gave up view 1 at 730 ms, before a quorum can have asked for it/,
    },
    {
      claim: "what a liar may have asked for counts",
      run: changed((run) => {
        inject(run, { entry: "lie", effects: lying(0), at: 100, until: 150 });
        early(run);
      }),
      outcome: "valid",
      judged: 1,
    },
    {
      claim: "a liar's view is given up at once",
      run: changed((run) => {
        inject(run, { entry: "lie", effects: lying(1), at: 100, until: 150 });
        asks(run, 600, 1, [2, 3]);
        asks(run, 610, 2, [3]);
      }),
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "somebody leaves a view that it has just entered",
      run: changed((run) => {
        left(run);
        enters(run, 700, 1, [1, 2, 3]);
        asks(run, 712, 2, [2]);
      }),
      outcome: "invalid",
      shows: /r2 gave up view 1 at 712 ms, which it had entered at 700 ms/,
    },
    {
      claim: "somebody leaves a view that was entered late, and did not work",
      run: changed((run) => {
        left(run);
        enters(run, 700, 1, [1, 2, 3]);
        asks(run, 745, 2, [2]);
      }),
      outcome: "valid",
    },
    {
      claim: "who joins others need not wait",
      run: changed((run) => {
        follows(run, [1, 2]);
      }),
      outcome: "valid",
    },
    {
      claim: "one other is not joined",
      run: changed((run) => {
        follows(run, [1]);
      }),
      outcome: "invalid",
      shows: /r3 gave up view 1 at 812 ms, which it had entered at 805 ms/,
    },
    {
      claim: "one other is joined where another one may lie",
      run: changed((run) => {
        inject(run, { entry: "lie", effects: lying(0), at: 100, until: 150 });
        follows(run, [1]);
      }),
      outcome: "valid",
    },
    {
      claim: "who starts again waits anew, for what its disk held",
      run: changed((run) => {
        enters(run, 700, 1, [1, 2, 3]);
        audit(run, 3, 790, { e: "boot", v: 1, h: 0, lastExec: 0, boot: 2 });
        asks(run, 812, 2, [3]);
      }),
      outcome: "invalid",
      shows: /r3 gave up view 1 at 812 ms/,
    },
    {
      claim: "by a log whose beginning is missing",
      run: changed((run) => {
        left(run);
        asks(run, 710, 2, [3]);
        Object.assign(run, cutAfter(run, FILES.audit(2), 400));
      }),
      outcome: "unknown",
      shows: /gave up view 1 .*, but .*r2.jsonl is complete only until/,
    },
  ],
  blindness: {
    "patience.ts": [
      ["no wait is too short", "time - since >= leastNs || ", "time > 0 || "],
      ["a slow disk makes no line late", "diskMs > leastMs || ", ""],
      ["one sync after the other makes no line late", " || isInLine;", ";"],
      ["a paused replica's lines are in time", "!isPaused && ", ""],
      [
        "so are those of one without CPU",
        'if (!isPaused && effect.on !== "cpu")',
        "if (!isPaused)",
      ],
      [
        "whoever was held back, all may be late",
        "(this.#since.get(`r${replica}`) ?? Number.POSITIVE_INFINITY)",
        "Math.min(...this.#since.values())",
      ],
      ["who is held back later was late before", " <= until;", " < Number.POSITIVE_INFINITY;"],
      [
        "nobody is joined",
        "return others.length + this.#bad >= this.#weakQuorum;",
        "return false;",
      ],
      ["liars are not joined", "others.length + this.#bad", "others.length"],
      ["one is enough to be joined", ">= this.#weakQuorum", ">= 1"],
      ["liars ask for nothing", "this.#quorum - this.#bad", "this.#quorum"],
      ["who asked alone is a quorum", "[needed - 1]", "[0]"],
      [
        "a liar's view is to be waited for",
        "v !== view + 1 || !asked.isGood(view % asked.replicas)",
        "v !== view + 1",
      ],
      ["what is entered is waited for from the quorum on", "entered ?? Number.", "Number."],
    ],
  },
};
