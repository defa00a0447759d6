/** Which replicas can still work together: exact maximum cliques over bit masks. */

export interface Reach {
  /** Bit j of entry i: i and j reach each other in time, in both directions. */
  readonly mutual: readonly number[];
  /** Replicas that run and count, as bits. */
  readonly running: number;
  /** For each client host, the replicas it reaches in both directions, as bits. */
  readonly clients: readonly number[];
}

export interface LargestGroup {
  readonly size: number;
  /** Of the largest groups, in the one that serves best: how many every client host reaches. */
  readonly reachedByAll: number;
}

/** The mask width of JavaScript's bit operators. */
export const REPLICAS_MAX = 31;

/** S, the largest set that reaches each other pairwise (harness §4.2). */
export function largestGroup({ mutual, running, clients }: Reach): LargestGroup {
  let best: LargestGroup = { size: 0, reachedByAll: 0 };
  const grow = (group: number, candidates: number, excluded: number): void => {
    if (candidates === 0 && excluded === 0) {
      const size = countBits(group);
      const reachedByAll = Math.min(size, ...clients.map((reached) => countBits(reached & group)));
      const better = size > best.size || (size === best.size && reachedByAll > best.reachedByAll);
      if (better) best = { size, reachedByAll };
      return;
    }
    // Bron and Kerbosch with a pivot: only those that the pivot does not cover can lead elsewhere.
    const pivot = bestPivot(candidates | excluded, candidates, mutual);
    let [open, closed] = [candidates, excluded];
    for (const id of bitsOf(candidates & ~(mutual[pivot] ?? 0))) {
      const peers = mutual[id] ?? 0;
      grow(group | (1 << id), open & peers, closed & peers);
      open &= ~(1 << id);
      closed |= 1 << id;
    }
  };
  grow(0, running, 0);
  return best;
}

function bestPivot(among: number, candidates: number, mutual: readonly number[]): number {
  const covers = (id: number) => countBits(candidates & (mutual[id] ?? 0));
  return bitsOf(among).reduce((best, id) => (covers(id) > covers(best) ? id : best));
}

function bitsOf(mask: number): readonly number[] {
  const bits: number[] = [];
  for (let rest = mask; rest !== 0; rest &= rest - 1) bits.push(31 - Math.clz32(rest & -rest));
  return bits;
}

export function countBits(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
