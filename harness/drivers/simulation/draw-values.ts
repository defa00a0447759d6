/**
 * How long values are in the few plans where that matters, and how much of them a state holds. Each
 * such plan takes as long as twenty others, so they are seldom; of the randomness of a seed they
 * take none that others use.
 */
import { PAGES_ANSWER_BYTES, VALUE_BYTES_MAX } from "../../../nodes/protocols/contract/limits.ts";
import type { DrawnLoad, DrawnWire } from "./draw-world.ts";
import { alone, type Strike } from "./drawn-faults.ts";
import { type Arena, drawSemantics, nameOf } from "./drawn-strikes.ts";
import { Random } from "./random.ts";
import { inTurn } from "./turns.ts";

/** Two of two hundred. */
export const LONG_VALUES = { share: 0.01, stride: 59 };
const STREAM = 75;
/** More replicas carry all of it more often. */
const REPLICAS_MAX = 5;

export interface DrawnValues {
  /** By so much each is longer than the workload has it. */
  readonly paddingBytes: number;
  /** The keys of the load that have to be others for it. */
  readonly load: Pick<DrawnLoad, "keys" | "operationsMax" | "mix">;
  /** The same of the wire. */
  readonly wire: Partial<DrawnWire>;
  /** What lets it show; in place of much that else would strike. */
  readonly strikes: readonly Strike[];
}

type DrawValues = (random: Random, arena: Arena) => DrawnValues;

const KINDS: readonly DrawValues[] = [growingValues, largeState];

/** Null in most plans: values are as the workload has them, or a little longer. */
export function drawValues(seed: number, arena: Arena): DrawnValues | null {
  const kind = inTurn(seed, LONG_VALUES, KINDS);
  if (kind === null || arena.replicas > REPLICAS_MAX) return null;
  return kind(new Random(seed, STREAM), arena);
}

/** A few appends, and a value is as long as one may be. */
function growingValues(random: Random): DrawnValues {
  const appends = random.real(1.1, 4);
  return {
    paddingBytes: Math.floor(VALUE_BYTES_MAX / appends) - random.pick([8, 64, 4_096]),
    load: {
      keys: random.integer(1, 2),
      operationsMax: random.integer(30, 45),
      mix: { read: 0.25, append: 0.72, delete: 0.03 },
    },
    wire: {},
    strikes: [],
  };
}

/**
 * A state that takes many questions, each answered in no time: of one or two values to a question,
 * or so long that one counts as several answers. Somebody is away for most of the time, and then
 * the pages of few reach it.
 */
function largeState(random: Random, arena: Arena): DrawnValues {
  const lengths = [PAGES_ANSWER_BYTES / 2, PAGES_ANSWER_BYTES, PAGES_ANSWER_BYTES];
  return {
    paddingBytes: random.pick(lengths) + random.integer(100, 4_000),
    load: { keys: 120, operationsMax: 70, mix: { read: 0.05, write: 0.95 } },
    wire: { delayMinMs: 0.1, delayMaxMs: random.real(0.3, 0.8), loss: 0, duplication: 0 },
    strikes: arena.replicas < 2 ? [] : awayAndAlone(random, arena),
  };
}

/** With those of a plan that has other values. */
export function withValues(
  load: DrawnLoad,
  { load: other }: DrawnValues,
  chaosMs: number,
): DrawnLoad {
  const { ratePerSecond } = load;
  const rate = ratePerSecond && Math.ceil((other.operationsMax * 1_000) / chaosMs);
  return { ...load, ...other, ratePerSecond: rate };
}

function awayAndAlone(random: Random, { replicas, chaosMs }: Arena): readonly Strike[] {
  const all = Array.from({ length: replicas }, (_, id) => nameOf(id));
  // Who leads at first would only be followed by another one.
  const who = nameOf(random.integer(1, replicas - 1));
  const others = all.filter((each) => each !== who);
  const lost = random.some(others, others.length - 1);
  const when = { atMs: random.integer(5, 50) };
  const cut = { semantics: drawSemantics(random), clients: random.chance(0.5) };
  const awayMs = Math.floor(chaosMs * random.real(0.65, 0.8));
  const wire = lost.map((from) => ({ fault: "loss", from, to: who, type: "STATE-PAGES" }));
  return [
    { when, durationMs: awayMs, what: alone([who], cut, replicas) },
    { when, durationMs: chaosMs, what: wire.map((loss) => ({ ...loss, share: "100%" })) },
  ];
}
