import type { StatusSample } from "../../observations/observations.ts";
import { badClientOf } from "../../plan/hosted-clients.ts";
import type { Checker, CheckerInput, Violation } from "../checker.ts";
import { outcomeOf } from "../evidence.ts";
import { inMs } from "../windows.ts";

/** All liars together may have so many verified that are then rejected (protocols §12.3), */
const VERIFICATIONS_PER_MS = 2;
/** each of them at least so many in a STATUS period. */
const VERIFICATIONS_MIN = 8;
/** A bad client has a share, and its host two (protocols §12.4). */
const SHARES_OF_CLIENTS = 3;
const MS_PER_VERIFICATION = 0.1;

/**
 * Nobody has more verified in vain than his share of a STATUS period (protocols §12.4), and what
 * goes beyond it is owed to the next ones: one message at most, the dearest NEW-VIEW. So in any
 * life what a replica spends on input that it rejects is bounded by the time, a fifth of it at
 * 0.1 ms a verification. Good peers need no share, for what is rejected of them, for its age or for
 * new keys, costs a look at a code; where nobody lies one is for that.
 */
export const rejectedWork: Checker = {
  id: "rejected-work",
  summary: "what is rejected costs a replica no more verifications than the shares of its peers",
  idle: "no replica was asked what its rejections cost it",
  promise: "liveness",
  needs: [],
  judges: ["certificates"],
  check(input) {
    const shares = sharesIn(input);
    const { samples, plan } = input.observations;
    const { timers, faultsMax } = plan.cluster.parameters;
    const perPeriod = Math.max(
      VERIFICATIONS_MIN,
      Math.floor((VERIFICATIONS_PER_MS * timers.statusMs) / Math.max(1, faultsMax)),
    );
    const dearest = plan.cluster.messages?.viewChangeVerifications ?? Number.POSITIVE_INFINITY;
    const first = new Map<number, Spent>();
    const violations: Violation[] = [];
    let [judged, most] = [0, 0];
    for (const sample of samples) {
      const now = spentBy(sample);
      if (now === null || !input.good.has(sample.replica)) continue;
      const since = first.get(sample.replica);
      if (since === undefined || now.work < since.work) {
        first.set(sample.replica, now);
        continue;
      }
      judged += 1;
      const periods = Math.ceil((now.time - since.time) / 1e6 / timers.statusMs) + 1;
      const bound = shares * (perPeriod * periods + dearest);
      const work = now.work - since.work;
      const cpu = (MS_PER_VERIFICATION * work) / ((now.time - since.time) / 1e6);
      most = Math.max(most, cpu);
      if (work <= bound) continue;
      const { replica, time } = sample;
      const what =
        `r${replica} spent ${Math.round(work)} verifications on what it rejected by ` +
        `${inMs(time)} ms; the shares of its peers are ${bound}`;
      violations.push({ what, replica, time, records: [since.sample, sample] });
    }
    return outcomeOf(judged, violations, `at most ${Math.round(100 * most)} % of the CPU`);
  },
};

interface Spent {
  readonly sample: StatusSample;
  readonly time: number;
  readonly work: number;
}

function spentBy(sample: StatusSample): Spent | null {
  const work = sample.status?.counters["rejectedWork"];
  return work === undefined ? null : { sample, time: sample.time, work };
}

function sharesIn({ observations: { plan }, good }: CheckerInput): number {
  const liars = plan.cluster.parameters.replicas - good.size;
  return Math.max(1, liars + (badClientOf(plan) === null ? 0 : SHARES_OF_CLIENTS));
}
