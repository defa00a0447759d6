import type { StatusSample } from "../../observations/observations.ts";
import { FILES } from "../../observations/store.ts";
import type { Checker, Violation } from "../checker.ts";
import { owedSpans, type Span } from "../liveness/spans.ts";
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
  promise: "liveness",
  needs: ["ledger"],
  judges: ["certificates"],
  check(input) {
    const violations: Violation[] = [];
    let judged = 0;
    for (const span of owedSpans(input, 1)) {
      const before = new Map<string, number>();
      for (const sample of input.observations.samples) {
        if (!isIn(sample, span)) continue;
        const { replica, time } = sample;
        for (const { peer, dropped } of linksOf(sample, span)) {
          judged += 1;
          const link = `r${replica}>r${peer}`;
          const known = before.get(link) ?? dropped;
          before.set(link, dropped);
          if (dropped <= known) continue;
          const what = `r${replica} dropped ${dropped - known} frames for r${peer} by ${inMs(time)} ms`;
          const rests = [{ file: FILES.ledger, until: time }];
          violations.push({ what, replica, time, records: [sample], rests });
        }
      }
    }
    return provenOutcome(input, judged, violations);
  },
};

function isIn({ replica, time }: StatusSample, { from, to, allowedNs, spared }: Span): boolean {
  return spared.includes(replica) && time >= from + allowedNs && time <= to;
}

function linksOf({ replica, peers = {} }: StatusSample, { spared }: Span) {
  return spared.flatMap((peer) => {
    const counters = peers[`r${peer}`];
    if (peer === replica || counters === undefined) return [];
    return [{ peer, dropped: counters.dropped }];
  });
}
