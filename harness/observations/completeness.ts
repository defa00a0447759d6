/**
 * What a run store can vouch for when its writers died or its files were cut short: a line that is
 * there is true, a line that is not there proves something only where nothing can be missing.
 */
import type { Completeness, LedgerEntry, Observations } from "./observations.ts";

export const COMPLETE: Completeness = {
  files: new Map(),
  injectionsUntil: Number.POSITIVE_INFINITY,
  ended: true,
  changed: false,
};

/** False where the harness gave up before the first operation and the first phase. */
export function hasBegun({ history, ledger }: Pick<Observations, "history" | "ledger">): boolean {
  return history.length > 0 || ledger.length > 0;
}

export function completeUntil({ files }: Completeness, file: string): number {
  return files.get(file) ?? Number.POSITIVE_INFINITY;
}

/** The same, if nothing is known of what came after `until`. */
export function onlyUntil(
  completeness: Completeness,
  files: readonly string[],
  until: number,
): Completeness {
  const cut = files.map(
    (file) => [file, Math.min(completeUntil(completeness, file), until)] as const,
  );
  return { ...completeness, files: new Map([...completeness.files, ...cut]), ended: false };
}

/** Up to where a file vouches whose lines are written in the order of their times. */
export function lastTime(lines: readonly { readonly time: number }[]): number {
  return lines.at(-1)?.time ?? Number.NEGATIVE_INFINITY;
}

/**
 * Up to where a ledger vouches that ends too early. The line of a proof bears the time of its act
 * and is written when it is found, so nothing is certain from the first act that has none yet.
 */
export function ledgerUntil(ledger: readonly LedgerEntry[]): number {
  const known = (kind: "installed" | "healed"): ReadonlySet<string> =>
    new Set(ledger.flatMap((line) => (line.kind === kind ? [line.entry] : [])));
  const installed = known("installed");
  const healed = known("healed");
  const unproven = ledger.filter(
    (line) =>
      (line.kind === "intent" && !installed.has(line.entry)) ||
      (line.kind === "healing" && !healed.has(line.entry)),
  );
  const latest = ledger.reduce((time, line) => Math.max(time, line.time), Number.NEGATIVE_INFINITY);
  return Math.min(latest, ...unproven.map(({ time }) => time));
}
