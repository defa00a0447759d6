import { FILES } from "../../observations/store.ts";
import {
  type CheckerCases,
  changed,
  restarted,
  TRUSTS_WHAT_IS_LEFT,
  transferred,
  viewChanged,
} from "../case.fixture.ts";
import { cutAfter } from "../cut-short.fixture.ts";
import { audit, inject, lying, MS, quietRun, type Run, rewrite } from "../run.fixture.ts";
import { persistBeforeSend } from "./persist-before-send.ts";

/** Replica 2 logs that it prepared n=3 at `ms`; the first to count that is earlier or not. */
function preparing(ms: number): (run: Run) => void {
  return (run) =>
    rewrite(run, 2, (record) =>
      record.e === "prepared" && record.n === 3 ? { ...record, time: ms * MS } : record,
    );
}

/**
 * Replica 0 takes the word of replica 2, at 322 ms, that batch 3 is decided; that one logs it at
 * 330. @param bootMs when it starts again; null: not at all
 */
function decidedLate(bootMs: number | null): (run: Run) => void {
  return (run) => {
    rewrite(run, 2, (record) => {
      const isThird = "n" in record && record.n === 3;
      if (isThird && record.e === "committed") return undefined;
      const time = isThird && record.e === "executed" ? 330 * MS : record.time;
      const boot = bootMs !== null && time > bootMs * MS ? 2 : 1;
      return { ...record, time, boot };
    });
    if (bootMs !== null) audit(run, 2, bootMs, { e: "boot", v: 1, h: 0, lastExec: 0, boot: 2 });
    audit(run, 0, 322, { e: "stated", n: 3, d: "batch-3", by: [2, 3] });
  };
}

/** Replica 3 was told of batch 3, executed it, and died before the line of that was written. */
function toldAndKilled(run: Run): void {
  rewrite(run, 3, (record) => {
    const isThird = "n" in record && record.n === 3;
    if (isThird && record.e !== "executed") return undefined;
    const time = isThird ? 330 * MS : record.time;
    return { ...record, time, boot: time > 321.5 * MS ? 2 : 1 };
  });
  audit(run, 3, 321, { e: "stated", n: 3, d: "batch-3", by: [0, 1] });
  audit(run, 3, 321.5, { e: "boot", v: 1, h: 0, lastExec: 0, boot: 2 });
  audit(run, 0, 322, { e: "stated", n: 3, d: "batch-3", by: [2, 3] });
}

/** Replica 0 leads, its PRE-PREPARE of n=5 is on the disk at `ms`; the others took it at 532. */
function proposing(ms: number): (run: Run) => void {
  return (run) => {
    for (const [replica, records] of run.audits) {
      rewrite(run, replica, (record) => {
        if (record.e !== "preprepared" || record.n !== 5) return record;
        return { ...record, time: (replica === 0 ? ms : 532) * MS };
      });
      run.audits.set(
        replica,
        (run.audits.get(replica) ?? records).toSorted((a, b) => a.time - b.time),
      );
    }
  };
}

/**
 * All enter view 1 at 1 210 ms; its primary, replica 1, has its NEW-VIEW on the disk at `ms`.
 * @param ms null: its log does not tell of it
 */
function enteringOn(ms: number | null): (run: Run) => void {
  return (run) => {
    viewChanged(run);
    rewrite(run, 1, (record) => {
      if (record.e !== "newview") return record;
      return ms === null ? undefined : { ...record, time: ms * MS };
    });
  };
}

/** It is killed behind the record and before its line, and starts again at `ms`. */
function leadingAgain(ms: number): (run: Run) => void {
  return (run) => {
    enteringOn(null)(run);
    rewrite(run, 1, (record) => (record.time < ms * MS ? record : { ...record, boot: 2 }));
    audit(run, 1, ms, { e: "boot", v: 1, h: 6, lastExec: 6, boot: 2 });
  };
}

function withoutViewChange(run: Run): void {
  viewChanged(run);
  rewrite(run, 2, (record) => (record.e === "viewchange" ? undefined : record));
}

interface Restart {
  readonly h: number;
  readonly tells: readonly number[];
  /** It enters view 1 before, with this base; null: it only asks for it. */
  readonly base?: number | null;
}

/** Replica 3 starts again at 1 201 ms, and first of all tells its votes for these numbers. */
function startsAgain({ h, tells, base }: Restart): (run: Run) => void {
  return (run) => {
    const v = base === undefined ? 0 : 1;
    if (base !== undefined) {
      rewrite(run, 3, (record) =>
        "v" in record && record.e !== "boot" ? { ...record, v } : record,
      );
      audit(run, 3, 1_190, { e: "viewchange", v, h: 4, p: [] });
    }
    if (typeof base === "number") {
      for (const replica of [1, 3]) {
        audit(run, replica, 1_195, { e: "newview", v, from: [0], base, selected: [] });
      }
      audit(run, 0, 1_190, { e: "viewchange", v, h: 4, p: [] });
    }
    audit(run, 3, 1_201, { e: "boot", v, h, lastExec: 6, boot: 2 });
    for (const n of tells) {
      audit(run, 3, 1_201, { e: "preprepared", v, n, d: `batch-${n}`, as: "backup", boot: 2 });
      audit(run, 3, 1_201, { e: "prepared", v, n, d: `batch-${n}`, by: [0, 1, 2], boot: 2 });
    }
    audit(run, 3, 1_202, { e: "timer", id: "status", afterMs: 50, boot: 2 });
  };
}

export const persistBeforeSendCases: CheckerCases = {
  checker: persistBeforeSend,
  cases: [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 225 },
    { claim: "a restart behind all votes", run: changed(restarted), outcome: "valid" },
    { claim: "a state transfer", run: changed(transferred), outcome: "valid" },
    { claim: "a view change", run: changed(viewChanged), outcome: "valid" },
    {
      claim: "a COMMIT that is counted before its sender has it on its disk",
      run: changed(preparing(330)),
      outcome: "invalid",
      shows: /r0 counted r2 for committed n=3 at 322 ms, which it logged at 330 ms/,
    },
    {
      claim: "clocks that are a moment apart",
      run: changed(preparing(322.5)),
      outcome: "valid",
    },
    {
      claim: "a COMMIT that its sender never gave is the business of S-11",
      run: changed((run) =>
        rewrite(run, 2, (r) => (r.e === "prepared" && r.n === 3 ? undefined : r)),
      ),
      outcome: "valid",
    },
    {
      claim: "a word that is counted before its sender has it on its disk",
      run: changed(decidedLate(null)),
      outcome: "invalid",
      shows: /r0 counted r2 for stated n=3 at 322 ms, which it logged at 330 ms/,
    },
    {
      claim: "the word of one who was killed behind the record and before its line",
      run: changed(decidedLate(321.5)),
      outcome: "valid",
    },
    {
      claim: "the word of one who was told, executed, and was killed before the line",
      run: changed(toldAndKilled),
      outcome: "valid",
    },
    {
      claim: "the word of one who is killed later",
      run: changed(decidedLate(325)),
      outcome: "invalid",
      shows: /r0 counted r2 for stated n=3 at 322 ms, which it logged at 330 ms/,
    },
    {
      claim: "a liar's word counts whenever it comes",
      run: changed((run) => {
        preparing(330)(run);
        inject(run, { entry: "lie", effects: lying(2), at: 100, until: 1_900 });
      }),
      outcome: "valid",
    },
    {
      claim: "a NEW-VIEW on a VIEW-CHANGE that its author never logged",
      run: changed(withoutViewChange),
      outcome: "invalid",
      shows: /r0 entered view 1 on a VIEW-CHANGE of r2, which it never logged/,
    },
    {
      claim: "a NEW-VIEW on the VIEW-CHANGE of a liar",
      run: changed((run) => {
        withoutViewChange(run);
        inject(run, { entry: "lie", effects: lying(2), at: 100, until: 1_900 });
      }),
      outcome: "valid",
    },
    {
      claim: "a NEW-VIEW on a VIEW-CHANGE that a restart found on the disk",
      run: changed((run) => {
        withoutViewChange(run);
        audit(run, 2, 1_205, { e: "boot", v: 1, h: 6, lastExec: 6, boot: 2 });
      }),
      outcome: "valid",
    },
    {
      claim: "a NEW-VIEW on a VIEW-CHANGE of one whose log breaks off before",
      run: changed((run) => {
        withoutViewChange(run);
        Object.assign(run, cutAfter(run, FILES.audit(2), 1_150));
      }),
      outcome: "unknown",
      shows: /which it never logged, but .*r2.jsonl is complete only until/,
    },
    {
      claim: "a PRE-PREPARE that is taken before its primary has it on its disk",
      run: changed(proposing(540)),
      outcome: "invalid",
      shows: /r1 took the PRE-PREPARE \(v=0, n=5\) of r0 at 532 ms, which it logged at 540 ms/,
    },
    {
      claim: "the clock of a primary is a moment ahead",
      run: changed(proposing(532.5)),
      outcome: "valid",
    },
    {
      claim: "a liar's PRE-PREPARE is taken whenever it comes",
      run: changed((run) => {
        proposing(540)(run);
        inject(run, { entry: "lie", effects: lying(0), at: 100, until: 1_900 });
      }),
      outcome: "valid",
    },
    {
      claim: "a PRE-PREPARE of which the log of its primary, begun in the middle, tells late",
      run: changed((run) => {
        proposing(540)(run);
        for (const replica of run.audits.keys()) {
          rewrite(run, replica, (record) => (record.time < 530 * MS ? undefined : record));
        }
      }),
      outcome: "valid",
    },
    {
      claim: "a NEW-VIEW by which others enter before its primary has it on its disk",
      run: changed(enteringOn(1_260)),
      outcome: "invalid",
      shows: /r0 entered view 1 by the NEW-VIEW of r1 at 1210 ms, which it logged at 1260 ms/,
    },
    {
      claim: "a NEW-VIEW of which its primary's log breaks off before it tells",
      run: changed((run) => {
        enteringOn(1_260)(run);
        Object.assign(run, cutAfter(run, FILES.audit(1), 1_205));
      }),
      outcome: "unknown",
      shows: /by the NEW-VIEW of r1, which it never logged, but .*r1.jsonl is complete only until/,
    },
    {
      claim: "a NEW-VIEW of a primary that starts in that view later",
      run: changed(leadingAgain(1_260)),
      outcome: "invalid",
      shows: /r0 entered view 1 by the NEW-VIEW of r1 at 1210 ms, which it logged at 1260 ms/,
    },
    {
      claim: "a NEW-VIEW that its primary found on its disk, and sent then",
      run: changed(leadingAgain(1_208)),
      outcome: "valid",
    },
    {
      claim: "a restart that tells all its votes again",
      run: changed(startsAgain({ h: 4, tells: [5, 6] })),
      outcome: "valid",
    },
    {
      claim: "a restart that has forgotten a vote",
      run: changed(startsAgain({ h: 4, tells: [5] })),
      outcome: "invalid",
      shows: /r3 started without its preprepared of batch-6 at \(v=0, n=6\)/,
    },
    {
      claim: "a restart that has forgotten what is stable",
      run: changed(startsAgain({ h: 6, tells: [] })),
      outcome: "valid",
    },
    {
      claim: "a restart in a view that was only asked for",
      run: changed(startsAgain({ h: 4, tells: [], base: null })),
      outcome: "valid",
    },
    {
      claim: "a restart in a view whose base has the votes behind it",
      run: changed(startsAgain({ h: 4, tells: [], base: 6 })),
      outcome: "valid",
    },
    {
      claim: "a restart in a later view that has forgotten a vote",
      run: changed(startsAgain({ h: 4, tells: [6], base: 4 })),
      outcome: "invalid",
      shows: /r3 started without its preprepared of batch-5 at \(v=1, n=5\)/,
    },
    {
      claim: "a restart that died at once",
      run: changed((run) => {
        audit(run, 3, 1_201, { e: "boot", v: 0, h: 4, lastExec: 6, boot: 2 });
        restarted(run);
      }),
      outcome: "valid",
    },
    {
      claim: "a restart with which the log ends",
      run: changed((run) => {
        rewrite(run, 3, (record) => (record.time < 1_200 * MS ? record : undefined));
        audit(run, 3, 1_201, { e: "boot", v: 0, h: 4, lastExec: 6, boot: 2 });
      }),
      outcome: "valid",
    },
  ],
  blindness: {
    "persist-before-send.ts": [
      [
        "when it was said does not matter",
        "first !== undefined && first.time <= until",
        "first !== undefined",
      ],
      [
        "clocks agree to the nanosecond",
        "first !== undefined && first.time <= until",
        "first !== undefined && first.time <= record.time",
      ],
      [
        "what was never said was said",
        "if (first === undefined && isCounted) return null;",
        "if (first === undefined) return null;",
      ],
      [
        "whoever starts again may lack lines",
        "if (first !== undefined && this.#mayLackItsLine(",
        "if (false && this.#mayLackItsLine(",
      ],
      ["who is told executes nothing", ' || record.e === "stated") this.#accept', ") this.#accept"],
      ["it matters not when it started", "?? Number.POSITIVE_INFINITY) <= until", "?? 0) > 0"],
      ["liars have to keep their word", "if (!input.good.has(replica)) continue;", ""],
      [
        "a start says nothing of a VIEW-CHANGE",
        '...(record.e === "newview" ? [] :',
        '...(record.e !== "viewchange" ? [] :',
      ],
      [
        "any NEW-VIEW may be early",
        "basis: `newview ${v}`, what, isCounted: false",
        'basis: "", what, isCounted: true',
      ],
      ["any PRE-PREPARE may be early", "const { n, d } = record;", "return null;"],
      ["logs that begin in the middle tell all", "beginsWithStart(log) ?", "log.length > 0 ?"],
      ["liars lead in time", "sources.has(taken.primary)", "taken.primary >= 0"],
      [
        "a start says nothing of a NEW-VIEW",
        '...(record.e === "viewchange" ? [] :',
        '...(record.e !== "newview" ? [] :',
      ],
      ["a restart may forget", "if (!told.has(nameOf(vote)))", "if (false)"],
      ["what is stable must be told again", "Math.max(record.h, ", "Math.max(0, "],
      ["a base is no floor", "? view.base : 0", "? 0 : 0"],
      [
        "a view that was asked for was entered",
        'view.e === "viewchange") continue;',
        "false) continue;",
      ],
      [
        "a log that ends has come to its end",
        'next === undefined || next.e === "boot"',
        "next === undefined",
      ],
    ],
    "../proof.ts": TRUSTS_WHAT_IS_LEFT,
  },
};
