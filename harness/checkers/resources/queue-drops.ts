import { FILES } from "../../observations/store.ts";
import type { Checker, Violation } from "../checker.ts";
import { nameOfLink, settledLinks } from "../liveness/settled-links.ts";
import { provenOutcome } from "../proof.ts";
import { inMs } from "../windows.ts";

/**
 * A queue for a peer has room for 4 096 frames and 8 MiB behind the oldest (protocols §12.8), and
 * all that a replica may say at once is less: between good replicas that nothing strikes none is
 * dropped, once the bound for what an outage left behind is over.
 */
export const queueDrops: Checker = {
  id: "queue-drops",
  summary: "good replicas that nothing strikes drop nothing that they have for each other",
  idle: "no good replica was asked for its queues while nothing struck it",
  promise: "liveness",
  needs: ["ledger"],
  judges: ["certificates"],
  check(input) {
    const violations: Violation[] = [];
    let judged = 0;
    for (const links of settledLinks(input)) {
      const before = new Map<string, number>();
      for (const link of links) {
        const { sample, peer, counters } = link;
        const { dropped } = counters;
        judged += 1;
        const known = before.get(nameOfLink(link)) ?? dropped;
        before.set(nameOfLink(link), dropped);
        if (dropped <= known) continue;
        const { replica, time } = sample;
        const what = `r${replica} dropped ${dropped - known} frames for r${peer} by ${inMs(time)} ms`;
        const rests = [{ file: FILES.ledger, until: time }];
        violations.push({ what, replica, time, records: [sample], rests });
      }
    }
    return provenOutcome(input, judged, violations);
  },
};
