/** What happens in one seed: drawn whole before anything runs, and plain data. */

import { z } from "zod";
import { Random } from "../simulation/random.ts";
import { DISK_STEPS } from "./disk-weather.ts";
import { drawApart } from "./draw-apart.ts";
import { hostsOf, type Mishap, type TimedMishap, timedMishap } from "./mishap.ts";
import { STRANGERS } from "./strangers.ts";
import { TAMPERINGS } from "./tampering.ts";
import { drawTornTail } from "./torn-tail.ts";

/** More replicas show no more. */
const REPLICAS_MAX = 7;

export const runtimePlan = z
  .object({
    seed: z.int().min(0),
    replicas: z.int().min(2).max(REPLICAS_MAX),
    isCoded: z.boolean(),
    durability: z.enum(["group-commit", "fsync-each"]),
    workMs: z.number().min(1),
    pieceBytesMax: z.int().min(1),
    windowBytes: z.int().min(1_000),
    delayMaxMs: z.number().min(0),
    activeMs: z.number().min(0),
    /** So long it goes on then, while cores have little to say: who is away stays away. */
    calmMs: z.number().min(0).default(0),
    mishaps: z.array(timedMishap),
  })
  .refine(({ replicas, mishaps }) => mishaps.flatMap(hostsOf).every((host) => host < replicas), {
    path: ["mishaps"],
    error: "name a replica that is not there",
  });

export type RuntimePlan = Readonly<Omit<z.infer<typeof runtimePlan>, "mishaps">> & {
  readonly mishaps: readonly TimedMishap[];
};

type Draw = (random: Random, host: number, other: number) => Mishap;

const downMs = (random: Random) => random.integer(1, 400);
const forMs = (random: Random) => random.integer(20, 900);
const againMs = (random: Random) => random.integer(70, 500);

/** Of plans; drawn apart, so that all else of a plan is as it was without them. */
const TORN_TAIL_SHARE = 0.12;
const WORTHLESS_SHARE = 0.06;

/** As often as they stand here. */
const draws: readonly Draw[] = [
  (random, host) => ({ kind: "kill", host, downMs: downMs(random) }),
  (random, host) => ({ kind: "stop", host, downMs: downMs(random) }),
  (random, host) => ({ kind: "power-cut", host, downMs: downMs(random) }),
  (random) => ({ kind: "power-cut", host: null, downMs: downMs(random) }),
  powerCutAt,
  powerCutAt,
  powerCutAt,
  (random, host) => ({ kind: "flip", host, at: random.real(0, 1), againMs: againMs(random) }),
  (random, host) => {
    const file = random.pick(["mark", "mark", "segment", "all"] as const);
    const cut = random.chance(0.5);
    return { kind: "lose-file", host, file, cut, againMs: againMs(random) };
  },
  (random, host, other) => ({ kind: "foreign-log", host, other, againMs: againMs(random) }),
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
  stranger,
  (random, host, other) => {
    const of = random.pick(["many", "large", "large", "huge", "oversized"] as const);
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
  const way = random.pick(TAMPERINGS);
  const of = random.chance(0.7) ? "core" : "any";
  return { kind: "tamper", host, other, way, of, at: random.real(0, 1) };
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
  const flood = { kind: "stranger", host: other, as: host, who: "flood" } as const;
  return random.pick<readonly Mishap[]>([
    [cut, burst("many")],
    [cut, burst("huge")],
    [stall, burst("huge")],
    [stall, burst("huge"), flood],
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
  if (random.chance(0.3)) {
    // Early enough that they last.
    const atMs = random.integer(50, activeMs / 2);
    mishaps.push(...together(random, ...pair()).map((mishap) => ({ ...mishap, atMs })));
  }
  const rest = new Random(seed, 2);
  if (rest.chance(TORN_TAIL_SHARE)) {
    const mishap = drawTornTail(rest, rest.integer(0, replicas - 1));
    mishaps.push({ ...mishap, atMs: rest.integer(50, activeMs) });
  }
  if (rest.chance(WORTHLESS_SHARE)) {
    const host = rest.integer(0, replicas - 1);
    const other = (host + rest.integer(1, replicas - 1)) % replicas;
    const atMs = rest.integer(50, activeMs / 2);
    const of = rest.pick(["worthless", "questions"] as const);
    mishaps.push({ kind: "burst", host, other, of, atMs });
  }
  const { calmMs, apart } = drawApart(seed, { replicas, activeMs });
  mishaps.push(...apart);
  return {
    seed,
    replicas,
    // Nobody sees what is done to frames without codes.
    isCoded: random.chance(mishaps.some(({ kind }) => kind === "tamper") ? 0.85 : 0.4),
    durability: random.pick(["group-commit", "group-commit", "fsync-each"] as const),
    workMs: random.integer(10, 60),
    pieceBytesMax: random.pick([7, 100, 1_500, 64 * 1024, 64 * 1024]),
    windowBytes: random.pick([2_000, 16 * 1024, 64 * 1024, 256 * 1024]),
    delayMaxMs: random.pick([0.5, 3, 3, 30, 90]),
    activeMs,
    calmMs,
    mishaps: mishaps.toSorted((one, other) => one.atMs - other.atMs),
  };
}
