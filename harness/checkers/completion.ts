import type { Checker, CheckerInput, Evidence } from "./checker.ts";
import { outcomeOf } from "./evidence.ts";
import { calmWindows, inMs, type Lived, livedOperations, type Window } from "./windows.ts";

/** L-1: while liveness is owed, every operation is answered within the bound. */
export const completion: Checker = {
  id: "L-1",
  summary: "every operation completes within the bound while liveness is owed",
  promise: "liveness",
  needs: ["ledger", "history"],
  check(input) {
    const { observations, budget } = input;
    const boundNs = observations.plan.recoveryBound.totalMs * 1e6;
    const windows = calmWindows(observations, budget);
    const violations: Evidence[] = [];
    let judged = 0;
    for (const lived of livedOperations(observations.history)) {
      const endedAt = Math.min(lived.completion?.time ?? Number.POSITIVE_INFINITY, lived.givenUp);
      const owed = windows.filter(({ from, to }) => lived.invoke.time < to && endedAt > from);
      if (owed.length > 0) judged += 1;
      const missed = owed.find((window) => isLate(lived, window, boundNs));
      if (missed !== undefined) violations.push(late(lived, missed, input));
    }
    return outcomeOf(judged, violations);
  },
};

function isLate(lived: Lived, { from, to }: Window, boundNs: number): boolean {
  const deadline = Math.max(lived.invoke.time, from) + boundNs;
  // A client that gave up before could no longer be served.
  if (deadline > to || deadline > lived.givenUp) return false;
  return lived.completion === null || lived.completion.time > deadline;
}

function late(
  { invoke, completion: answer }: Lived,
  { from }: Window,
  input: CheckerInput,
): Evidence {
  const waitedFrom = Math.max(invoke.time, from);
  const end = answer === null ? "was never answered" : `took ${inMs(answer.time - waitedFrom)} ms`;
  const { totalMs } = input.observations.plan.recoveryBound;
  const what = `(client ${invoke.client}, t=${invoke.t}: ${invoke.f}) ${end}; the bound is ${totalMs} ms`;
  const records = answer === null ? [invoke] : [invoke, answer];
  return { what, time: answer?.time ?? waitedFrom + totalMs * 1e6, records };
}
