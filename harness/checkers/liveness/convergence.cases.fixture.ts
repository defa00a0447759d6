import type { StatusSample } from "../../observations/observations.ts";
import { FILES } from "../../observations/store.ts";
import { type CheckerCases, changed, TRUSTS_ANY_END } from "../case.fixture.ts";
import { cutAfter } from "../cut-short.fixture.ts";
import { audit, digests, down, END_MS, inject, MS, quietRun, type Run } from "../run.fixture.ts";
import { convergence } from "./convergence.ts";

function withoutConvergence(run: Run): void {
  run.ledger = run.ledger.filter(({ kind }) => kind !== "converged");
}

/** What a replica answered to a poll. */
function polled(
  replica: number,
  atMs: number,
  standing: { readonly view: number; readonly active: boolean },
): StatusSample {
  const status = { ...standing, lastExec: 5, stable: 4, rejected: {}, counters: {} };
  return { time: atMs * MS, replica, up: true, status };
}

/** r3 is down until 1900 ms, well into the quiet phase. */
function keptAway(run: Run, { convergedAt }: { readonly convergedAt: number }): void {
  inject(run, { entry: "absence", effects: down(3), at: 900, until: 1_900 });
  run.plan.entries = run.plan.entries.map((entry) => ({ ...entry, outlasts: true }));
  run.ledger = run.ledger
    .map((line) => (line.kind === "converged" ? { ...line, time: convergedAt * MS } : line))
    .toSorted((a, b) => a.time - b.time);
}

/** The plan asks for rest, and the run goes on for so long after all had converged. */
function restless(run: Run, { forMs }: { readonly forMs: number }): void {
  run.plan = { ...run.plan, ending: { restMs: 100 } };
  run.ledger = run.ledger
    .map((line) => (line.kind === "phase" && line.phase === "end" ? late(line, forMs) : line))
    .toSorted((a, b) => a.time - b.time);
}

function late<Line extends { readonly time: number }>(line: Line, forMs: number): Line {
  return { ...line, time: (CONVERGED_MS + forMs) * MS };
}

const CONVERGED_MS = 1_400;

export const convergenceCases: CheckerCases = {
  checker: convergence,
  cases: [
    { claim: "a valid run", run: quietRun, outcome: "valid", judged: 4 },
    {
      claim: "one good replica does not answer",
      run: changed((run) => {
        const { r3: _, ...others } = digests("same");
        run.ledger = run.ledger.map((line) =>
          line.kind === "converged" ? { ...line, digests: others } : line,
        );
      }),
      outcome: "invalid",
      shows: /r3 did not answer/,
    },
    {
      claim: "states differ",
      run: changed((run) => {
        run.ledger = run.ledger.map((line) =>
          line.kind === "converged"
            ? { ...line, digests: { ...digests("same"), r1: "other" } }
            : line,
        );
      }),
      outcome: "invalid",
      shows: /2 different states/,
    },
    {
      claim: "never converged",
      run: changed((run) => {
        withoutConvergence(run);
        run.samples = [polled(2, 1_900, { view: 3, active: false })];
      }),
      outcome: "invalid",
      shows: /not converged .*r2 view 3 \(changing view\), executed 5/,
    },
    {
      claim: "who answers again once the run is over was silent at its end",
      run: changed((run) => {
        withoutConvergence(run);
        const silent = { time: 1_950 * MS, replica: 3, up: true };
        run.samples = [polled(2, 1_900, { view: 3, active: false }), silent];
        run.samples = [...run.samples, polled(3, END_MS + 100, { view: 4, active: true })];
      }),
      outcome: "invalid",
      shows: /r2 view 3 .*; r3 silent at 1950 ms/,
    },
    {
      claim: "nobody answered a poll at the end, so nobody can tell",
      run: changed((run) => {
        withoutConvergence(run);
        const silent = [0, 1, 2, 3].map((replica) => ({ time: 1_950 * MS, replica, up: true }));
        const late = [0, 1, 2, 3].map((replica) =>
          polled(replica, END_MS + 100, { view: 0, active: true }),
        );
        run.samples = [polled(0, 1_900, { view: 0, active: true }), ...silent, ...late];
      }),
      outcome: "unknown",
      shows: /no good replica answered a poll at the end of the quiet phase/,
    },
    {
      claim: "two of four have left the view at the end",
      run: changed((run) => {
        for (const r of [2, 3]) audit(run, r, 1_300, { e: "viewchange", v: 1, h: 6, p: [] });
      }),
      outcome: "invalid",
      shows: /no view to work in at the end: r0 in view 0, .*, r3 changing to view 1/,
    },
    {
      claim: "two of four say that they have left the view",
      run: changed((run) => {
        run.samples = [2, 3].map((replica) => polled(replica, 1_900, { view: 1, active: false }));
      }),
      outcome: "invalid",
      shows: /r2 changing to view 1, r3 changing to view 1/,
    },
    {
      claim: "one of four is a view ahead",
      run: changed((run) => audit(run, 3, 1_300, { e: "viewchange", v: 1, h: 6, p: [] })),
      outcome: "valid",
    },
    {
      claim: "two of four had left the view and are in the next",
      run: changed((run) => {
        for (const r of [2, 3]) audit(run, r, 1_250, { e: "viewchange", v: 1, h: 6, p: [] });
        const entered = { e: "newview", v: 1, from: [1, 2, 3], base: 6, selected: [] } as const;
        for (const r of [1, 2, 3]) audit(run, r, 1_300, entered);
      }),
      outcome: "valid",
    },
    {
      claim: "not owed while too many are down",
      run: changed((run) => {
        withoutConvergence(run);
        inject(run, {
          entry: "f+1",
          effects: down(2, 3),
          at: 900,
          until: Number.POSITIVE_INFINITY,
        });
      }),
      outcome: "not-applicable",
      judged: 0,
    },
    {
      claim: "a replica that is still held down need not answer",
      run: changed((run) => {
        inject(run, { entry: "crash", effects: down(3), at: 900, until: Number.POSITIVE_INFINITY });
        const { r3: _, ...others } = digests("same");
        run.ledger = run.ledger.map((line) =>
          line.kind === "converged" ? { ...line, digests: others } : line,
        );
      }),
      outcome: "valid",
      judged: 3,
    },
    {
      claim: "the others never converged while one was kept away",
      run: changed((run) => keptAway(run, { convergedAt: 1_950 })),
      outcome: "invalid",
      shows: /the others had not converged when absence was healed/,
    },
    {
      claim: "they did, and then all of them",
      run: changed((run) => keptAway(run, { convergedAt: 1_400 })),
      outcome: "valid",
    },
    {
      claim: "what is healed in time keeps nobody away",
      run: changed((run) => {
        keptAway(run, { convergedAt: 1_950 });
        run.plan.entries = run.plan.entries.map(({ outlasts: _, ...entry }) => entry);
      }),
      outcome: "valid",
    },
    {
      claim: "they converged once and never came to rest",
      run: changed((run) => restless(run, { forMs: 60_000 })),
      outcome: "invalid",
      shows: /once converged they never came to rest in 60000 ms/,
    },
    {
      claim: "the run was over before rest was owed",
      run: changed((run) => restless(run, { forMs: 200 })),
      outcome: "valid",
    },
    {
      claim: "where no rest is asked for a run may go on",
      run: changed((run) => {
        restless(run, { forMs: 60_000 });
        const { ending: _, ...plan } = run.plan;
        run.plan = plan;
      }),
      outcome: "valid",
    },
    {
      claim: "who aborts it waits for no rest",
      run: changed((run) => {
        restless(run, { forMs: 60_000 });
        run.ledger = [...run.ledger, { time: 61_400 * MS, kind: "abort", why: "asked to" }];
      }),
      outcome: "valid",
    },
    {
      claim: "the ledger breaks off before it could say so",
      run: () => {
        const run = quietRun();
        run.samples = [polled(2, 1_100, { view: 0, active: true })];
        return cutAfter(run, FILES.ledger, 1_300);
      },
      outcome: "unknown",
      shows: /not converged .* but ledger.jsonl is complete only until 1200 ms/,
    },
  ],
  blindness: {
    "standings.ts": [
      ["leaving a view is not noticed", 'case "viewchange":', 'case "timer":'],
      ["polls do not count", "(polled(sample) ?? [])", "[]"],
      ["entering a view is not noticed", '    case "newview":\n', ""],
    ],
    "convergence.ts": [
      ["the view does not matter", "!== null) return [];", "!== undefined) return [];"],
      ["silence is fine", "const missing = expected.filter(", "const missing = [].filter("],
      ["digests are not compared", "states.size < 2", "true"],
      ["it need not be reached", "[{ ...notReached(input, expected), rests }]", "[]"],
      ["it is always owed", "owedNs < new Bounds(input)", "0 * owedNs < -1 * new Bounds(input)"],
      [
        "others need not converge without one",
        "if (before.some(({ kind }) => kind ===",
        "if (true || before.some(({ kind }) => kind ===",
      ],
      ["every fault keeps somebody away", "outlasts === true", "true"],
      [
        "nobody need come to rest",
        "if (plan.ending?.restMs === undefined || isAborted) return [];",
        "return [];",
      ],
      ["rest is always asked for", "plan.ending?.restMs === undefined || isAborted", "isAborted"],
      ["rest is owed at once", "end - since >= new Bounds(input).ns(since)", "end > since"],
      ["an abort owes rest", " || isAborted) return [];", ") return [];"],
      [
        "what is answered after the end counts",
        "each.replica === replica && each.time <= end",
        "each.replica === replica && each.time <= end * 2",
      ],
      [
        "silence of all is a violation",
        "if (last.some((sample) => statusOf(sample) !== undefined)) return null;",
        "if (last.length > 0) return null;",
      ],
      ["replicas held down must answer", "!awayAtEnd(ledger, replica)", "true"],
    ],
    "../proof.ts": TRUSTS_ANY_END,
  },
};
