/** What every part of an exploration tells while seeds are played. */
import { randomInt } from "node:crypto";
import { monotonicMs } from "../../drivers/clock.ts";

/** Seeds drawn for a run without `--seed`: short enough to be typed. */
const SEEDS_DRAWN_BELOW = 1_000_000_000;
const PROGRESS_EVERY_MS = 2_000;

/** The one that was given, or a drawn one, which is told. */
export function firstSeedOf({ seed }: { readonly seed?: number }): number {
  if (seed !== undefined) return seed;
  const drawn = randomInt(SEEDS_DRAWN_BELOW);
  process.stdout.write(`first seed: ${drawn} (drawn; the same again: --seed ${drawn})\n`);
  return drawn;
}

export function counted(count: number, one: string): string {
  return count === 1 ? `1 ${one}` : `${count} ${one}s`;
}

/**
 * To be told after every seed; a line every now and then.
 * @param seeds of how many; null: nobody knows
 */
export function progress(seeds: number | null): (played: number, failures: number) => void {
  const of = seeds === null ? "" : ` of ${seeds}`;
  return nowAndThen((played, failures) => `${played}${of} seeds, ${counted(failures, "failure")}`);
}

/** To be told before every smaller plan that is tried. */
export function shrinkProgress(): (tries: number, steps: number) => void {
  return nowAndThen(
    (tries, steps) => `made small: ${counted(tries, "plan")} tried, ${counted(steps, "reduction")}`,
  );
}

/** Where no smaller plan fails: another file would hold the same one. */
export function tellSmallest(tries: number): void {
  process.stdout.write(`  small: nothing can go, ${counted(tries, "reduction")} tried\n`);
}

function nowAndThen(
  words: (...counts: [number, number]) => string,
): (...counts: [number, number]) => void {
  let toldMs = monotonicMs();
  return (...counts) => {
    const now = monotonicMs();
    if (now - toldMs < PROGRESS_EVERY_MS) return;
    toldMs = now;
    process.stderr.write(`${words(...counts)}\n`);
  };
}
