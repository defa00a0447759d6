import type { LostSteps } from "./lost-steps.ts";
import type { Moment } from "./moments.ts";
import { hideable, observes } from "./step.ts";
import type { World } from "./world.ts";

/**
 * Can `a` do whatever `b` can, both in the same state? An operation that `b` may still place and
 * `a` may not must have a stand-in: one of unknown outcome that `a` has left and `b` has not,
 * with the same effect or an overwrite with the same value. (It may replace a certain operation
 * too: that `a` has already placed it is a duty less.)
 */
export function dominates(
  a: World,
  b: World,
  { moment, lost }: { readonly moment: Moment; readonly lost: LostSteps },
): boolean {
  const needed: string[] = [];
  if (a.done !== b.done || a.overwrittenAt < b.overwrittenAt) {
    for (const { step, bit, invoked } of moment.open) {
      if (bit === moment.goal.bit) continue;
      const inA = (a.done & bit) !== 0n;
      const inB = (b.done & bit) !== 0n;
      if (observes(step)) {
        if (inB && !inA) return false;
        continue;
      }
      const free = hideable(step) && invoked < a.overwrittenAt;
      // Not placed, but it can be declared hidden at any time: as good as placed, and better.
      if (inB && !inA && !free) return false;
      if (inA && !inB) needed.push(lost.effectOf(step));
      if (!inA && !inB && hideable(step) && invoked < b.overwrittenAt && !free) return false;
    }
  }
  if (a.used === b.used) return needed.length === 0;
  needed.push(...lost.effectsIn(a.used & ~b.used));
  return needed.length === 0 || covers(lost.effectsIn(b.used & ~a.used), needed, lost);
}

/** Exact stand-ins first: an overwrite can stand in for more, so it is kept for the rest. */
function covers(surplus: readonly string[], needed: readonly string[], lost: LostSteps): boolean {
  if (surplus.length < needed.length) return false;
  const left = new Map<string, number>();
  for (const effect of surplus) left.set(effect, (left.get(effect) ?? 0) + 1);
  const take = (effect: string | null): boolean => {
    const count = effect === null ? 0 : (left.get(effect) ?? 0);
    if (effect === null || count === 0) return false;
    left.set(effect, count - 1);
    return true;
  };
  const rest = needed.filter((effect) => !take(effect));
  return rest.every((effect) => take(lost.overwriteLike(effect)));
}
