import type { HistoryEvent } from "../../observations/observations.ts";
import type { Checker, CheckerInput, Evidence } from "../checker.ts";
import { outcomeOf } from "../evidence.ts";
import { Bounds } from "../liveness/bounds.ts";
import { viewsOf } from "../views.ts";
import { inMs, livedOperations, owedWindows } from "../windows.ts";
import { recoveryOf } from "./recovery-time.ts";

/**
 * What the scenario itself asks for. Too slow or too restless is `invalid`; too little happening
 * is `unknown`, since a run that exercised nothing shows nothing.
 */
export const expectations: Checker = {
  id: "expectations",
  summary: "the scenario's own demands: recoverWithin, minOperations, viewChanges",
  promise: "liveness",
  needs: ["ledger", "history"],
  check(input) {
    const { recoverWithinMs, viewChanges } = input.observations.plan.expect;
    const violations: Evidence[] = [];
    const recovery = recoveryOf(input.observations);
    if (recoverWithinMs !== null && recovery !== null && recovery.waitedMs > recoverWithinMs) {
      const waited = `${inMs(recovery.waitedMs * 1e6)} ms`;
      const what =
        recovery.ms === null
          ? `nobody was answered within ${waited} after the last heal`
          : `recovered ${inMs(recovery.ms * 1e6)} ms after the last heal, waited for ${waited}`;
      violations.push({ what: `${what}, recoverWithin is ${recoverWithinMs} ms` });
    }
    const { changes } = viewsOf(input);
    if (viewChanges.max !== null && changes > viewChanges.max) {
      violations.push({ what: `${changes} view changes, at most ${viewChanges.max} expected` });
    }
    const { judged, missing } = exercise(input, changes);
    if (violations.length > 0 || missing.length === 0) return outcomeOf(judged, violations);
    return { outcome: "unknown", judged, because: missing.join("; ") };
  },
};

/** The harness's own operations, before the warm-up and at the end, exercise nothing. */
function isOfLoad({ time, final }: HistoryEvent): boolean {
  return time >= 0 && final !== true;
}

/** `judged` = the operations of the load that were answered while liveness was owed. */
function exercise(
  input: CheckerInput,
  changes: number,
): { readonly judged: number; readonly missing: readonly string[] } {
  const { observations, budget } = input;
  const { minOperations, viewChanges } = observations.plan.expect;
  const lived = livedOperations(observations.history);
  const bounds = new Bounds(input);
  const missing: string[] = [];
  let judged = 0;
  for (const { from, to } of owedWindows(observations, budget)) {
    const inside = lived.filter(
      ({ completion }) => completion !== null && completion.time >= from && completion.time <= to,
    );
    judged += inside.filter(({ invoke }) => isOfLoad(invoke)).length;
    // A shorter window may rightly pass without an answer.
    if (inside.length === 0 && minOperations > 0 && to - from >= bounds.ns(from)) {
      missing.push(`nothing completed between ${inMs(from)} and ${inMs(to)} ms`);
    }
  }
  if (judged < minOperations) missing.unshift(`only ${judged} of ${minOperations} operations`);
  if (changes < viewChanges.min) {
    missing.push(`${changes} view changes, at least ${viewChanges.min} expected`);
  }
  return { judged, missing };
}
