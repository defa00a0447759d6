/**
 * What goes wrong in a random plan, in the words of the scenario language. Swarm testing: each seed
 * may use a random subset of the kinds only, because a run with everything in it hides what two
 * kinds alone would show.
 */
import { ambush, lostForAMoment } from "./draw-ambush.ts";
import {
  blackoutAtNewView,
  crashLoop,
  darkRestart,
  everyoneDown,
  laggingPrimary,
  longIsolation,
  primaryHunt,
  staleCertificate,
} from "./draw-situations.ts";
import { links, percent, type Strike, type Struck, shown, type What } from "./drawn-faults.ts";
import {
  type Arena,
  at,
  type Draw,
  drawSemantics,
  isolation,
  nameOf,
  someone,
  stop,
} from "./drawn-strikes.ts";
import type { Random } from "./random.ts";

/** Kinds of bad days; each draws one or several faults. */
const KINDS: readonly Draw[] = [
  (random, arena) => [at(random, arena, stop("crash", someone(random, arena)))],
  (random, arena) => [at(random, arena, stop("crash", "next-primary"))],
  crashLoop,
  everyoneDown,
  (random, arena) => [at(random, arena, stop("power-cut", someone(random, arena)))],
  longIsolation,
  (random, arena) => [at(random, arena, isolation(random, "next-primary", arena))],
  (random, arena) => [at(random, arena, isolation(random, someone(random, arena), arena))],
  (random, arena) => [at(random, arena, split(random, arena))],
  (random, arena) => [at(random, arena, oneWay(random, arena))],
  (random, arena) => [at(random, arena, slow(random, arena))],
  (random, arena) => [at(random, arena, thin(random, arena))],
  (random, arena) => [at(random, arena, stop("pause", soon(random, arena)))],
  (random, arena) => [at(random, arena, storm(random))],
  (random, arena) => [at(random, arena, noise(random, arena))],
  ambush,
  ambush,
  ambush,
  lostForAMoment,
  primaryHunt,
  darkRestart,
  blackoutAtNewView,
  blackoutAtNewView,
  staleCertificate,
  staleCertificate,
  laggingPrimary,
];

export function drawFaults(random: Random, arena: Arena): readonly Strike[] {
  const enabled = random.some(KINDS, random.integer(1, 6));
  const rounds = random.integer(1, 6);
  return Array.from({ length: rounds }, () => random.pick(enabled)(random, arena)).flat();
}

/** Who leads, or may lead next. */
function soon(random: Random, { replicas }: Arena): Struck {
  return random.pick<Struck>(["next-primary", [nameOf(Math.min(1, replicas - 1))]]);
}

function oneWay(random: Random, { replicas }: Arena): readonly What[] {
  const who = random.pick<Struck>(["next-primary", ["r0"], [nameOf(Math.min(1, replicas - 1))]]);
  const cut = { ...links(who, random.chance(0.5)), semantics: drawSemantics(random) };
  return replicas < 2 ? [] : [{ fault: "partition", topology: "one-way", ...cut }];
}

function slow(random: Random, { replicas }: Arena): readonly What[] {
  const who = random.pick<Struck>(["next-primary", "everyone"]);
  const latencyMs = Math.floor(2 ** random.real(3, 9));
  const uneven = random.pick(["jitter", "jitter", "spread"]);
  const by = { [uneven]: shown(random.integer(0, latencyMs)) };
  const delay = { fault: "delay", ...links(who, true), latency: shown(latencyMs), ...by };
  return replicas < 2 ? [] : [delay];
}

function thin(random: Random, { replicas }: Arena): readonly What[] {
  const rate = `${Math.floor(2 ** random.real(0, 9))}KB/s`;
  return replicas < 2 ? [] : [{ fault: "bandwidth", ...links("next-primary", true), rate }];
}

function storm(random: Random): readonly What[] {
  const shares = {
    loss: random.real(0.05, 0.6),
    duplication: random.real(0, 0.3),
    reordering: random.real(0, 1),
  };
  return Object.entries(shares)
    .map(([fault, share]) => ({ fault, share: percent(share) }))
    .filter(({ share }) => share !== percent(0));
}

/** For one replica alone: what it misses, or what of it is missed, has to be said again. */
function noise(random: Random, { replicas }: Arena): readonly What[] {
  const who = random.pick<Struck>(["next-primary", [nameOf(random.integer(0, replicas - 1))]]);
  const share = percent(random.real(0.05, 1));
  const fault = random.pick(["loss", "loss", "duplication", "reordering"]);
  return replicas < 2 ? [] : [{ fault, ...links(who, random.chance(0.5)), share }];
}

const TOPOLOGIES = ["halves", "bridge", "ring", "chained"] as const;

function split(random: Random, { replicas }: Arena): readonly What[] {
  if (replicas > 2 && random.chance(0.4)) {
    const topology = random.pick(TOPOLOGIES);
    return [{ fault: "partition", topology, semantics: drawSemantics(random) }];
  }
  const all = Array.from({ length: replicas }, (_, id) => nameOf(id));
  const order = random.some(all, replicas);
  const size = random.integer(1, Math.max(1, replicas - 1));
  const groups = [order.slice(0, size), order.slice(size)];
  const semantics = drawSemantics(random);
  return replicas < 2 ? [] : [{ fault: "partition", groups, semantics }];
}
