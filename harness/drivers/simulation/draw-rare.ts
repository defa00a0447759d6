/**
 * Faults that few plans have, beside what else is drawn for them: among the other kinds they would
 * take the place of what breaks more.
 */
import { operatorErrors } from "../../../faults/operator/registry.ts";
import { links, percent, shown, type What } from "./drawn-faults.ts";
import { type Arena, anyone, nameOf, someone } from "./drawn-strikes.ts";
import type { Random } from "./random.ts";
import { inTurn } from "./turns.ts";

/** @returns entries as a scenario has them, with their times */
type DrawRare = (random: Random, arena: Arena) => readonly What[];

/** By the kind that it is about. */
const RARE: Readonly<Record<string, DrawRare>> = {
  trickle: (random, arena) => [
    {
      fault: "trickle",
      ...someLinks(random, arena),
      bytes: `${magnitude(random, 1, 2_000)}B`,
      every: shown(random.real(0.2, 10)),
      ...lasting(random, arena),
    },
  ],
  reset: (random, arena) => [
    { fault: "reset", ...someLinks(random, arena), ...lasting(random, arena) },
  ],
  cutoff: (random, arena) => [
    {
      fault: "cutoff",
      ...someLinks(random, arena),
      bytes: `${magnitude(random, 50, 20_000)}B`,
      ...lasting(random, arena),
    },
  ],
  throttle: (random, arena) => [
    {
      fault: "throttle",
      target: someone(random, arena),
      share: percent(random.real(0.01, 0.5)),
      ...lasting(random, arena),
    },
  ],
  "rolling-restart": rollingRestart,
  backup,
  ted,
};

export const RARITIES = { share: 0.28, stride: 27 };

/** The rare kind whose turn it is; null in most plans. */
export function rareIn(seed: number): string | null {
  return inTurn(seed, RARITIES, Object.keys(RARE));
}

export function drawRare(kind: string, random: Random, arena: Arena): readonly What[] {
  return arena.replicas < 2 ? [] : (RARE[kind]?.(random, arena) ?? []);
}

/** Works that take longer need a longer chaos. */
export const TED = "ted";

function lasting(random: Random, { chaosMs }: Arena): Readonly<Record<string, string>> {
  const atMs = random.integer(0, Math.floor(chaosMs * 0.8));
  const forMs = Math.min(magnitude(random, 20, 2_000), chaosMs - atMs);
  return { at: shown(atMs), for: shown(forMs) };
}

/** Each power of ten as likely. */
function magnitude(random: Random, min: number, max: number): number {
  return Math.floor(min * (max / min) ** random.real(0, 1));
}

/** All of one replica, those of its clients too, or what it sends others or is sent. */
function someLinks(random: Random, arena: Arena): Readonly<Record<string, unknown>> {
  const who = random.pick(["primary", ...anyone(random, arena)]);
  return random.chance(0.4) ? { target: who } : links([who], random.chance(0.5));
}

/** One after the other: whether each has caught up before the next one goes is drawn. */
function rollingRestart(random: Random, { replicas, chaosMs }: Arena): readonly What[] {
  const downMs = random.integer(1, 150);
  const pauseMs = random.integer(1, 150);
  const all = Array.from({ length: replicas }, (_, id) => nameOf(id));
  const most = Math.floor((chaosMs * 0.9) / (downMs + pauseMs));
  const order = random.some(all, Math.min(replicas, random.integer(2, Math.max(2, most))));
  const latest = chaosMs - order.length * (downMs + pauseMs);
  const at = shown(random.integer(0, Math.max(0, latest)));
  const times = { down: shown(downMs), pause: shown(pauseMs) };
  return [{ fault: "rolling-restart", at, target: order, ...times }];
}

/** How long a job at a backup takes. */
const JOB_MS = 200;

/** Taken, perhaps spoilt, and looked at, of one disk. */
function backup(random: Random, arena: Arena): readonly What[] {
  const target = anyone(random, arena);
  const jobs = ["take", ...(random.chance(0.5) ? ["overwrite"] : []), "verify"];
  const apartMs = Math.floor((arena.chaosMs - JOB_MS) / jobs.length);
  return jobs.map((job, place) => {
    const atMs = place * apartMs + random.integer(0, Math.max(0, apartMs - JOB_MS));
    return { fault: "backup", at: shown(atMs), job, target };
  });
}

/** He is at work all the time, at what there is time for. */
function ted(random: Random, { chaosMs }: Arena): readonly What[] {
  const fitting = operatorErrors.filter(({ leastMs }) => leastMs <= chaosMs);
  const errors = random.some(fitting, random.integer(1, 3)).map(({ name }) => name);
  const min = random.integer(1, 300);
  const reactionTime = { min: shown(min), max: shown(min + random.integer(0, 700)) };
  const errorProbability = random.pick(["100%", "100%", "50%"]);
  const shift = { at: "0ms", for: shown(chaosMs) };
  return [{ fault: TED, ...shift, errors, errorProbability, reactionTime }];
}
