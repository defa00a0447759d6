/** Runs for the cases of the specification, made of the quiet one. */
import type { AuditEvent, AuditRecord } from "../../../../nodes/protocols/contract/audit.ts";
import { changed } from "../../case.fixture.ts";
import { audit, inject, lying, MS, type Run, rewrite } from "../../run.fixture.ts";

export const NULL_REQUEST = "0".repeat(64);

/** In the quiet run n=7 is prepared at 1 521 ms, decided a ms later; n=6 is stable since 1 125 ms. */
const DECIDED_7 = 1_522;

export function each(run: Run, ms: number, eventOf: (replica: number) => AuditEvent): void {
  for (const replica of run.audits.keys()) audit(run, replica, ms, eventOf(replica));
}

/** Nobody has decided n=7, which all had prepared. */
function undecided(run: Run): void {
  for (const replica of run.audits.keys()) {
    rewrite(run, replica, (record) => (record.time < DECIDED_7 * MS ? record : undefined));
  }
}

/** All ask for view 1, with what they had prepared. */
export function left(run: Run): void {
  undecided(run);
  each(run, 1_530, () => ({ e: "viewchange", v: 1, h: 6, p: [[7, "batch-7", 0]] }));
}

export const CLAIMS = [0, 1, 2].map((replica) => {
  return { replica, h: 6, p: [[7, "batch-7", 0]] as const };
});
export const CHOICE = [[7, "batch-7"]] as const;
export const NEW_VIEW = { e: "newview", v: 1, from: [0, 1, 2], base: 6, selected: CHOICE } as const;

/** All enter view 1, whose primary is r1. */
export function entered(run: Run): void {
  left(run);
  each(run, 1_539, () => ({ e: "claims", v: 1, of: CLAIMS }));
  each(run, 1_540, () => NEW_VIEW);
}

/** And decide n=7 there. */
export function orderedAgain(run: Run): void {
  entered(run);
  each(run, 1_541, (replica) => accepted(7, { v: 1, primary: replica === 1 }));
  each(run, 1_542, () => ({ e: "prepared", v: 1, n: 7, d: "batch-7", by: [0, 1, 2] }));
  each(run, 1_543, () => ({ e: "committed", v: 1, n: 7, d: "batch-7", by: [0, 1, 2] }));
}

/** Nothing came after n=6. */
export function idle(run: Run): void {
  for (const replica of run.audits.keys()) {
    rewrite(run, replica, (record) => (record.time < 1_500 * MS ? record : undefined));
  }
}

export function accepted(n: number, { v = 0, d = `batch-${n}`, primary = false } = {}): AuditEvent {
  return { e: "preprepared", v, n, d, as: primary ? "primary" : "backup" };
}

/** Replica 2 does so at the end, whatever that rests on. */
export function inTheEnd(...events: readonly (AuditEvent & { readonly boot?: number })[]) {
  return changed((run) => {
    for (const [index, event] of events.entries()) audit(run, 2, 1_700 + index, event);
  });
}

export function replaced(
  replica: number,
  e: AuditRecord["e"],
  change: Readonly<Record<string, unknown>>,
) {
  return (run: Run): void => {
    rewrite(run, replica, (record) =>
      record.e === e && (!("n" in record) || record.n >= 6) ? { ...record, ...change } : record,
    );
  };
}

export function allReplaced(e: AuditRecord["e"], change: Readonly<Record<string, unknown>>) {
  return (run: Run): void => {
    for (const replica of run.audits.keys()) replaced(replica, e, change)(run);
  };
}

export function both(one: (run: Run) => void, other: (run: Run) => void): () => Run {
  return changed((run) => {
    one(run);
    other(run);
  });
}

/** Replica 3 was away until 1 440 ms, and goes on from the state of the others. */
export function fetched(run: Run): void {
  rewrite(run, 3, (record) =>
    record.e !== "boot" && record.time < 1_450 * MS ? undefined : record,
  );
  audit(run, 3, 1_439, { e: "stable", n: 6, d: "state-6", by: [0, 1, 2] });
  audit(run, 3, 1_440, { e: "statetransfer", n: 6, d: "state-6", from: [1] });
  audit(run, 3, 1_450, { e: "installed", n: 6, d: "state-6", fetched: { nodes: 1, bytes: 40 } });
  audit(run, 3, 1_451, { e: "checkpoint", n: 6, d: "state-6" });
}

/** Replica 3 starts again at 1 600 ms. */
export function startedAgain(v: number, { h = 6, lastExec = 6 } = {}): (run: Run) => void {
  return (run) => audit(run, 3, 1_600, { e: "boot", v, h, lastExec, boot: 2 });
}

export function lied(...liars: readonly number[]): (run: Run) => void {
  return (run) => inject(run, { entry: "lie", effects: lying(...liars), at: 60, until: 1_900 });
}
