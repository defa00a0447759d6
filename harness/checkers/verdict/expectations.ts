import type { HistoryEvent, Observations } from "../../observations/observations.ts";
import type { Checker, CheckerInput, Evidence } from "../checker.ts";
import { outcomeOf } from "../evidence.ts";
import { Bounds } from "../liveness/bounds.ts";
import { viewsOf } from "../views.ts";
import { endOfRun, inMs, livedOperations, owedWindows, type Window } from "../windows.ts";
import { recoveryOf } from "./recovery-time.ts";

/**
 * What the scenario itself asks for. Too slow or too restless is `invalid`; too little happening
 * is `unknown`, since a run that exercised nothing shows nothing.
 */
export const expectations: Checker = {
  id: "expectations",
  summary: "the scenario's own demands: recoverWithin, minOperations, viewChanges",
  idle: "the scenario demands nothing of its own",
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
  const shares = new Shares(input);
  const missing: string[] = [];
  let judged = 0;
  for (const window of owedWindows(observations, budget)) {
    const inside = lived.filter(({ completion }) => isWithin(completion?.time, window));
    const ofLoad = inside.filter(({ invoke }) => isOfLoad(invoke)).length;
    judged += ofLoad;
    const between = `between ${inMs(window.from)} and ${inMs(window.to)} ms`;
    const share = shares.of(window);
    if (share > 0 && inside.length === 0) missing.push(`nothing completed ${between}`);
    else if (share > 1 && ofLoad < share) {
      missing.push(`only ${ofLoad} operations ${between}, whose share is ${share}`);
    }
  }
  if (judged < minOperations) missing.unshift(`only ${judged} of ${minOperations} operations`);
  if (changes < viewChanges.min) {
    missing.push(`${changes} view changes, at least ${viewChanges.min} expected`);
  }
  return { judged, missing };
}

function isWithin(time: number | undefined, { from, to }: Window): boolean {
  return time !== undefined && time >= from && time <= to;
}

/**
 * What each window in which liveness was owed must contribute to `minOperations`: many operations
 * before a fault say nothing of the time after it. By the time under load, without the bound at its
 * beginning, in which it may rightly pass without an answer; at least one, so that a window that is
 * no longer than the bound owes nothing.
 */
class Shares {
  readonly #input: CheckerInput;
  readonly #bounds: Bounds;
  readonly #load: readonly Window[];

  constructor(input: CheckerInput) {
    this.#input = input;
    this.#bounds = new Bounds(input);
    this.#load = loadWindows(input.observations);
  }

  of({ from, to }: Window): number {
    const { observations, budget } = this.#input;
    const { minOperations } = observations.plan.expect;
    const calm = { from: from + this.#bounds.ns(from), to };
    if (minOperations === 0 || calm.from > to) return 0;
    const windows = owedWindows(observations, budget);
    const inAll = windows.reduce((sum, window) => sum + this.#underLoad(window), 0);
    const share = inAll === 0 ? 0 : (minOperations * this.#underLoad(calm)) / inAll;
    return Math.max(1, Math.floor(share));
  }

  #underLoad({ from, to }: Window): number {
    const overlaps = this.#load.map((load) => Math.min(to, load.to) - Math.max(from, load.from));
    return overlaps.reduce((sum, ns) => sum + Math.max(0, ns), 0);
  }
}

function loadWindows(observations: Observations): readonly Window[] {
  const switches = observations.ledger.filter((line) => line.kind === "load");
  const end = endOfRun(observations);
  return switches.flatMap(({ on, time }, index) =>
    on ? [{ from: time, to: switches[index + 1]?.time ?? end }] : [],
  );
}
