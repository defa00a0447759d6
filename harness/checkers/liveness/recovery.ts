import type { Absence, Checker, CheckerInput } from "../checker.ts";
import { outcomeOf } from "../evidence.ts";
import { provenOutcome } from "../proof.ts";
import { calmWindows, endOfRun, inMs, longestStall, type Stall, stalls } from "../windows.ts";
import { Bounds } from "./bounds.ts";

/** L-2: after every disturbance within the budget, somebody is served again within the bound. */
export const recovery: Checker = {
  id: "L-2",
  summary: "while liveness is owed, service never stands still for longer than the bound",
  idle: "nobody waited while liveness was owed",
  promise: "liveness",
  needs: ["ledger", "history"],
  check(input) {
    const { worst, judged } = standstillOf(input);
    const boundMs = worst?.boundMs ?? input.observations.plan.recoveryBound.totalMs;
    const measured = `longest standstill ${inMs(worst?.ns ?? 0)} ms, bound ${boundMs} ms`;
    if (worst === null || worst.ns <= worst.boundMs * 1e6) return outcomeOf(judged, [], measured);
    const { from, waiting } = worst.stall;
    const { rests } = worst;
    return provenOutcome(input, judged, [
      { what: measured, time: from, records: [waiting], rests },
    ]);
  },
};

export interface Standstill {
  readonly ns: number;
  readonly boundMs: number;
  readonly stall: Stall;
  readonly rests: readonly Absence[];
}

/** The one that comes nearest to its bound, or exceeds it most. */
export function standstillOf(input: CheckerInput): {
  readonly worst: Standstill | null;
  readonly judged: number;
} {
  const { observations, budget } = input;
  const bounds = new Bounds(input);
  const all = stalls(observations.history, endOfRun(observations));
  let worst: Standstill | null = null;
  let judged = 0;
  for (const window of calmWindows(observations, budget)) {
    const longest = longestStall(all, [window]);
    judged += longest.judged;
    if (longest.stall === null) continue;
    const { from } = window;
    const known = { boundMs: bounds.ms(from), rests: bounds.rests(from) };
    const found = { ns: longest.ns, stall: longest.stall, ...known };
    if (worst === null || found.ns / found.boundMs > worst.ns / worst.boundMs) worst = found;
  }
  return { worst, judged };
}
