import type { StatusSample } from "../../observations/observations.ts";
import { type CheckerCases, changed } from "../case.fixture.ts";
import { audit, inject, lying, MS, quietRun, type Run, rewrite } from "../run.fixture.ts";
import { repairedState } from "./repaired-state.ts";

const FETCHED = { nodes: 1, bytes: 40 };

/** The state of replica 3 is spoilt at 900 ms: it has executed 5, and 4 is stable. */
function spoilt(...changes: readonly ((run: Run) => void)[]): () => Run {
  return changed((run) => {
    spoil(run, 900);
    for (const change of changes) change(run);
  });
}

function spoil(run: Run, at: number): void {
  const effects = [{ on: "state" as const, replica: "r3", pick: 0 }];
  inject(run, { entry: `spoilt-${at}`, effects, at, until: at + 1 });
}

/** From there on it says what is given here. */
function from(ms: number, run: Run): void {
  rewrite(run, 3, (record) => (record.time < ms * MS ? record : undefined));
}

/** It takes a wrong checkpoint at 6, and hears what is stable there. */
function wrongAtSix(run: Run): void {
  from(1_124, run);
  audit(run, 3, 1_124, { e: "checkpoint", n: 6, d: "wrong-6" });
  audit(run, 3, 1_125, { e: "stable", n: 6, d: "state-6", by: [0, 1, 2] });
}

function found(run: Run): void {
  wrongAtSix(run);
  audit(run, 3, 1_126, { e: "corrupt", n: 6, own: "wrong-6", stable: "state-6" });
}

function repaired(run: Run): void {
  found(run);
  audit(run, 3, 1_300, { e: "installed", n: 6, d: "state-6", fetched: FETCHED });
}

function executes(run: Run, n: number, ms: number, boot = 1): void {
  audit(run, 3, ms, { e: "executed", n, d: `batch-${n}`, ops: [], boot });
}

/** It starts again, and tells of the state at its stable mark first. */
function started(run: Run, { d, h }: { readonly d: string; readonly h: number }): void {
  from(920, run);
  audit(run, 3, 950, { e: "checkpoint", n: 4, d, boot: 2 });
  audit(run, 3, 951, { e: "boot", v: 0, h, lastExec: 4, boot: 2 });
}

function startedCorrupt(run: Run): void {
  from(920, run);
  audit(run, 3, 951, { e: "boot", v: 0, h: 4, lastExec: 4, boot: 2 });
  audit(run, 3, 952, { e: "corrupt", n: 4, own: "wrong-4", stable: "state-4", boot: 2 });
}

function polled(run: Run, digest: string, ms: number): void {
  const of = (replica: number, stateDigest: string) =>
    ({
      time: ms * MS,
      replica,
      up: true,
      status: { view: 0, active: true, lastExec: 7, stable: 6, rejected: {}, counters: {} },
      stateDigest,
    }) as StatusSample;
  run.samples = [...run.samples, of(0, "held"), of(3, digest)];
}

export const repairedStateCases: CheckerCases = {
  checker: repairedState,
  cases: [
    { claim: "nobody's state was spoilt", run: quietRun, outcome: "valid", judged: 0 },
    { claim: "one that nobody has noticed yet", run: spoilt(), outcome: "valid", judged: 1 },
    {
      claim: "a strike that found nothing",
      run: changed((run) => {
        const effects = [{ on: "state" as const, replica: "r3", pick: 0 }];
        inject(run, { entry: "none", effects, at: 900, until: 901, outcome: "skipped" });
        wrongAtSix(run);
        executes(run, 7, 1_520);
      }),
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "found, repaired, and going on",
      run: spoilt(
        repaired,
        (run) => executes(run, 7, 1_520),
        (run) => polled(run, "held", 1_800),
      ),
      outcome: "valid",
      judged: 1,
    },
    {
      claim: "what it took before it installed another state is compared with what is stable later",
      run: spoilt((run) => {
        from(1_124, run);
        audit(run, 3, 1_124, { e: "checkpoint", n: 6, d: "wrong-6" });
        audit(run, 3, 1_125, { e: "installed", n: 7, d: "state-7", fetched: FETCHED });
        audit(run, 3, 1_126, { e: "stable", n: 6, d: "state-6", by: [0, 1, 2] });
        executes(run, 8, 1_127);
      }),
      outcome: "valid",
    },
    {
      claim: "wrong states are told of at other replicas that nobody has spoilt",
      run: changed((run) => {
        wrongAtSix(run);
        executes(run, 7, 1_520);
      }),
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "it executes on though it has found its state wrong",
      run: spoilt(found, (run) => executes(run, 7, 1_520)),
      outcome: "invalid",
      shows: /r3 executed n=7 though its state is known to be wrong/,
    },
    {
      claim: "it executes on, and does not look",
      run: spoilt(wrongAtSix, (run) => executes(run, 7, 1_520)),
      outcome: "invalid",
      shows: /r3 executed n=7 though/,
    },
    {
      claim: "it tells of a state where it knows another one to be stable",
      run: spoilt((run) => {
        from(1_124, run);
        audit(run, 3, 1_124, { e: "stable", n: 6, d: "state-6", by: [0, 1, 2] });
        audit(run, 3, 1_125, { e: "checkpoint", n: 6, d: "wrong-6" });
      }),
      outcome: "invalid",
      shows: /r3 took a checkpoint though/,
    },
    {
      claim: "it starts from a state other than what is stable",
      run: spoilt((run) => started(run, { d: "wrong-4", h: 4 })),
      outcome: "invalid",
      shows: /r3 started from wrong-4 at n=4, where state-4 is stable/,
    },
    {
      claim: "it starts from the one that is stable",
      run: spoilt((run) => started(run, { d: "state-4", h: 4 })),
      outcome: "valid",
    },
    {
      claim: "it has lost the proof of what is stable, and starts from a wrong state above it",
      run: spoilt((run) => started(run, { d: "wrong-4", h: 2 })),
      outcome: "valid",
    },
    {
      claim: "it starts, says that its state is wrong, and executes",
      run: spoilt(startedCorrupt, (run) => executes(run, 5, 990, 2)),
      outcome: "invalid",
      shows: /r3 executed n=5 though/,
    },
    {
      claim: "a new life, with the state as it was, knows nothing of what was found before",
      run: spoilt(found, (run) => {
        audit(run, 3, 1_400, { e: "checkpoint", n: 6, d: "wrong-6", boot: 2 });
        audit(run, 3, 1_401, { e: "boot", v: 0, h: 4, lastExec: 6, boot: 2 });
        executes(run, 7, 1_520, 2);
      }),
      outcome: "valid",
    },
    {
      claim: "it installs another state than the others have",
      run: spoilt(found, (run) => {
        audit(run, 3, 1_300, { e: "installed", n: 6, d: "other", fetched: FETCHED });
      }),
      outcome: "invalid",
      shows: /r3 installed other at n=6, where the others have state-6/,
    },
    {
      claim: "it installs the same again and again",
      run: spoilt(repaired, (run) => {
        audit(run, 3, 1_400, { e: "installed", n: 6, d: "state-6", fetched: FETCHED });
      }),
      outcome: "invalid",
      shows: /r3 installed state-6 at n=6 again/,
    },
    {
      claim: "it ends by itself",
      run: spoilt((run) => {
        run.ledger.push({ time: 1_000 * MS, kind: "died", replica: 3, why: "r3 ended by itself" });
        run.ledger.sort((one, other) => one.time - other.time);
      }),
      outcome: "invalid",
      shows: /r3 ended by itself/,
    },
    {
      claim: "one that lies besides is no evidence, whatever it says, and may end by itself",
      run: spoilt(found, (run) => {
        executes(run, 7, 1_520);
        inject(run, { entry: "lie", effects: lying(3), at: 1_600, until: 1_700 });
        run.ledger.push({ time: 1_800 * MS, kind: "died", replica: 3, why: "r3 ended by itself" });
        run.ledger.sort((one, other) => one.time - other.time);
      }),
      outcome: "valid",
      judged: 0,
    },
    {
      claim: "one that was to lie, and never did, is judged",
      run: spoilt(found, (run) => {
        executes(run, 7, 1_520);
        inject(run, {
          entry: "lie",
          effects: lying(3),
          at: 60,
          until: 70,
          outcome: "skipped",
        });
      }),
      outcome: "invalid",
      shows: /r3 executed n=7 though/,
    },
    {
      claim: "it had ended before, or another one has",
      run: spoilt((run) => {
        run.ledger.push({ time: 800 * MS, kind: "died", replica: 3, why: "before" });
        run.ledger.push({ time: 1_000 * MS, kind: "died", replica: 2, why: "another" });
      }),
      outcome: "valid",
    },
    {
      claim: "it holds another state than the others once it is repaired",
      run: spoilt(repaired, (run) => polled(run, "another", 1_800)),
      outcome: "invalid",
      shows: /r3 was repaired, and holds another state than r0 after n=7/,
    },
    {
      claim: "it holds another state before it is repaired, or spoilt once more",
      run: spoilt(
        repaired,
        (run) => polled(run, "another", 1_250),
        (run) => spoil(run, 1_500),
        (run) => polled(run, "another", 1_800),
      ),
      outcome: "valid",
    },
  ],
  blindness: {
    "repaired-state.ts": [
      ["strikes are not looked at", 'effect.on !== "state"', "true"],
      ["a strike that found nothing counts", "isAbsent(outcome)", "false"],
      ["executions are not looked at", "this.#refuse(`executed n=${record.n}`, record);", ""],
      ["whoever was spoilt is believed", "honest.has(replica)", "replica >= 0"],
      ["a start may be from any state", "restored === undefined || stable", "true || stable"],
      ["what a power cut took counts", "this.#own = new OwnState();", ""],
      ["any state may be installed", "state !== undefined && state !== record.d", "false"],
      ["as often as it likes", "known === null && this.#installed?.n === record.n", "false"],
      [
        "a repair is none",
        "    if (known) this.repairs.push({ found: known.time, time: record.time });\n",
        "",
      ],
      [
        "any installation is a repair from the first on",
        "repairs.find(({ found }) => found > last)",
        "repairs.find(({ found }) => found > 0)",
      ],
      ["whoever ends by itself may", 'line.kind !== "died"', "true"],
      ["whoever else ends is meant", "|| line.replica !== replica", ""],
      ["deaths before count", "|| line.time < since", ""],
      ["digests are not compared", "other.stateDigest === sample.stateDigest", "true"],
      ["wrong before it is repaired is wrong", "|| sample.time < since ", ""],
    ],
    "../own-state.ts": [
      [
        "what is found is forgotten",
        'case "corrupt":\n        this.wrong = record;',
        'case "corrupt":',
      ],
      [
        "what is stable is not compared with what was taken",
        "(this.#taken.get(record.n)?.d ?? record.d) !== record.d",
        "false",
      ],
      [
        "nor what is taken with what is stable",
        "(this.#stable.get(record.n) ?? record.d) !== record.d",
        "false",
      ],
      ["who has that of the others is wrong still", "this.wrong = null;", ""],
      ["what it took of the state before is of this one", "this.#taken.clear();", ""],
    ],
  },
};
