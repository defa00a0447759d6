/**
 * Whose process it is, and when it is back: what is drawn of those two from a stream of its own, so
 * that all else of a plan is as it was without it.
 */
import { Random } from "../simulation/random.ts";
import type { Mishap, TimedMishap } from "./mishap.ts";

/** Of plans. */
const CLIENTS_SHARE = 0.2;
const STUCK_SHARE = 0.5;
const AWAY_SHARE = 0.12;
/** By then whoever is away has been dialled at the longest pause for long. */
const AWAY_MS = { least: 4_000, most: 30_000 };
/** And so long it is back before all is healed. */
const BACK_MS = 1_500;

interface Of {
  readonly replicas: number;
  readonly activeMs: number;
}

export function drawApart(
  seed: number,
  { replicas, activeMs }: Of,
): { readonly calmMs: number; readonly apart: readonly TimedMishap[] } {
  const random = new Random(seed, 3);
  const apart: TimedMishap[] = [];
  const early = (): number => random.integer(50, activeMs / 2);
  if (random.chance(CLIENTS_SHARE)) {
    for (let left = random.integer(1, 3); left > 0; left -= 1) {
      apart.push({ ...drawOfClients(random, replicas), atMs: random.integer(50, activeMs) });
    }
  }
  if (random.chance(STUCK_SHARE)) {
    for (let left = random.integer(1, 2); left > 0; left -= 1) {
      apart.push({ ...drawStuck(random, replicas), atMs: early() });
    }
  }
  if (!random.chance(AWAY_SHARE)) return { calmMs: 0, apart };
  const awayMs = random.integer(AWAY_MS.least, AWAY_MS.most);
  const atMs = early();
  apart.push({ ...drawAway(random, replicas, awayMs), atMs });
  return { calmMs: Math.max(0, atMs + awayMs + BACK_MS - activeMs), apart };
}

function pairOf(
  random: Random,
  replicas: number,
): { readonly host: number; readonly other: number } {
  const host = random.integer(0, replicas - 1);
  return { host, other: (host + random.integer(1, replicas - 1)) % replicas };
}

const LINK_STATES = ["refuse", "drop", "hold"] as const;

function drawOfClients(random: Random, replicas: number): Mishap {
  const ends = { host: "clients", other: random.integer(0, replicas - 1) } as const;
  const forMs = random.integer(20, 900);
  const by = random.pick(["kill", "power-cut", "stop"] as const);
  return random.pick<Mishap>([
    { kind: "link", ...ends, state: random.pick(LINK_STATES), forMs },
    { kind: "reset", ...ends },
    { kind: "slow-link", ...ends, forMs },
    { kind: "clients-again", by, downMs: random.integer(1, 400) },
  ]);
}

/** Of a handshake, or of what is said first behind it. */
function drawStuck(random: Random, replicas: number): Mishap {
  const pair = pairOf(random, replicas);
  const count = random.pick([1, 2, 2, 2, 3, 4]);
  // Longer than a start and another handshake take, most times.
  const forMs = random.integer(200, 1_500);
  // Of a handshake there is no more to say.
  const afterMs = count > 2 ? random.integer(0, forMs / 2) : 0;
  return {
    kind: "stuck",
    host: random.chance(0.5) ? "clients" : pair.host,
    other: pair.other,
    of: random.pick(["dialler", "dialler", "acceptor"] as const),
    count,
    forMs,
    lingersMs: random.integer(0, 1_500),
    dies: random.chance(0.8) ? { afterMs, downMs: random.integer(1, 60) } : null,
  };
}

function drawAway(random: Random, replicas: number, awayMs: number): Mishap {
  const { host, other } = pairOf(random, replicas);
  const isOfClients = random.chance(0.25);
  const state = random.pick(LINK_STATES);
  return random.pick<Mishap>([
    { kind: "link", host: isOfClients ? "clients" : host, other, state, forMs: awayMs },
    { kind: "link", host: isOfClients ? "clients" : host, other, state: "refuse", forMs: awayMs },
    { kind: "kill", host, downMs: awayMs },
    { kind: "stop", host, downMs: awayMs },
    { kind: "power-cut", host, downMs: awayMs },
  ]);
}
