/** Who lies in a drawn plan, and about what: every lie that there is takes its turn. */
import type { BehaviourDefinition } from "../../../faults/byzantine/behaviour.ts";
import { clientAttacks } from "../../../faults/byzantine/clients/attacks/registry.ts";
import { drawParameters } from "../../../faults/byzantine/parameters.ts";
import { behaviourNamed, behavioursFor } from "../../../faults/byzantine/registry.ts";
import { BAD_CLIENT } from "../../../faults/fault.ts";
import { fallenBehind, primaryHunt, viewChangeAt } from "./draw-situations.ts";
import { type Strike, shown, type What } from "./drawn-faults.ts";
import { type Arena, nameOf } from "./drawn-strikes.ts";
import type { Random } from "./random.ts";
import { inTurn } from "./turns.ts";

/** A seed or two of a round for each behaviour, and it is drawn beside others of them. */
export const LYING = { share: 0.33, stride: 77 };
export const SPOILING = { share: 0.16, stride: 131 };

/** In so many plans with a liar it has one habit more, and in so many of those another one. */
const MORE_SHARE = 0.5;
/** Of the time, until which it has come to lead. */
const SOON = 0.15;
/** So many that wait for an occasion are given one. */
const OCCASION_SHARE = 0.9;

/** In so many plans of one that lies as primary it leads early, and little else strikes. */
const REIGN_SHARE = 0.5;

export interface Liar {
  readonly id: number;
  /** It comes to lead, and goes on for long. */
  readonly reigns: boolean;
  readonly habits: readonly BehaviourDefinition[];
}

/** @param asked the one behaviour that there is to be; null = whose turn it is */
export function drawLiar(
  { random, arena }: { readonly random: Random; readonly arena: Arena },
  { seed, asked }: { readonly seed: number; readonly asked: string | null },
): Liar | null {
  const all = twiceThoseThatWait(behavioursFor(arena.protocol));
  const first = asked === null ? inTurn(seed, LYING, all) : behaviourNamed(asked);
  if (first === null) return null;
  const habits = asked === null ? withMore(random, first, all) : [first];
  const reigns = first.as !== undefined && random.chance(REIGN_SHARE);
  const id = reigns ? reigningId(random, first) : drawId(random, habits, arena);
  return { id, habits, reigns };
}

/** The first one leads from the beginning; the second enters a view that it leads. */
function reigningId(random: Random, { as }: BehaviourDefinition): number {
  return as === "primary" ? random.integer(0, 1) : 1;
}

/** Early views are the likeliest to be lived in, so a liar among the first leads more often. */
function drawId(random: Random, habits: readonly BehaviourDefinition[], { replicas }: Arena) {
  if (!random.chance(0.75)) return random.integer(0, replicas - 1);
  // The second one leads a new view, and after it.
  return isWaiting(habits) ? random.pick([0, 1, 1]) : random.integer(0, 1);
}

function withMore(
  random: Random,
  first: BehaviourDefinition,
  all: readonly BehaviourDefinition[],
): readonly BehaviourDefinition[] {
  if (first.alone === true) return [first];
  const others = all.filter((each) => each !== first && each.alone !== true);
  let more = 0;
  while (more < 2 && random.chance(MORE_SHARE)) more += 1;
  return [...new Set([first, ...random.some(others, more)])];
}

/** From the beginning until the others have come to rest without it. */
export function liesOf({ id, habits }: Liar, random: Random, { replicas }: Arena): readonly What[] {
  return habits.map(({ name, schema }) => ({
    fault: "byzantine",
    at: "0ms",
    for: "quiet",
    target: nameOf(id),
    behaviour: name,
    parameters: drawParameters(schema, { draws: random, replicas }),
  }));
}

/**
 * Some lies have to wait: for a view of their own to lead, for a second view change, for somebody
 * who fetches a state. Where one of those is to be told, whoever leads before the liar falls, and
 * somebody falls behind.
 */
export function occasionFor(liar: Liar, random: Random, arena: Arena): readonly Strike[] {
  const { id, habits, reigns } = liar;
  if (reigns) return id === 0 ? [] : viewChangeAt(random, arena, SOON);
  if (!isWaiting(habits) || !random.chance(OCCASION_SHARE)) return [];
  const others = Array.from({ length: arena.replicas }, (_, other) => other);
  const behind = random.pick(others.filter((other) => other !== id));
  const falls = random.chance(0.5) ? viewChangeAt(random, arena) : primaryHunt(random, arena);
  return [...falls, ...(random.chance(0.5) ? [fallenBehind(random, nameOf(behind), arena)] : [])];
}

function twiceThoseThatWait(all: readonly BehaviourDefinition[]): readonly BehaviourDefinition[] {
  return [...all, ...all.filter((each) => isWaiting([each]))];
}

function isWaiting(habits: readonly BehaviourDefinition[]): boolean {
  return habits.some(({ eager }) => eager !== true);
}

/** One client more, whose requests are not like those of others. */
export function drawSpoiler(
  { random, arena }: { readonly random: Random; readonly arena: Arena },
  { seed, asked }: { readonly seed: number; readonly asked: string | null },
): readonly What[] {
  const attack = asked ?? inTurn(seed, SPOILING, clientAttacks)?.name;
  if (attack === undefined) return [];
  const atMs = random.integer(0, Math.floor(arena.chaosMs / 2));
  return [{ fault: BAD_CLIENT, at: shown(atMs), attack }];
}
