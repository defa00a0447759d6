import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import type { StatusSample } from "../../observations/observations.ts";
import { FILES } from "../../observations/store.ts";
import type { Checker, Violation } from "../checker.ts";
import { goodLogs } from "../evidence.ts";
import { provenOutcome } from "../proof.ts";
import { inMs } from "../windows.ts";
import { type Footprint, footprintOf } from "./footprint.ts";

/**
 * The log is written anew at a stable checkpoint, as soon as it has grown by the size of a state
 * (protocols §13.4). So it never holds more than the states of a window's checkpoints and one by
 * which it may grow, and, of the present view and of each since the stable checkpoint, what was
 * said of the numbers of a window and what changed the view. Of whoever fetches a state nothing
 * is said: its log reaches further back.
 */
export const logBytes: Checker = {
  id: "log-bytes",
  summary: "no log takes more on its disk than states, windows and view changes can",
  promise: "liveness",
  needs: [],
  judges: ["certificates"],
  check(input) {
    const footprint = footprintOf(input);
    const { samples, plan } = input.observations;
    const logs = new Map(goodLogs(input));
    const violations: Violation[] = [];
    let judged = 0;
    let most = { bytes: 0, bound: 0 };
    if (footprint === null) return provenOutcome(input, judged, violations);
    const behind = new Behind();
    for (const sample of samples) {
      const { replica, time, logBytes: bytes } = sample;
      const records = logs.get(replica);
      if (records === undefined || behind.hears(sample) || bytes === undefined) continue;
      judged += 1;
      const views = viewsSinceStable(records, time);
      const bound = boundOf(footprint, plan.cluster.parameters.window, views);
      if (bytes > most.bytes) most = { bytes, bound };
      if (bytes <= bound) continue;
      const what = `the log of r${replica} took ${bytes} bytes at ${inMs(time)} ms; the bound is ${bound}`;
      const rests = [FILES.history, FILES.audit(replica)].map((file) => ({ file, until: time }));
      violations.push({ what, replica, time, records: [sample], rests });
    }
    const note = `at most ${most.bytes} bytes, where the bound is ${most.bound}`;
    return provenOutcome(input, judged, violations, note);
  },
};

function boundOf(footprint: Footprint, window: number, views: number): number {
  const { stateBytes, states, numberBytes, viewChangeBytes } = footprint;
  return (states + 1) * stateBytes + (views + 1) * (window * numberBytes + viewChangeBytes);
}

/** Views that were left or entered since a checkpoint was stable: no other writes them off. */
function viewsSinceStable(records: readonly AuditRecord[], until: number): number {
  let views = 0;
  for (const { e, time } of records) {
    if (time > until) break;
    if (e === "stable") views = 0;
    else if (e === "viewchange" || e === "newview") views += 1;
  }
  return views;
}

/** Who lacks the state of its stable checkpoint, until another one is stable. */
class Behind {
  readonly #stable = new Map<number, number>();

  /** @returns whether it is behind, or has been since it said so */
  hears({ replica, status }: StatusSample): boolean {
    if (status === undefined) return true;
    const { stable, lastExec } = status;
    if (lastExec < stable) this.#stable.set(replica, stable);
    const mark = this.#stable.get(replica);
    return mark !== undefined && stable <= mark;
  }
}
