/** What happens in one seed: drawn whole before anything runs, and plain data. */

import { Random } from "../simulation/random.ts";
import type { LinkState } from "./connection.ts";
import { DISK_STEPS, type DiskStep } from "./disk-weather.ts";
import { STRANGERS, type StrangerKind } from "./strangers.ts";
import { TAMPERINGS, type Tampering } from "./tampering.ts";

/** `host` and `other` are replicas by number. */
export type Mishap =
  | { readonly kind: "kill"; readonly host: number; readonly downMs: number }
  | { readonly kind: "stop"; readonly host: number; readonly downMs: number }
  | { readonly kind: "power-cut"; readonly host: number | null; readonly downMs: number }
  /** At a step of its disk: the `count`-th of that kind from now on. */
  | {
      readonly kind: "power-cut-at";
      readonly host: number;
      readonly downMs: number;
      readonly step: DiskStep | "left";
      readonly count: number;
    }
  | { readonly kind: "flip"; readonly host: number; readonly at: number; readonly cut: boolean }
  | {
      readonly kind: "lose-file";
      readonly host: number;
      readonly file: "mark" | "segment" | "all";
      readonly cut: boolean;
    }
  | { readonly kind: "foreign-log"; readonly host: number; readonly other: number }
  | {
      readonly kind: "slow-disk";
      readonly host: number;
      readonly forMs: number;
      readonly ms: number;
    }
  | { readonly kind: "stalled-disk"; readonly host: number; readonly forMs: number }
  | {
      readonly kind: "failing-sync";
      readonly host: number;
      readonly downMs: number;
      readonly cut: boolean;
    }
  | { readonly kind: "failing-write"; readonly host: number; readonly downMs: number }
  | {
      readonly kind: "full-disk";
      readonly host: number;
      readonly forMs: number;
      readonly bytes: number;
    }
  | { readonly kind: "short-writes"; readonly host: number; readonly forMs: number }
  | { readonly kind: "no-descriptors"; readonly host: number; readonly forMs: number }
  | {
      readonly kind: "link";
      readonly host: number;
      readonly other: number;
      readonly state: Exclude<LinkState, "up">;
      readonly forMs: number;
    }
  | { readonly kind: "reset"; readonly host: number; readonly other: number }
  | {
      readonly kind: "slow-link";
      readonly host: number;
      readonly other: number;
      readonly forMs: number;
    }
  | {
      readonly kind: "tamper";
      readonly host: number;
      readonly other: number;
      readonly way: Tampering["way"];
      readonly at: number;
    }
  | {
      readonly kind: "stranger";
      readonly host: number;
      readonly as: number;
      readonly who: StrangerKind;
    }
  | {
      readonly kind: "burst";
      readonly host: number;
      readonly other: number;
      readonly of: "many" | "large" | "huge";
    };

export interface RuntimePlan {
  readonly seed: number;
  readonly replicas: number;
  readonly isCoded: boolean;
  readonly durability: "group-commit" | "fsync-each";
  readonly workMs: number;
  readonly pieceBytesMax: number;
  readonly windowBytes: number;
  readonly delayMaxMs: number;
  readonly activeMs: number;
  readonly mishaps: readonly (Mishap & { readonly atMs: number })[];
}

type Draw = (random: Random, host: number, other: number) => Mishap;

const downMs = (random: Random) => random.integer(1, 400);
const forMs = (random: Random) => random.integer(20, 900);

/** As often as they stand here. */
const draws: readonly Draw[] = [
  (random, host) => ({ kind: "kill", host, downMs: downMs(random) }),
  (random, host) => ({ kind: "stop", host, downMs: downMs(random) }),
  (random, host) => ({ kind: "power-cut", host, downMs: downMs(random) }),
  (random) => ({ kind: "power-cut", host: null, downMs: downMs(random) }),
  powerCutAt,
  powerCutAt,
  powerCutAt,
  (random, host) => ({ kind: "flip", host, at: random.real(0, 1), cut: random.chance(0.5) }),
  (random, host) => {
    const file = random.pick(["mark", "segment", "all"] as const);
    return { kind: "lose-file", host, file, cut: random.chance(0.5) };
  },
  (_random, host, other) => ({ kind: "foreign-log", host, other }),
  (random, host) => {
    return { kind: "slow-disk", host, forMs: forMs(random), ms: random.integer(5, 120) };
  },
  (random, host) => ({ kind: "stalled-disk", host, forMs: forMs(random) }),
  (random, host) => {
    return { kind: "failing-sync", host, downMs: downMs(random), cut: random.chance(0.7) };
  },
  (random, host) => ({ kind: "failing-write", host, downMs: downMs(random) }),
  (random, host) => {
    return { kind: "full-disk", host, forMs: forMs(random), bytes: random.integer(0, 2_000) };
  },
  (random, host) => ({ kind: "short-writes", host, forMs: forMs(random) }),
  (random, host) => ({ kind: "no-descriptors", host, forMs: forMs(random) }),
  linkCut,
  linkCut,
  (_random, host, other) => ({ kind: "reset", host, other }),
  (random, host, other) => ({ kind: "slow-link", host, other, forMs: forMs(random) }),
  tamper,
  tamper,
  stranger,
  stranger,
  stranger,
  (random, host, other) => {
    const of = random.pick(["many", "large", "large", "huge"] as const);
    return { kind: "burst", host, other, of };
  },
];

function powerCutAt(random: Random, host: number): Mishap {
  const step = random.pick([...DISK_STEPS, "left" as const, "left" as const]);
  const count = random.integer(1, step === "rename" || step === "unlink" ? 2 : 6);
  return { kind: "power-cut-at", host, step, count, downMs: downMs(random) };
}

function linkCut(random: Random, host: number, other: number): Mishap {
  const state = random.pick(["refuse", "drop", "hold"] as const);
  return { kind: "link", host, other, state, forMs: forMs(random) };
}

function tamper(random: Random, host: number, other: number): Mishap {
  return { kind: "tamper", host, other, way: random.pick(TAMPERINGS), at: random.real(0, 1) };
}

function stranger(random: Random, host: number, as: number): Mishap {
  return { kind: "stranger", host, as, who: random.pick(STRANGERS) };
}

/** Some cases need two things at a time: a burst for a link or a disk that stands still. */
function together(random: Random, host: number, other: number): readonly Mishap[] {
  const cut = { kind: "link", host, other, state: "refuse", forMs: 900 } as const;
  const burst = (of: "many" | "large" | "huge"): Mishap => ({ kind: "burst", host, other, of });
  const stall = { kind: "stalled-disk", host: other, forMs: 1_500 } as const;
  const slow = { kind: "slow-link", host, other, forMs: 900 } as const;
  return random.pick<readonly Mishap[]>([
    [cut, burst("many")],
    [cut, burst("huge")],
    [stall, burst("huge")],
    [slow, burst("large")],
  ]);
}

export function drawPlan(seed: number): RuntimePlan {
  const random = new Random(seed, 1);
  const replicas = random.integer(2, 4);
  const activeMs = random.integer(1_000, 4_000);
  const pair = (): readonly [number, number] => {
    const host = random.integer(0, replicas - 1);
    return [host, (host + random.integer(1, replicas - 1)) % replicas];
  };
  const mishaps = Array.from({ length: random.integer(1, 10) }, () => {
    const atMs = random.integer(50, activeMs);
    return { ...random.pick(draws)(random, ...pair()), atMs };
  });
  if (random.chance(0.15)) {
    const atMs = random.integer(50, activeMs);
    mishaps.push(...together(random, ...pair()).map((mishap) => ({ ...mishap, atMs })));
  }
  return {
    seed,
    replicas,
    isCoded: random.chance(0.5),
    durability: random.pick(["group-commit", "group-commit", "fsync-each"] as const),
    workMs: random.integer(10, 60),
    pieceBytesMax: random.pick([7, 100, 1_500, 64 * 1024, 64 * 1024]),
    windowBytes: random.pick([2_000, 16 * 1024, 64 * 1024, 256 * 1024]),
    delayMaxMs: random.pick([0.5, 3, 3, 30, 90]),
    activeMs,
    mishaps: mishaps.toSorted((one, other) => one.atMs - other.atMs),
  };
}
