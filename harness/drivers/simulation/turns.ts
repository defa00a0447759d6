/**
 * What takes turns. Drawn by chance, some of thirty kinds would be missing from most stretches of
 * two hundred seeds; so seeds share them out, and what else a plan holds is drawn.
 */

/** In so many seeds everything has had its turn: 1 to 200, 201 to 400 ... */
export const ROUND = 200;

export interface Turns {
  /** Of the seeds of a round, in so many it is anybody's turn. */
  readonly share: number;
  /** Without a divisor in common with a round, and another one for each kind of turn. */
  readonly stride: number;
}

/** In each round other seeds, and what else takes turns meets it in other plans. */
const SHIFT = 3;

/** Whether it is anybody's turn in the plan of this seed. */
export function isTurn(seed: number, turns: Turns): boolean {
  return inTurn(seed, turns, [true]) !== null;
}

/** @returns whose turn it is in the plan of this seed; null = nobody's */
export function inTurn<T>(seed: number, { share, stride }: Turns, items: readonly T[]): T | null {
  const turn = Math.max(0, seed - 1);
  const round = Math.floor(turn / ROUND);
  const place = ((turn % ROUND) * stride + (round % ROUND) * (stride + SHIFT)) % ROUND;
  if (place >= share * ROUND) return null;
  return items[(place + (round % items.length)) % items.length] ?? null;
}
