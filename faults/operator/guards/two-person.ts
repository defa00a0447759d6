import { type FaultEffect, strikesLink } from "../../fault.ts";
import type { Guard } from "./guard.ts";

/**
 * The second person reads the work order and looks at the hand: whatever the command would do has
 * to be in the order. He knows nothing of the cluster, so an order that is wrong itself passes.
 */
export const twoPerson: Guard = {
  name: "two-person",
  summary:
    "a second person compares the command with the work order and refuses what the order does " +
    "not say; whether the order is wise he does not ask",
  refusal({ kind, effects, ordered }) {
    const approved = new Set(ordered.map(words));
    const others = effects.filter((effect) => !approved.has(words(effect)));
    const [first] = others;
    if (first === undefined) return null;
    const says = ordered.length === 0 ? "strikes nothing of the cluster" : "says something else";
    const more = others.length === 1 ? "" : ` and ${others.length - 1} more`;
    return `the order ${says}: ${kind} of ${placeOf(first)}${more} is not in it`;
  },
};

function words(effect: FaultEffect): string {
  return JSON.stringify(Object.entries(effect).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function placeOf(effect: FaultEffect): string {
  return strikesLink(effect) ? `${effect.from}-${effect.to}` : effect.replica;
}
