/** Proposals that replica 1 took and whose primary, replica 0, says nothing of them. */
import { type Case, changed } from "../case.fixture.ts";
import { audit, MS, type Run, rewrite } from "../run.fixture.ts";

/** The primary never said that it proposed n=3. */
export function unproposed(run: Run): void {
  rewrite(run, 0, (record) => (record.e === "preprepared" && record.n === 3 ? undefined : record));
}

/** What the primary, or another one, said of n=3 and later. */
function died(run: Run, at: number): void {
  rewrite(run, at, (record) => (record.e === "preprepared" && record.n >= 3 ? undefined : record));
}

interface Start {
  readonly v?: number;
  readonly h?: number;
  readonly at?: number;
  readonly replica?: number;
}

/** Before anything is taken, in view 0 and with all of it in a stable state, unless said otherwise. */
function startsAgain(run: Run, { v = 0, h = 8, at = 1, replica = 0 }: Start = {}): void {
  audit(run, replica, at, { e: "boot", v, h, lastExec: h, boot: 2 });
}

function diedAndStarted(start: Start = {}): () => Run {
  return changed((run) => {
    died(run, 0);
    startsAgain(run, start);
  });
}

/** n=3, after everything else. */
function takesLate(run: Run, replica: number): void {
  rewrite(run, replica, (record) =>
    record.e === "preprepared" && record.n === 3 ? { ...record, time: 1_960 * MS } : record,
  );
}

const shown = {
  outcome: "invalid",
  shows: /r1 accepted batch-3 at \(v=0, n=3\), which r0 never proposed/,
} as const;

export const proposalCases: readonly Case[] = [
  { claim: "a proposal that the good primary never made", run: changed(unproposed), ...shown },
  {
    claim: "a proposal whose line died with its primary, which had it in a stable state then",
    run: diedAndStarted(),
    outcome: "valid",
  },
  {
    claim: "a proposal that a stable state of its primary does not hold",
    run: diedAndStarted({ h: 2 }),
    ...shown,
  },
  {
    claim: "a proposal that was taken before its primary started again",
    run: diedAndStarted({ at: 1_950 }),
    ...shown,
  },
  {
    claim: "a proposal of a view that its primary was not in when it started again",
    run: diedAndStarted({ v: 1 }),
    ...shown,
  },
  {
    claim: "a proposal of a primary that is not the one who started again",
    run: changed((run) => {
      for (const replica of [0, 2]) died(run, replica);
      startsAgain(run, { replica: 2 });
    }),
    ...shown,
  },
  {
    claim: "a proposal whose line is missing although later ones are there",
    run: changed((run) => {
      unproposed(run);
      startsAgain(run, { at: 1_950 });
      for (const replica of [1, 2, 3]) takesLate(run, replica);
    }),
    ...shown,
  },
];
