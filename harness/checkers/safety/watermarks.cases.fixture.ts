import {
  type CheckerCases,
  changed,
  restarted,
  transferred,
  viewChanged,
} from "../case.fixture.ts";
import { audit, inject, lying, MS, quietRun, type Run, rewrite } from "../run.fixture.ts";
import { watermarks } from "./watermarks.ts";

/** A backup accepts one number more; its window of four ends at n=10 after the last checkpoint. */
function accepting(n: number, { v = 0, at = 1_600 }: { v?: number; at?: number } = {}) {
  return (run: Run): void => {
    audit(run, 1, at, { e: "preprepared", v, n, d: `batch-${n}`, as: "backup" });
  };
}

/** Before the last operation it enters view 1 with these numbers chosen. */
function enters(run: Run, base: number, chosen: readonly number[]): void {
  audit(run, 1, 1_550, { e: "viewchange", v: 1, h: 6, p: [] });
  audit(run, 1, 1_560, {
    e: "newview",
    v: 1,
    from: [0, 1, 2],
    base,
    selected: chosen.map((n) => [n, `batch-${n}`] as const),
  });
}

type Names = readonly (readonly [n: number, d: string, view: number])[];

/** Replica 1 leaves view 0 behind n=6, with this P. */
function leaves(run: Run, p: Names = []): void {
  audit(run, 1, 1_550, { e: "viewchange", v: 1, h: 6, p });
}

/** Replica 2 counts its VIEW-CHANGE, with these entries. */
function counted(run: Run, { p = [], q = [] }: { p?: Names; q?: Names }): void {
  audit(run, 2, 1_560, { e: "claims", v: 1, of: [{ replica: 1, h: 6, p, q }] });
}

export const watermarksCases: CheckerCases = {
  checker: watermarks,
  cases: [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 28 },
    { claim: "a restart", run: changed(restarted), outcome: "valid" },
    { claim: "a state transfer", run: changed(transferred), outcome: "valid" },
    { claim: "a view change", run: changed(viewChanged), outcome: "valid" },
    { claim: "the last number of the window", run: changed(accepting(10)), outcome: "valid" },
    {
      claim: "the first number above it",
      run: changed(accepting(11)),
      outcome: "invalid",
      shows: /r1 accepted n=11 in view 0, above its window, which ends at n=10/,
    },
    {
      claim: "a number that is stable already",
      run: changed(accepting(6)),
      outcome: "invalid",
      shows: /r1 accepted n=6 in view 0, which n=6 had made stable/,
    },
    {
      claim: "a number that a restart still has to make stable again",
      run: changed((run) => {
        audit(run, 1, 1_590, { e: "boot", v: 0, h: 4, lastExec: 6, boot: 2 });
        accepting(6)(run);
      }),
      outcome: "valid",
    },
    {
      claim: "a number in the window of what a restart finds stable",
      run: changed((run) => {
        audit(run, 1, 1_590, { e: "boot", v: 0, h: 8, lastExec: 8, boot: 2 });
        accepting(12)(run);
      }),
      outcome: "valid",
    },
    {
      claim: "a number in the window of the state with which a restart begins",
      run: changed((run) => {
        audit(run, 1, 1_590, { e: "boot", v: 0, h: 6, lastExec: 8, boot: 2 });
        accepting(12)(run);
      }),
      outcome: "valid",
    },
    {
      claim: "a number in a view whose choice died with the line that told it",
      run: changed((run) => {
        audit(run, 1, 1_590, { e: "boot", v: 1, h: 6, lastExec: 6, boot: 2 });
        accepting(12, { v: 1 })(run);
      }),
      outcome: "valid",
    },
    {
      claim: "a number above the window of a state that was installed",
      run: changed((run) => {
        audit(run, 1, 1_590, { e: "installed", n: 8, d: "s", fetched: { nodes: 1, bytes: 1 } });
        accepting(12)(run);
      }),
      outcome: "valid",
    },
    {
      claim: "a number however high that its view selects",
      run: changed((run) => {
        enters(run, 6, [7, 12]);
        accepting(12, { v: 1 })(run);
      }),
      outcome: "valid",
    },
    {
      claim: "a number that another view than its own selected",
      run: changed((run) => {
        enters(run, 6, [7, 12]);
        accepting(12, { v: 2 })(run);
      }),
      outcome: "invalid",
      shows: /r1 accepted n=12 in view 2, above its window/,
    },
    {
      claim: "the window of a base that is not stable here",
      run: changed((run) => {
        enters(run, 8, []);
        accepting(12, { v: 1 })(run);
      }),
      outcome: "valid",
    },
    {
      claim: "a number that the base of its view has behind it",
      run: changed((run) => {
        enters(run, 8, []);
        accepting(8, { v: 1 })(run);
      }),
      outcome: "invalid",
      shows: /r1 accepted n=8 in view 1, whose base is n=8/,
    },
    {
      claim: "a primary proposes above its window",
      run: changed((run) => {
        audit(run, 0, 1_600, { e: "preprepared", v: 0, n: 11, d: "x", as: "primary" });
      }),
      outcome: "invalid",
      shows: /r0 accepted n=11/,
    },
    {
      claim: "a liar that accepts anything",
      run: changed((run) => {
        inject(run, { entry: "lie", effects: lying(1), at: 100, until: 1_900 });
        accepting(99)(run);
      }),
      outcome: "valid",
    },
    {
      claim: "P and Q name what lies in the window",
      run: changed((run) => {
        const named: Names = [
          [7, "batch-7", 0],
          [10, "batch-10", 0],
        ];
        leaves(run, named);
        counted(run, { p: named, q: named });
      }),
      outcome: "valid",
    },
    {
      claim: "P names a number above the window",
      run: changed((run) => leaves(run, [[11, "batch-11", 0]])),
      outcome: "invalid",
      shows: /P of r1 for view 1 names batch-11 at n=11, outside its window \(6, 10\]/,
    },
    {
      claim: "P names a number that is stable",
      run: changed((run) => leaves(run, [[6, "batch-6", 0]])),
      outcome: "invalid",
      shows: /P of r1 for view 1 names batch-6 at n=6/,
    },
    {
      claim: "P as another counts it names a number above the window",
      run: changed((run) => {
        leaves(run);
        counted(run, { p: [[11, "batch-11", 0]] });
      }),
      outcome: "invalid",
      shows: /P of r1 for view 1 names batch-11 at n=11/,
    },
    {
      claim: "Q names a number above the window",
      run: changed((run) => {
        leaves(run);
        counted(run, { q: [[11, "batch-11", 0]] });
      }),
      outcome: "invalid",
      shows: /Q of r1 for view 1 names batch-11 at n=11/,
    },
    {
      claim: "Q of a VIEW-CHANGE of which no line tells",
      run: changed((run) => counted(run, { q: [[11, "batch-11", 0]] })),
      outcome: "valid",
    },
    {
      claim: "P names what an earlier view selected",
      run: changed((run) => {
        enters(run, 6, [7, 12]);
        audit(run, 1, 1_600, { e: "viewchange", v: 2, h: 6, p: [[12, "batch-12", 1]] });
      }),
      outcome: "valid",
    },
    {
      claim: "P names what a view may have selected whose line is lost",
      run: changed((run) => {
        audit(run, 1, 1_540, { e: "boot", v: 1, h: 6, lastExec: 6, boot: 2 });
        audit(run, 1, 1_600, { e: "viewchange", v: 2, h: 6, p: [[12, "batch-12", 1]] });
      }),
      outcome: "valid",
    },
    {
      claim: "the mark that made room for it came later",
      run: changed((run) => {
        rewrite(run, 1, (record) =>
          record.e === "stable" && record.n > 2 ? { ...record, time: 1_700 * MS } : record,
        );
        accepting(7, { at: 1_110 })(run);
      }),
      outcome: "invalid",
      shows: /r1 accepted n=7 .* ends at n=6/,
    },
  ],
  blindness: {
    "watermarks.ts": [
      [
        "what a restart has executed is not reached",
        "Math.max(record.h, record.lastExec)",
        "record.h",
      ],
      ["every choice is told by a line", "if (v === this.#viewFound) return null;", ""],
      ["nothing is too high", "if (n <= top || newView", "if (true || newView"],
      ["a view is left with whatever one likes", "n > stable && (n <= top", "true || (n <= top"],
      ["what is stable may be named", "n > stable && (n <= top", "(n <= top"],
      [
        "what others count of it is not looked at",
        "if (line === undefined) continue;",
        "continue;",
      ],
      ["Q is not looked at", '{ p: q, what: "Q" }', '{ p: [], what: "Q" }'],
      [
        "what views selected has to lie in the window",
        "for (const [n] of record.selected) this.#selected.add(n);",
        "",
      ],
      [
        "what a lost line tells is known",
        "const isKnown = this.#viewFound === null;",
        "const isKnown = true;",
      ],
      ["nothing is too low", "if (n <= this.#stable.n) {", "if (n < 0) {"],
      ["a base is no floor", "n <= newView.base", "n < 0"],
      ["a start does not say what is stable", "this.#stable = { ...record, n: record.h };", ""],
      ["what was installed is not reached", 'case "installed":', 'case "corrupt":'],
      ["what is selected has to lie in the window", "selected === n) === true", "false) === true"],
      [
        "any view's selection counts",
        "this.#newView?.v === v ? this.#newView : null",
        "this.#newView",
      ],
      ["a base reaches nothing", "this.#reach({ ...record, n: record.base })", "undefined"],
    ],
  },
};
