import type { Checker } from "./checker.ts";
import { outcomeOf } from "./evidence.ts";
import { calmWindows, endOfRun, inMs, longestStall, stalls } from "./windows.ts";

/** L-2: after every disturbance within the budget, somebody is served again within the bound. */
export const recovery: Checker = {
  id: "L-2",
  summary: "while liveness is owed, service never stands still for longer than the bound",
  promise: "liveness",
  needs: ["ledger", "history"],
  check({ observations, budget }) {
    const boundMs = observations.plan.recoveryBound.totalMs;
    const all = stalls(observations.history, endOfRun(observations));
    const longest = longestStall(all, calmWindows(observations, budget));
    const measured = `longest standstill ${inMs(longest.ns)} ms, bound ${boundMs} ms`;
    if (longest.stall === null || longest.ns <= boundMs * 1e6) {
      return outcomeOf(longest.judged, [], measured);
    }
    const { from, waiting } = longest.stall;
    return outcomeOf(longest.judged, [{ what: measured, time: from, records: [waiting] }]);
  },
};
