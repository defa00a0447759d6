/** A run store whose files end too early, as a dead writer or a full disk leaves them. */
import { lastTime, ledgerUntil } from "../observations/completeness.ts";
import { FILES } from "../observations/store.ts";
import type { Run } from "./run.fixture.ts";

export interface Cut {
  readonly file: string;
  /** How many of its lines are left. */
  readonly lines: number;
}

/** Every file of lines, cut after every line, the first of them before any. */
export function cutsOf(run: Run): readonly Cut[] {
  const lengths: readonly (readonly [string, number])[] = [
    [FILES.history, run.history.length],
    [FILES.ledger, run.ledger.length],
    ...[...run.audits].map(([replica, records]) => [FILES.audit(replica), records.length] as const),
  ];
  return lengths.flatMap(([file, length]) =>
    Array.from({ length }, (_, lines) => ({ file, lines })),
  );
}

export function cutShort(run: Run, { file, lines }: Cut): Run {
  const history = file === FILES.history ? sorted(run.history).slice(0, lines) : run.history;
  const ledger = file === FILES.ledger ? run.ledger.slice(0, lines) : run.ledger;
  const audits = new Map(
    [...run.audits].map(([replica, records]) => {
      return [replica, file === FILES.audit(replica) ? records.slice(0, lines) : records];
    }),
  );
  const cut = { ...run, history, ledger, audits };
  const until = new Map([...run.completeness.files, [file, untilOf(cut, file)]]);
  const injectionsUntil = Math.min(
    run.completeness.injectionsUntil,
    file === FILES.ledger ? ledgerUntil(ledger) : Number.POSITIVE_INFINITY,
  );
  return { ...cut, completeness: { files: until, injectionsUntil, ended: false, changed: false } };
}

function untilOf(run: Run, file: string): number {
  if (file === FILES.history) return lastTime(run.history);
  if (file === FILES.ledger) return ledgerUntil(run.ledger);
  const [, records] = [...run.audits].find(([replica]) => FILES.audit(replica) === file) ?? [];
  return lastTime(records ?? []);
}

function sorted<Line extends { readonly time: number }>(lines: readonly Line[]): Line[] {
  return lines.toSorted((a, b) => a.time - b.time);
}

/** Everything of the file that is later than this is gone. */
export function cutAfter(run: Run, file: string, ms: number): Run {
  const lines = cutsOf(run).filter((cut) => cut.file === file);
  const left = lines.findLast((cut) => untilOf(cutShort(run, cut), file) <= ms * 1e6);
  return cutShort(run, left ?? { file, lines: 0 });
}

/** The whole store is there, but the run was ended before its time. */
export function brokenOff(run: Run): void {
  run.completeness = { ...run.completeness, ended: false };
}
