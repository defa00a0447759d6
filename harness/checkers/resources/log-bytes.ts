import type { CoreStatus } from "../../../nodes/protocols/contract/core.ts";
import { FILES } from "../../observations/store.ts";
import type { Checker, Violation } from "../checker.ts";
import { goodLogs } from "../evidence.ts";
import { provenOutcome } from "../proof.ts";
import { inMs } from "../windows.ts";
import { footprintOf } from "./footprint.ts";
import { LoggedNumbers, requestsIn } from "./logged-numbers.ts";

/**
 * The log is written anew at a stable checkpoint, as soon as it has grown by the size of a state
 * (protocols §13.4). So it never holds more than the states of a window's checkpoints and one by
 * which it may grow, what was said of the numbers since the stable checkpoint, and how its view
 * began. Where views changed since, or it was started again and may have lost lines, that is what
 * may be said of a window of full batches in each of the views. Of whoever fetches a state nothing
 * is said: its log reaches further back.
 */
export const logBytes: Checker = {
  id: "log-bytes",
  summary: "no log takes more on its disk than states, windows and view changes can",
  idle: "no replica that writes a log was asked for its length",
  promise: "liveness",
  needs: [],
  judges: ["certificates"],
  check(input) {
    const footprint = footprintOf(input);
    const { samples, plan } = input.observations;
    const { parameters } = plan.cluster;
    const violations: Violation[] = [];
    let judged = 0;
    let most = { bytes: 0, bound: 1 };
    if (footprint === null) return provenOutcome(input, judged, violations);
    const requests = requestsIn(input);
    const logs = new Map(
      goodLogs(input).map(([replica, records]) => {
        const numbers = new LoggedNumbers(records, { parameters, footprint, requests });
        return [replica, numbers] as const;
      }),
    );
    const behind = new Behind();
    const bounds = new Map<number, number>();
    const ceiling: [time: number, bytes: number][] = [];
    for (const sample of samples) {
      const { replica, time, status, logBytes: bytes } = sample;
      const numbers = logs.get(replica);
      if (numbers === undefined || status === undefined) continue;
      if (behind.hears(replica, status) || bytes === undefined) continue;
      judged += 1;
      const bound = (footprint.states + 1) * footprint.stateBytes + numbers.bytesAt(time, status);
      bounds.set(replica, bound);
      const highest = Math.max(...bounds.values());
      if (ceiling.at(-1)?.[1] !== highest) ceiling.push([time, highest]);
      if (bytes / bound > most.bytes / most.bound) most = { bytes, bound };
      if (bytes <= bound) continue;
      const what = `the log of r${replica} took ${bytes} bytes at ${inMs(time)} ms; the bound is ${bound}`;
      const rests = [FILES.history, FILES.audit(replica)].map((file) => ({ file, until: time }));
      violations.push({ what, replica, time, records: [sample], rests });
    }
    const note = `at most ${most.bytes} bytes, where the bound is ${most.bound}`;
    return { ...provenOutcome(input, judged, violations, note), ceiling };
  },
};

/** Who lacks the state of its stable checkpoint, until another one is stable. */
class Behind {
  readonly #stable = new Map<number, number>();

  /** @returns whether it is behind, or has been since it said so */
  hears(replica: number, { stable, lastExec }: CoreStatus): boolean {
    if (lastExec < stable) this.#stable.set(replica, stable);
    const mark = this.#stable.get(replica);
    return mark !== undefined && stable <= mark;
  }
}
