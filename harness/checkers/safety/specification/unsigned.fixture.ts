/** What only variants without signatures do, and the server that agrees with nobody. */
import type {
  AuditEvent,
  AuditRecord,
  RecordOf,
} from "../../../../nodes/protocols/contract/audit.ts";
import type { Case, CheckerCases } from "../../case.fixture.ts";
import { audit, MS, quietRun, type Run, rewrite } from "../../run.fixture.ts";
import { each, idle, left, lied, NEW_VIEW } from "./step.fixture.ts";
import type { Claims } from "./witnesses.ts";

function playing(protocol: string, ...changes: readonly ((run: Run) => void)[]): () => Run {
  return () => {
    const run = quietRun();
    run.plan = { ...run.plan, cluster: { ...run.plan.cluster, protocol } };
    for (const change of changes) change(run);
    return run;
  };
}

/** Of n=7, which all had prepared. */
function claimsOf(replica: number, given: Partial<Claims> = {}): Claims {
  const entries = [[7, "batch-7", 0]] as const;
  return { replica, h: 6, p: entries, q: entries, c: [[6, "state-6"]], ...given };
}

const CLAIMS = [0, 1, 2].map((replica) => claimsOf(replica));

/** View 1 is entered by these claims. */
function enteredBy(of: readonly Claims[], given: Partial<RecordOf<"newview">> = {}) {
  return (run: Run): void => {
    each(run, 1_539, () => ({ e: "claims", v: 1, of }));
    each(run, 1_540, () => ({ ...NEW_VIEW, ...given }));
  };
}

/** Nobody had prepared n=7, and all ask for view 1. */
function leftIdle(run: Run): void {
  idle(run);
  each(run, 1_530, () => ({ e: "viewchange", v: 1, h: 6, p: [] }));
}

const IDLE = [0, 1, 2].map((replica) => claimsOf(replica, { p: [], q: [] }));

/** Instead of COMMITs of n=7 replica 3 has what others state. */
function told(event: AuditEvent): (run: Run) => void {
  return (run) => {
    rewrite(run, 3, (record) => (record.e === "committed" && record.n === 7 ? undefined : record));
    audit(run, 3, 1_522, event);
  };
}

/** Replica 1 started from the state of n=6; no line of it says that it decided that, or n. */
function toldAfterStart(n: number, d: string): (run: Run) => void {
  return (run) => {
    const isLost = (r: AuditRecord) =>
      (r.e === "committed" || r.e === "executed") && (r.n === n || r.n === 6);
    rewrite(run, 1, (r) => (isLost(r) ? undefined : r));
    audit(run, 1, 1_121.5, { e: "boot", v: 0, h: 4, lastExec: 6, boot: 2 });
    rewrite(run, 3, (r) => (r.e === "committed" && r.n === n ? undefined : r));
    audit(run, 3, n === 6 ? 1_122 : 1_522, { e: "stated", n, d, by: [1, 0] });
  };
}

/** Replica 3 does not know that n=6 is stable, and goes on with n=9. */
function startedFromInstalled(lastExec: number): (run: Run) => void {
  return (run) => {
    rewrite(run, 3, (r) => (r.e === "stable" && r.n === 6 ? undefined : r));
    audit(run, 3, 1_600, { e: "boot", v: 0, h: 4, lastExec, boot: 2 });
    for (const n of [8, 9]) {
      const line = { e: "preprepared", v: 0, n, d: `batch-${n}` } as const;
      audit(run, 0, 1_600 + n, { ...line, as: "primary" });
      audit(run, 3, 1_610 + n, { ...line, as: "backup" });
    }
  };
}

function inTheEnd(...events: readonly AuditEvent[]): (run: Run) => void {
  return (run) => {
    for (const [index, event] of events.entries()) audit(run, 2, 1_700 + index, event);
  };
}

/** The log of one server alone. */
function alone(...events: readonly (AuditEvent & { readonly boot?: number })[]): () => Run {
  return playing("unreplicated", (run) => {
    for (const replica of [0, 1, 2, 3]) run.audits.delete(replica);
    const { cluster } = run.plan;
    const parameters = { ...cluster.parameters, replicas: 1, faultsMax: 0 };
    const tolerates = { byzantine: 0, crashed: 0 };
    run.plan = { ...run.plan, cluster: { ...cluster, parameters, tolerates } };
    for (const [index, event] of events.entries()) audit(run, 0, index, event);
  });
}

const START = { e: "boot", v: 0, h: 0, lastExec: 0 } as const;

function served(n: number, d: string): AuditEvent {
  return { e: "executed", n, d, ops: [[65_537, n, "result", "operation"]] };
}

function refused(claim: string, run: () => Run, shows: RegExp): Case {
  return { claim, run, outcome: "invalid", shows };
}

const STATED = { e: "stated", n: 7, d: "batch-7", by: [0, 1] } as const;
const OF_LIAR = claimsOf(0, { p: [[7, "forged", 0]], q: [[7, "forged", 0]] });
const FORGED = [[7, "forged"]] as const;

export const unsignedCases: Pick<CheckerCases, "cases" | "blindness"> = {
  cases: [
    { claim: "codes", run: playing("pbft-mac"), outcome: "valid" },
    { claim: "channels", run: playing("pbft-relay"), outcome: "valid" },
    { claim: "proofs", run: playing("pbft-mac-proof"), outcome: "valid" },
    {
      claim: "a choice by claims",
      run: playing("pbft-mac", left, enteredBy(CLAIMS)),
      outcome: "valid",
    },
    {
      claim: "an idle choice by claims",
      run: playing("pbft-mac", leftIdle, enteredBy(IDLE, { selected: [] })),
      outcome: "valid",
    },
    refused(
      "a choice of what one replica alone accepted",
      playing(
        "pbft-mac",
        lied(0),
        leftIdle,
        enteredBy([OF_LIAR, ...IDLE.slice(1)], { selected: FORGED }),
      ),
      /protocols §20\.4: 0,1,2 leave it undecided/,
    ),
    refused(
      "nothing where too few say that nothing was prepared",
      playing(
        "pbft-mac",
        lied(0),
        leftIdle,
        enteredBy([OF_LIAR, ...IDLE.slice(1)], { selected: [] }),
      ),
      /protocols §20\.4: 0,1,2 leave it undecided/,
    ),
    refused(
      "a choice of an older digest than another had prepared",
      playing(
        "pbft-mac",
        lied(0, 2),
        left,
        enteredBy([claimsOf(0, { p: [[7, "newer", 0]] }), ...CLAIMS.slice(1)]),
      ),
      /protocols §20\.4: 0,1,2 leave it undecided/,
    ),
    refused(
      "a base on the word of one",
      playing(
        "pbft-mac",
        lied(0),
        leftIdle,
        enteredBy([claimsOf(0, { p: [], q: [], c: [[8, "state-8"]] }), ...IDLE.slice(1)], {
          base: 8,
          selected: [],
        }),
      ),
      /protocols §9\.3: the VIEW-CHANGEs force the base 6/,
    ),
    refused(
      "a base that too many are beyond",
      playing(
        "pbft-mac",
        lied(0, 1, 2),
        leftIdle,
        enteredBy(
          [0, 1, 2].map((replica) =>
            claimsOf(replica, { p: [], q: [], h: replica < 2 ? 4 : 6, c: [[4, "state-4"]] }),
          ),
          { base: 4, selected: [] },
        ),
      ),
      /protocols §20\.4: 0,1,2 leave it undecided/,
    ),
    refused(
      "a VIEW-CHANGE without what it had accepted",
      playing("pbft-mac", left, enteredBy([claimsOf(0, { q: [] }), ...CLAIMS.slice(1)])),
      /r0: viewchange v=1 .* protocols §20\.2: Q lacks batch-7 at n=7 in view 0/,
    ),
    refused(
      "a VIEW-CHANGE with what it had not accepted",
      playing(
        "pbft-mac",
        left,
        enteredBy([
          claimsOf(0, {
            q: [
              [7, "forged", 0],
              [7, "batch-7", 0],
            ],
          }),
          ...CLAIMS.slice(1),
        ]),
      ),
      /protocols §20\.2: Q has forged at n=7/,
    ),
    refused(
      "a VIEW-CHANGE with a state that is not there",
      playing(
        "pbft-mac",
        left,
        enteredBy([claimsOf(0, { c: [[6, "other"]] }), ...CLAIMS.slice(1)]),
      ),
      /protocols §20\.2: C has other at n=6/,
    ),
    {
      claim: "decided on the word of others",
      run: playing("pbft-mac", told(STATED)),
      outcome: "valid",
    },
    refused(
      "decided on the word of one",
      playing("pbft-mac", told({ ...STATED, by: [0] })),
      /r3: stated .* protocols §20\.7: it takes 2 replicas/,
    ),
    refused(
      "decided on its own word",
      playing("pbft-mac", told({ ...STATED, by: [0, 3] })),
      /protocols §20\.7: its own word does not count/,
    ),
    refused(
      "decided on the word of who had not",
      playing("pbft-mac", (run) => {
        told(STATED)(run);
        rewrite(run, 1, (record) => (record.time < 1_522 * MS ? record : undefined));
      }),
      /protocols §20\.7: it counts r1, which did not decide that/,
    ),
    {
      claim: "decided on the word of who started from a state that has it, its line lost",
      run: playing("pbft-mac", toldAfterStart(6, "batch-6")),
      outcome: "valid",
    },
    refused(
      "decided on the word of who started from a state before it",
      playing("pbft-mac", toldAfterStart(7, "batch-7")),
      /protocols §20\.7: it counts r1, which did not decide that/,
    ),
    refused(
      "decided on the word of who started from a state with something else",
      playing("pbft-mac", lied(0), toldAfterStart(6, "other"), (run) => {
        rewrite(run, 3, (record) => (record.time > 1_122 * MS ? undefined : record));
      }),
      /protocols §20\.7: it counts r1, which did not decide that/,
    ),
    {
      claim: "a window above an installed state whose line is lost",
      run: playing("pbft-mac", startedFromInstalled(6)),
      outcome: "valid",
    },
    refused(
      "a window above a state that it does not start from",
      playing("pbft-mac", startedFromInstalled(4)),
      /r3: preprepared v=0 n=9 .* protocols §6\.2 \(4\): its window is \(4, 8\]/,
    ),
    {
      claim: "a VIEW-CHANGE vouched for",
      run: playing("pbft-mac", left, inTheEnd({ e: "vouched", v: 1, of: 0 })),
      outcome: "valid",
    },
    refused(
      "a VIEW-CHANGE vouched for that was never sent",
      playing("pbft-mac", inTheEnd({ e: "vouched", v: 1, of: 0 })),
      /protocols §20\.5: r0 sent no VIEW-CHANGE for view 1/,
    ),
    refused(
      "a VIEW-CHANGE vouched for before its author's start found it",
      playing("pbft-mac", inTheEnd({ e: "vouched", v: 1, of: 0 }), (run) =>
        audit(run, 0, 1_720, { e: "boot", v: 1, h: 6, lastExec: 6, boot: 2 }),
      ),
      /protocols §20\.5: r0 sent no VIEW-CHANGE for view 1/,
    ),
    refused(
      "two VIEW-CHANGEs vouched for",
      playing(
        "pbft-mac",
        left,
        inTheEnd({ e: "vouched", v: 1, of: 0 }, { e: "vouched", v: 1, of: 0 }),
      ),
      /protocols §20\.5: it had vouched for another one/,
    ),
    refused(
      "the own VIEW-CHANGE vouched for",
      playing("pbft-mac", left, inTheEnd({ e: "vouched", v: 1, of: 2 })),
      /protocols §20\.5: nobody vouches for himself/,
    ),
    refused(
      "keys with an old counter",
      playing(
        "pbft-mac",
        inTheEnd({ e: "keys", of: 0, counter: 5 }, { e: "keys", of: 0, counter: 5 }),
      ),
      /protocols §2\.9: it knows of counter 5 of r0/,
    ),
    refused(
      "keys where none are chosen",
      playing("pbft-relay", inTheEnd({ e: "keys", of: 0, counter: 5 })),
      /protocols §15\.1/,
    ),
    refused(
      "a number at the base of its view",
      playing("pbft-mac", lied(0, 1, 2), leftIdle, (run) => {
        const c = [[8, "state-8"]] as const;
        enteredBy(
          IDLE.map((claims) => ({ ...claims, c })),
          { base: 8, selected: [] },
        )(run);
        audit(run, 3, 1_541, { e: "preprepared", v: 1, n: 7, d: "batch-7", as: "backup" });
      }),
      /r3: preprepared v=1 n=7 .* protocols §6\.2 \(4\): its window is \(8, 12\]/,
    ),
    {
      claim: "one server alone, started again",
      run: alone(START, served(1, "a"), { ...START, boot: 2 }, served(1, "a"), served(2, "b")),
      outcome: "valid",
      judged: 5,
    },
    refused(
      "one server that forgets what it had answered",
      alone(START, served(1, "a"), { ...START, boot: 2 }, served(1, "b")),
      /r0: executed n=1 d=b .* protocols §17\.1: another request was executed there/,
    ),
    refused(
      "one server that leaves out a number",
      alone(START, served(2, "a")),
      /protocols §6\.5: the next is n=1/,
    ),
    refused(
      "one server with two requests in one number",
      alone(START, { e: "executed", n: 1, d: "a", ops: [] }),
      /protocols §17\.1: there is one request for each number/,
    ),
    refused(
      "one server that starts from nothing",
      alone({ ...START, lastExec: 4 }),
      /protocols §17\.1: it starts from its snapshot/,
    ),
  ],
  blindness: {
    "choice.ts": [
      ["what is newer does not matter (A1)", "noNewer.length >= quorum", "true"],
      ["what one accepted is enough (A2)", "accepted.length >= weakQuorum", "true"],
      ["null is always possible (B)", "return without.length >= quorum;", "return true;"],
      ["a base of one is enough", "holders.length >= weakQuorum", "true"],
      ["whoever is beyond does not matter", "notBeyond.length >= quorum", "true"],
    ],
    "leaving.ts": [
      ["Q may lack something", "(named.get(`${n} ${d}`) ?? -1) < v", "n < 0"],
      ["Q may be invented", "(!isKnown && !state.mayLackLines)", "false"],
      ["C may be invented", "own !== d &&", "n < 0 &&"],
    ],
    "ordering.ts": [["the own word counts", "line.by.includes(state.id)", "false"]],
    "restart.ts": [
      ["a state is no mark", "Math.max(state.reached, h, lastExec)", "Math.max(state.reached, h)"],
    ],
    "witnesses.ts": [
      [
        "a start tells of what went before it",
        "?? Number.POSITIVE_INFINITY) <= at + CLOCK_TOLERANCE_NS",
        "?? Number.POSITIVE_INFINITY) < Number.POSITIVE_INFINITY",
      ],
      ["a start tells of nothing", "testimony.resumed.set(line.v, line.time);", ""],
      ["who was killed had accepted nothing", "from <= v && v < below", "v < 0"],
      [
        "who was killed may have accepted another one as well",
        "some((vote) => vote.v === v) === true",
        "some((vote) => vote.v < 0) === true",
      ],
      ["a state tells of nothing", "n <= testimony.startedWith", "n < 0"],
      [
        "a state tells of what is beyond it",
        "n <= testimony.startedWith",
        "testimony.startedWith > 0",
      ],
      ["a state tells of any digest", "(this.command(n)?.d ?? d) === d", "true"],
    ],
    "marks.ts": [["a base is no floor", "Math.max(stable, base)", "Math.max(stable, 0 * base)"]],
    "vouching.ts": [
      ["one may vouch for himself", "if (of === state.id)", "if (of < 0)"],
      ["one may vouch for two", "if (state.vouched.has(name))", "if (of < 0)"],
      [
        "one may vouch for nothing",
        "if (witnesses.mayHaveAskedFor(of, v, line.time)) return null;",
        "return null;",
      ],
      ["old keys are good", "if (counter <= known)", "if (counter < 0)"],
    ],
    "unreplicated.ts": [
      ["what was answered may be forgotten", "before !== undefined && before.d !== d", "false"],
      ["requests may be lost", "if (ops.length !== 1)", "if (ops.length < 0)"],
      ["it may start anywhere", "if (v !== 0 || h !== lastExec)", "if (v !== 0)"],
    ],
  },
};
