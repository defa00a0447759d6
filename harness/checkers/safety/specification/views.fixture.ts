/** Leaving views, entering them, and starting in one. */
import { type CheckerCases, changed } from "../../case.fixture.ts";
import { audit, MS, type Run, rewrite } from "../../run.fixture.ts";
import {
  accepted,
  allReplaced,
  both,
  CHOICE,
  CLAIMS,
  each,
  entered,
  idle,
  inTheEnd,
  left,
  lied,
  NEW_VIEW,
  NULL_REQUEST,
  orderedAgain,
  replaced,
  startedAgain,
} from "./step.fixture.ts";

const CHOICE_IN_0 = [[7, "batch-7", 0]] as const;

/** It was killed behind the record of its NEW-VIEW and before the line. */
function leadingAgain(ms: number): (run: Run) => void {
  return (run) => {
    rewrite(run, 1, (record) =>
      record.e === "newview" || record.e === "claims" ? undefined : record,
    );
    audit(run, 1, ms, { e: "boot", v: 1, h: 6, lastExec: 6, boot: 2 });
  };
}

/** A liar shows a certificate for n=8 that only it tells of. */
function forgedAtEight(run: Run): void {
  lied(0)(run);
  const forged = { replica: 0, h: 6, p: [...CHOICE_IN_0, [8, "other-8", 0]] as const };
  allReplaced("claims", { of: [forged, ...CLAIMS.slice(1)] })(run);
  allReplaced("newview", { selected: [...CHOICE, [8, "other-8"]] })(run);
}

/** It was killed after its VIEW-CHANGE was on its disk, and the lines of some time before are lost. */
function leftUnseen(run: Run, replica: number): void {
  rewrite(run, replica, (record) => (record.e === "viewchange" ? undefined : record));
  audit(run, replica, 1_533, { e: "boot", v: 1, h: 6, lastExec: 6, boot: 2 });
}

export const viewCases: Pick<CheckerCases, "cases" | "blindness"> = {
  cases: [
    {
      claim: "a VIEW-CHANGE for the view it is in",
      run: both(idle, (run) => audit(run, 2, 1_500, { e: "viewchange", v: 0, h: 6, p: [] })),
      outcome: "invalid",
      shows: /protocols §9\.1: it is in view 0/,
    },
    {
      claim: "a VIEW-CHANGE with an old mark",
      run: both(idle, (run) => {
        const p = [5, 6].map((n) => [n, `batch-${n}`, 0] as const);
        audit(run, 2, 1_500, { e: "viewchange", v: 1, h: 4, p });
      }),
      outcome: "invalid",
      shows: /protocols §9\.1: its stable checkpoint is n=6/,
    },
    {
      claim: "a VIEW-CHANGE that conceals what was prepared",
      run: inTheEnd({ e: "viewchange", v: 1, h: 6, p: [] }),
      outcome: "invalid",
      shows: /protocols §9\.1: P lacks batch-7, prepared at n=7 in view 0/,
    },
    {
      claim: "a VIEW-CHANGE that invents",
      run: inTheEnd({ e: "viewchange", v: 1, h: 6, p: [[7, "other", 0]] }),
      outcome: "invalid",
      shows: /protocols §9\.1: it had not prepared other at n=7/,
    },
    {
      claim: "a VIEW-CHANGE for a view that nobody else asks for",
      run: inTheEnd({ e: "viewchange", v: 2, h: 6, p: [[7, "batch-7", 0]] }),
      outcome: "invalid",
      shows: /protocols §10\.4/,
    },
    {
      claim: "a VIEW-CHANGE counted with another P",
      run: both(entered, (run) => {
        const of = CLAIMS.map((claims) => (claims.replica === 0 ? { ...claims, p: [] } : claims));
        replaced(3, "claims", { of })(run);
      }),
      outcome: "invalid",
      shows: /r0: viewchange v=1 .* protocols §9\.2: r3 counts it with another P/,
    },
    {
      claim: "a NEW-VIEW that chooses null for what was prepared",
      run: both(entered, allReplaced("newview", { selected: [[7, NULL_REQUEST]] })),
      outcome: "invalid",
      shows: /r0: newview v=1 .* protocols §9\.3: the VIEW-CHANGEs force batch-7 at n=7/,
    },
    {
      claim: "a NEW-VIEW that chooses too little, judged without the claims",
      run: both(entered, (run) => {
        for (const replica of run.audits.keys()) {
          rewrite(run, replica, (record) => (record.e === "claims" ? undefined : record));
          replaced(replica, "newview", { selected: [] })(run);
        }
      }),
      outcome: "invalid",
      shows: /protocols §9\.3: the VIEW-CHANGEs force batch-7/,
    },
    {
      claim: "a NEW-VIEW that chooses too much",
      run: both(entered, allReplaced("newview", { selected: [...CHOICE, [8, NULL_REQUEST]] })),
      outcome: "invalid",
      shows: /protocols §9\.3: the VIEW-CHANGEs force nothing above n=7/,
    },
    {
      claim: "a NEW-VIEW with another base",
      run: both(idle, (run) => {
        each(run, 1_530, () => ({ e: "viewchange", v: 1, h: 6, p: [] }));
        each(run, 1_540, () => ({ ...NEW_VIEW, base: 4, selected: [] }));
      }),
      outcome: "invalid",
      shows: /protocols §9\.3: the VIEW-CHANGEs force the base 6/,
    },
    {
      claim: "a NEW-VIEW of too few",
      run: both(orderedAgain, allReplaced("newview", { from: [0, 1] })),
      outcome: "invalid",
      shows: /protocols §9\.6 \(3\): it takes 3 VIEW-CHANGEs/,
    },
    {
      claim: "a NEW-VIEW of its primary without its own VIEW-CHANGE",
      run: both(orderedAgain, allReplaced("newview", { from: [0, 2, 3] })),
      outcome: "invalid",
      shows: /protocols §9\.5: its own VIEW-CHANGE is not among them/,
    },
    {
      claim: "a NEW-VIEW on a VIEW-CHANGE that was never sent",
      run: both(orderedAgain, (run) =>
        rewrite(run, 2, (record) => (record.e === "viewchange" ? undefined : record)),
      ),
      outcome: "invalid",
      shows: /r2 sent no VIEW-CHANGE for view 1/,
    },
    {
      claim: "another NEW-VIEW than the primary's",
      run: both(orderedAgain, replaced(3, "newview", { from: [0, 1, 3] })),
      outcome: "invalid",
      shows: /r3: newview v=1 .* protocols §9\.6 \(2\): r1 sent another NEW-VIEW/,
    },
    {
      claim: "a NEW-VIEW that its primary never told of, and started again behind it",
      run: both(entered, leadingAgain(1_600)),
      outcome: "invalid",
      shows: /r0: newview v=1 .* protocols §9\.6 \(2\): its primary, r1, sent no NEW-VIEW/,
    },
    {
      claim: "a NEW-VIEW that its primary found on its disk, and sent then",
      run: both(entered, leadingAgain(1_539)),
      outcome: "valid",
    },
    {
      claim: "a NEW-VIEW on a certificate that good replicas never gave",
      run: both(entered, (run) => {
        lied(0)(run);
        const forged = { replica: 0, h: 6, p: [[7, NULL_REQUEST, 0]] as const };
        allReplaced("claims", { of: [forged, ...CLAIMS.slice(1)] })(run);
        allReplaced("newview", { selected: [[7, NULL_REQUEST]] })(run);
      }),
      outcome: "invalid",
      shows: /protocols §9\.4: too few good replicas accepted 000000000000 at n=7 in view 0/,
    },
    {
      claim: "a NEW-VIEW on what two have accepted, whose lines were lost when they were killed",
      run: both(entered, (run) => {
        forgedAtEight(run);
        for (const replica of [2, 3]) leftUnseen(run, replica);
      }),
      outcome: "valid",
    },
    {
      claim: "a NEW-VIEW on what one may have accepted",
      run: both(entered, (run) => {
        forgedAtEight(run);
        leftUnseen(run, 2);
      }),
      outcome: "invalid",
      shows: /protocols §9\.4: too few good replicas accepted other-8 at n=8 in view 0/,
    },
    {
      claim: "a NEW-VIEW on what was accepted otherwise by those whose lines were lost",
      run: both(entered, (run) => {
        forgedAtEight(run);
        for (const replica of [2, 3]) {
          audit(run, replica, 1_520, accepted(8));
          leftUnseen(run, replica);
        }
      }),
      outcome: "invalid",
      shows: /protocols §9\.4: too few good replicas accepted other-8 at n=8 in view 0/,
    },
    {
      claim: "a NEW-VIEW below what was asked for",
      run: both(left, (run) => {
        audit(run, 1, 1_532, NEW_VIEW);
        each(run, 1_535, () => ({ e: "viewchange", v: 2, h: 6, p: [[7, "batch-7", 0]] }));
        audit(run, 2, 1_540, NEW_VIEW);
      }),
      outcome: "invalid",
      shows: /r2: newview v=1 .* protocols §9\.6 \(1\): it has asked for view 2/,
    },
    {
      claim: "a second NEW-VIEW of a view",
      run: both(entered, (run) => audit(run, 1, 1_700, NEW_VIEW)),
      outcome: "invalid",
      shows: /protocols §9\.6 \(1\): it is in that view/,
    },
    {
      claim: "a primary that leads the view that it started in",
      run: changed((run) => {
        orderedAgain(run);
        audit(run, 1, 1_535, { e: "boot", v: 1, h: 6, lastExec: 6, boot: 2 });
        rewrite(run, 1, (record) => (record.time > 1_535 * MS ? { ...record, boot: 2 } : record));
      }),
      outcome: "invalid",
      shows: /r1: newview v=1 .* protocols §13\.3: it started while it changed to that view/,
    },
    {
      claim: "a restart in an older view",
      run: both(orderedAgain, startedAgain(0)),
      outcome: "invalid",
      shows: /r3: boot v=0 .* protocols §13\.3: it was in view 1 before/,
    },
    {
      claim: "a restart with an older mark than it sent",
      run: both(orderedAgain, startedAgain(1, { h: 4 })),
      outcome: "invalid",
      shows: /protocols §13\.1: it had sent a VIEW-CHANGE with h=6/,
    },
    {
      claim: "a restart without the snapshot that it had told of",
      run: changed((run) => {
        for (const replica of [0, 1]) replaced(replica, "stable", { by: [0, 1, 3] })(run);
        startedAgain(0, { lastExec: 4 })(run);
      }),
      outcome: "invalid",
      shows: /r3: boot .* protocols §13\.1: r0 had counted its CHECKPOINT of n=6/,
    },
    {
      claim: "a restart at a number where nobody was",
      run: changed(startedAgain(0, { lastExec: 8 })),
      outcome: "invalid",
      shows: /protocols §13\.3: no good replica was at n=8/,
    },
  ],
  blindness: {
    "leaving.ts": [
      ["the view need not be a higher one", "if (v <= state.view)", "if (v < 0)"],
      ["any mark may be told", "if (h !== state.stable)", "if (h < 0)"],
      [
        "any view may be asked for",
        "if (witnesses.count(isAsked) > 0) return null;",
        "return null;",
      ],
      ["anything may be invented", "if (!isKnown && !isNews) {", "if (n < 0) {"],
      ["anything may be concealed", "if (n <= h || named.has(n)) continue;", "continue;"],
      ["others may count what was not said", "if (!isSame)", "if (h < 0)"],
    ],
    "entering.ts": [
      ["a view may be entered below one asked for", "if (v < view)", "if (v < 0)"],
      ["a view may be entered twice", 'v === view && standing === "in"', "false"],
      ["whoever started may lead", "cluster.primaryOf(v) === id && startedIn === v", "false"],
      ["any number is enough", "authors.size < cluster.quorum ||", "false ||"],
      [
        "the primary's own is not needed",
        "cluster.primaryOf(v) === state.id && !authors.has(state.id)",
        "false",
      ],
      [
        "VIEW-CHANGEs need not have been sent",
        "if (witnesses.mayHaveAskedFor(author, v, line.time)) continue;",
        "continue;",
      ],
      ["the base does not matter", "if (forced.base !== base) {", "if (base < 0) {"],
      ["the digests do not matter", "if (wrong !== undefined) {", "if (base < 0) {"],
      [
        "the end does not matter",
        "if (forced.selected.length === selected.length) return null;",
        "return null;",
      ],
      ["without claims nothing is chosen again", "const said = isProved ?", "const said = v < 0 ?"],
      [
        "the primary's NEW-VIEW does not matter",
        "if (primary === state.id || !witnesses.isOne(primary)) return null;",
        "return null;",
      ],
    ],
    "restart.ts": [
      ["the view may be forgotten", "if (v < state.view)", "if (v < 0)"],
      ["the mark may be forgotten", "if (h < state.saidStable) {", "if (h < 0) {"],
      ["the snapshot may be forgotten", "counted !== null && lastExec < counted.n", "false"],
      [
        "any snapshot will do",
        "if (lastExec === 0 || witnesses.stateAt(lastExec) !== undefined) return null;",
        "return null;",
      ],
      [
        "its view must have its line",
        'return view === 0 || entered.has(view) ? "in" : "unclear";',
        'return view === 0 || entered.has(view) ? "in" : "between";',
      ],
    ],
  },
};
