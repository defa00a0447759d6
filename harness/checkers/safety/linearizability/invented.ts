import type { Step, Value } from "../../../../nodes/protocols/contract/model.ts";
import type { Call } from "./call.ts";

/**
 * The earliest return of a call that saw a value which nothing invoked before it can have put
 * there: a violation by itself, and one that a search through unknown outcomes may take for ever
 * to prove. With appends values come about in too many ways to say so.
 */
export function inventedValue(calls: readonly Call[]): number | null {
  if (calls.some(({ step }) => step.kind === "append")) return null;
  const writtenAt = new Map<Value, number>([[null, -1]]);
  for (const { step, invoked } of calls) {
    const value = written(step);
    if (value === undefined) continue;
    writtenAt.set(value, Math.min(invoked, writtenAt.get(value) ?? Number.POSITIVE_INFINITY));
  }
  let earliest: { readonly index: number; readonly returned: number } | null = null;
  for (const [index, { step, returned }] of calls.entries()) {
    const value = seen(step);
    if (value === undefined || returned === null) continue;
    if ((writtenAt.get(value) ?? Number.POSITIVE_INFINITY) < returned) continue;
    if (earliest === null || returned < earliest.returned) earliest = { index, returned };
  }
  return earliest?.index ?? null;
}

/** What the step leaves there; undefined = it changes nothing, or not to a value of its own. */
export function written(step: Step): Value | undefined {
  if (step.kind === "set") return step.value;
  return step.kind === "swap" ? step.to : undefined;
}

function seen(step: Step): Value | undefined {
  if (step.kind === "read") return step.value;
  return step.kind === "swap" ? step.from : undefined;
}
