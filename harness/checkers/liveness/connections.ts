import type { StatusSample } from "../../observations/observations.ts";
import { FILES } from "../../observations/store.ts";
import type { Checker, Violation } from "../checker.ts";
import { provenOutcome } from "../proof.ts";
import { inMs } from "../windows.ts";
import { owedSpans, type Span } from "./spans.ts";

/**
 * What faults did to connections is over with them: good replicas that nothing strikes are
 * connected with each other again within the bound, of which the transport's back-off is a part,
 * and stay so.
 */
export const connections: Checker = {
  id: "connections",
  summary: "good replicas that nothing strikes are connected within the bound, and stay so",
  promise: "liveness",
  needs: ["ledger"],
  judges: ["certificates"],
  check(input) {
    const violations: Violation[] = [];
    let judged = 0;
    for (const span of owedSpans(input, 1)) {
      const first = new Map<string, number>();
      for (const sample of input.observations.samples) {
        if (!isIn(sample, span)) continue;
        for (const { peer, connected, connects } of linksOf(sample, span)) {
          judged += 1;
          const link = `r${sample.replica}>r${peer}`;
          const before = first.get(link);
          if (before === undefined) first.set(link, connects);
          const isLost = !connected || (before !== undefined && connects > before);
          if (!isLost) continue;
          const lost = connected ? "had to connect again" : "was not connected";
          const what = `r${sample.replica} ${lost} to r${peer} at ${inMs(sample.time)} ms`;
          const { replica, time } = sample;
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

interface Link {
  readonly peer: number;
  readonly connected: boolean;
  readonly connects: number;
}

function linksOf({ replica, peers = {} }: StatusSample, { spared }: Span): readonly Link[] {
  return spared.flatMap((peer): readonly Link[] => {
    const counters = peers[`r${peer}`];
    if (peer === replica || counters === undefined) return [];
    return [{ peer, connected: counters.connected, connects: counters.connects }];
  });
}
