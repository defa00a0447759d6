import type { Step } from "../../../../nodes/protocols/contract/model.ts";
import type { Call } from "./call.ts";

/** An answered call while it is open. */
export interface OpenCall {
  readonly index: number;
  readonly step: Step;
  /** Its bit in a world's `done`; used again after its return. */
  readonly bit: bigint;
  readonly invoked: number;
}

/** A return, and what was open then: the same in every world. */
export interface Moment {
  readonly at: number;
  readonly goal: OpenCall;
  /** The goal included. */
  readonly open: readonly OpenCall[];
  /** Those of them that were invoked since the last moment. */
  readonly invoked: readonly OpenCall[];
}

export function momentsOf(calls: readonly Call[]): readonly Moment[] {
  const moments: Moment[] = [];
  const freeSlots: number[] = [];
  let slots = 0;
  let open: readonly OpenCall[] = [];
  let invoked: OpenCall[] = [];
  for (const { index, isReturn, at } of eventsOf(calls)) {
    const call = calls[index];
    if (call === undefined) continue;
    if (!isReturn) {
      const slot = freeSlots.pop() ?? slots++;
      const opened = { index, step: call.step, bit: 1n << BigInt(slot), invoked: at, slot };
      open = [...open, opened];
      invoked.push(opened);
      continue;
    }
    const goal = open.find((other) => other.index === index);
    if (goal === undefined) continue;
    moments.push({ at, goal, open, invoked });
    invoked = [];
    open = open.filter((other) => other !== goal);
    freeSlots.push(goal.bit.toString(2).length - 1);
  }
  return moments;
}

function eventsOf(
  calls: readonly Call[],
): readonly { readonly index: number; readonly isReturn: boolean; readonly at: number }[] {
  const events: { index: number; isReturn: boolean; at: number }[] = [];
  for (const [index, { invoked, returned }] of calls.entries()) {
    if (returned === null) continue;
    events.push({ index, isReturn: false, at: invoked });
    events.push({ index, isReturn: true, at: returned });
  }
  return events.sort((a, b) => a.at - b.at);
}
