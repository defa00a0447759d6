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
 * goes beyond it is owed to the next ones: one message at most, the dearest NEW-VIEW. So between
 * any two polls of a life what a replica spends on input that it rejects is bounded by the time, a
 * fifth of it at 0.1 ms a verification. Good peers need no share, for what is rejected of them, for
 * its age or for new keys, costs a look at a code; where nobody lies one is for that.
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
    const lives = new Lives((shares * perPeriod) / (timers.statusMs * 1e6));
    const violations: Violation[] = [];
    let [judged, most] = [0, 0];
    for (const sample of samples) {
      const spent = input.good.has(sample.replica) ? lives.polled(sample) : null;
      if (spent === null) continue;
      judged += 1;
      const { now, first, since } = spent;
      most = Math.max(most, cpuBetween(first, now));
      const periods = Math.ceil((now.time - since.after) / 1e6 / timers.statusMs) + 1;
      const bound = shares * (perPeriod * periods + dearest);
      const work = now.work - since.work;
      if (work <= bound) continue;
      const { replica, time } = sample;
      const what =
        `r${replica} spent ${Math.round(work)} verifications on what it rejected from ` +
        `${inMs(since.time)} ms to ${inMs(time)} ms; the shares of its peers are ${bound}`;
      violations.push({ what, replica, time, records: [since.sample, sample] });
    }
    return outcomeOf(judged, violations, `at most ${Math.round(100 * most)} % of the CPU`);
  },
};

interface Spent {
  readonly sample: StatusSample;
  readonly time: number;
  readonly work: number;
  /** It was counted later than that: when the answer before it had come. */
  readonly after: number;
}

interface Life {
  readonly first: Spent;
  /** Since then it has spent most, beside what its peers' shares allow. */
  readonly since: Spent;
}

/** What the polls of each replica tell, life by life. */
class Lives {
  readonly #sharesPerNs: number;
  readonly #lives = new Map<number, Life>();
  readonly #polledAt = new Map<number, number>();

  constructor(sharesPerNs: number) {
    this.#sharesPerNs = sharesPerNs;
  }

  /** @returns null where there is nothing yet to compare it with */
  polled(sample: StatusSample): (Life & { readonly now: Spent }) | null {
    const { replica, time, status } = sample;
    const work = status?.counters["rejectedWork"];
    if (work === undefined) return null;
    const life = this.#lives.get(replica);
    const after = this.#polledAt.get(replica) ?? time;
    const now = { sample, time, work, after };
    this.#polledAt.set(replica, time);
    if (life === undefined || work < life.since.work) {
      const first = { ...now, after: time };
      this.#lives.set(replica, { first, since: first });
      return null;
    }
    const isLess = this.#beyond(now) < this.#beyond(life.since);
    this.#lives.set(replica, { first: life.first, since: isLess ? now : life.since });
    return { ...life, now };
  }

  #beyond({ work, after }: Spent): number {
    return work - after * this.#sharesPerNs;
  }
}

function cpuBetween(first: Spent, now: Spent): number {
  return (MS_PER_VERIFICATION * (now.work - first.work)) / ((now.time - first.time) / 1e6);
}

function sharesIn({ observations: { plan }, good }: CheckerInput): number {
  const liars = plan.cluster.parameters.replicas - good.size;
  return Math.max(1, liars + (badClientOf(plan) === null ? 0 : SHARES_OF_CLIENTS));
}
