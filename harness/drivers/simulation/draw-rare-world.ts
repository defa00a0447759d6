/** Worlds that few plans are played in: most of them cost more time, or hide what others show. */
import { bearsFaults, type Protocol } from "../../../nodes/protocols/contract/protocol.ts";
import type { DrawnCluster } from "./draw-world.ts";
import { type Strike, shown } from "./drawn-faults.ts";
import { Random } from "./random.ts";

/** Of the randomness of a seed: the rest of its plan is the same in any world. */
const STREAM = 72;
const LOOP_STREAM = 73;
/** One replica, or two, more than f needs: quorums are rounded up. */
const SPARE_SHARE = 0.025;
/** Ten replicas cost ten times as much as four. */
const TEN_SHARE = 0.002;
const CLOCK_SHARE = 0.15;
const VIEW_SHARE = 0.04;
/** A checkpoint after each number, or each second one. */
const SMALL_INTERVAL_SHARE = 0.05;

export interface RareWorld {
  readonly replicas: number;
  /** What the clocks show when the run begins. */
  readonly clock: Readonly<Record<string, string>>;
  /** In which view it begins. */
  readonly view: Readonly<Record<string, number>>;
  /** Null: as it is drawn. */
  readonly checkpointInterval: number | null;
}

/** Where something overflows: microseconds in 41 bits, milliseconds in 31 and in 32. */
const CLOCKS_MS = [2 ** 41 / 1_000, 2 ** 31, 2 ** 32];

/** The same of views: numbers of 31, 32 and 41 bits, and of those that a double holds. */
const VIEWS = [2 ** 31, 2 ** 32, 2 ** 41, 2 ** 53 - 512];

/** @param wanted f, where it is asked for */
export function rareWorld(
  seed: number,
  { protocol, drawn, wanted }: { protocol: Protocol; drawn: number; wanted: number | null },
): RareWorld {
  const random = new Random(seed, STREAM);
  const isTen = random.chance(TEN_SHARE);
  const least = protocol.replicasFor(wanted ?? (isTen ? 3 : drawn));
  const spare = random.chance(SPARE_SHARE) && wanted === null ? random.integer(1, 2) : 0;
  const isLate = random.chance(CLOCK_SHARE);
  // The moment comes while the plan is played.
  const startMs = random.pick(CLOCKS_MS) - random.real(0, 3_000);
  const isSmall = random.chance(SMALL_INTERVAL_SHARE);
  const interval = random.integer(1, 2);
  const isOld = random.chance(VIEW_SHARE);
  // They come to it while the plan is played.
  const view = random.pick(VIEWS) - random.integer(0, 12);
  return {
    replicas: least === 1 ? 1 : least + spare,
    view: isOld && bearsFaults(protocol) ? { view } : {},
    clock: isLate ? { clock: shown(startMs) } : {},
    checkpointInterval: isSmall ? interval : null,
  };
}

export function withRareInterval(cluster: DrawnCluster, rare: RareWorld): DrawnCluster {
  const { checkpointInterval } = rare;
  if (checkpointInterval === null) return cluster;
  return { ...cluster, checkpointInterval, window: 4 * checkpointInterval };
}

/**
 * One replica loses its power again and again, each time after another checkpoint or two: of all at
 * once nobody would be left who knows what it has forgotten.
 */
export function powerCutLoop(
  seed: number,
  { replicas, chaosMs }: { readonly replicas: number; readonly chaosMs: number },
): readonly Strike[] {
  const random = new Random(seed, LOOP_STREAM);
  const target = [`r${random.integer(0, replicas - 1)}`];
  const everyMs = random.integer(60, 250);
  const fromMs = random.integer(20, 200);
  const rounds = Math.min(12, Math.floor((0.9 * chaosMs - fromMs) / everyMs));
  return Array.from({ length: rounds }, (_, round) => ({
    when: { atMs: fromMs + round * everyMs },
    durationMs: random.integer(1, Math.floor(everyMs / 2)),
    what: [{ fault: "power-cut", target }],
  }));
}
