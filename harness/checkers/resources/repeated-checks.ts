import type { NodeId } from "../../../nodes/protocols/contract/core.ts";
import type { StatusSample } from "../../observations/observations.ts";
import { FILES } from "../../observations/store.ts";
import { badClientOf } from "../../plan/hosted-clients.ts";
import type { Checker, Violation } from "../checker.ts";
import { Strikes } from "../liveness/strikes.ts";
import { provenOutcome } from "../proof.ts";
import { inMs } from "../windows.ts";

/**
 * What a liar sends too early may be looked at when it comes and when it is due; what it proposed
 * early, and no client is known to have asked for, at each PREPARE as well (protocols §20.1).
 */
const EARLY_SHARE = 0.05;
const EARLY_MIN = 8;

/**
 * A signature, or a code, that was found good is as good the next time: nobody looks at it again in
 * the same input, nor more often than it has a use, which is once when it comes and once in a proof
 * (protocols §9.4). Where all are good, and none has started again and proposed once more what it
 * had proposed, that holds without exception. A liar may have what it said looked at again where
 * that is rejected each time, which is counted and charged (protocols §12.4).
 */
export const repeatedChecks: Checker = {
  id: "repeated-checks",
  summary: "good replicas look at no signature or code again that they have found good",
  idle: "no replica was asked what it has looked at again",
  promise: "liveness",
  needs: [],
  judges: ["certificates"],
  check(input) {
    const { observations, good, subject } = input;
    const { samples, plan } = observations;
    const { replicas, window } = plan.cluster.parameters;
    const liars = replicas - good.size;
    const ledByLiars = new LedByLiars((view) => !good.has(subject.leaderOf(view) ?? -1));
    const isAnybodyBad = liars > 0 || badClientOf(plan) !== null;
    const downs = new Strikes(observations).which(({ on }) => on === "process");
    const downFrom = Math.min(...downs.map(({ from }) => from));
    const violations: Violation[] = [];
    let [judged, looks, most] = [0, 0, 0];
    for (const sample of samples) {
      const { replica, time } = sample;
      const counted = countedIn(sample);
      if (counted === null || !good.has(replica)) continue;
      judged += 1;
      looks = Math.max(looks, counted.looks);
      most = Math.max(most, counted.repeated + counted.surplus);
      const proposed = ledByLiars.until(sample) * window * (replicas - 2);
      const few = Math.max(EARLY_MIN, EARLY_SHARE * counted.looks) + proposed;
      const early = isAnybodyBad || time >= downFrom ? few : 0;
      const rejected = isAnybodyBad ? counted.rejected : 0;
      const tell = (what: string) => {
        const whose = `r${replica} looked ${what} by ${inMs(time)} ms, of ${counted.looks} looks`;
        const rests = [{ file: FILES.ledger, until: time }];
        violations.push({ what: whose, replica, time, records: [sample], rests });
      };
      if (counted.repeated > early + rejected) {
        tell(`${counted.repeated} times at what it had found good in the same input`);
      }
      if (counted.surplus > rejected) {
        tell(`${counted.surplus} times at what it had found good as often as there is a use for`);
      }
    }
    return provenOutcome(input, judged, violations, `at most ${most} of ${looks} looks again`);
  },
};

/** How many views that bad ones lead a replica has come to, as far as its samples tell. */
class LedByLiars {
  readonly #isLedByLiar: (view: number) => boolean;
  readonly #seen = new Map<NodeId, { readonly view: number; readonly led: number }>();

  constructor(isLedByLiar: (view: number) => boolean) {
    this.#isLedByLiar = isLedByLiar;
  }

  until({ replica, status }: StatusSample): number {
    const view = status?.view ?? 0;
    const before = this.#seen.get(replica) ?? { view: view - 1, led: 0 };
    let { led } = before;
    for (let next = before.view + 1; next <= view; next++) if (this.#isLedByLiar(next)) led += 1;
    this.#seen.set(replica, { view: Math.max(view, before.view), led });
    return led;
  }
}

interface Counted {
  readonly looks: number;
  readonly repeated: number;
  readonly surplus: number;
  /** Looks at what was then rejected; 32 at a code are counted as one. */
  readonly rejected: number;
}

/** Of its life so far; null where it does not say. */
function countedIn({ status }: StatusSample): Counted | null {
  if (status === undefined) return null;
  const { verifications = 0, checks = 0, rejectedWork = 0 } = status.counters;
  const { repeatedChecks: repeated, surplusChecks: surplus } = status.counters;
  if (repeated === undefined || surplus === undefined) return null;
  return { looks: verifications + checks, repeated, surplus, rejected: rejectedWork };
}
