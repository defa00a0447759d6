import { FILES } from "../../observations/store.ts";
import type { Checker, Violation } from "../checker.ts";
import { provenOutcome } from "../proof.ts";
import { inMs } from "../windows.ts";
import { nameOfLink, settledLinks } from "./settled-links.ts";

/**
 * What faults did to connections is over with them: good replicas that nothing strikes are
 * connected with each other again within the bound, of which the transport's back-off is a part,
 * and stay so.
 */
export const connections: Checker = {
  id: "connections",
  summary: "good replicas that nothing strikes are connected within the bound, and stay so",
  idle: "no good replica was left in peace for longer than the bound",
  promise: "liveness",
  needs: ["ledger"],
  judges: ["certificates"],
  check(input) {
    const violations: Violation[] = [];
    let judged = 0;
    for (const links of settledLinks(input)) {
      const first = new Map<string, number>();
      for (const link of links) {
        const { sample, peer, counters } = link;
        const { connected, connects } = counters;
        judged += 1;
        const before = first.get(nameOfLink(link));
        if (before === undefined) first.set(nameOfLink(link), connects);
        const isLost = !connected || (before !== undefined && connects > before);
        if (!isLost) continue;
        const { replica, time } = sample;
        const lost = connected ? "had to connect again" : "was not connected";
        const what = `r${replica} ${lost} to r${peer} at ${inMs(time)} ms`;
        const rests = [{ file: FILES.ledger, until: time }];
        violations.push({ what, replica, time, records: [sample], rests });
      }
    }
    return provenOutcome(input, judged, violations);
  },
};
