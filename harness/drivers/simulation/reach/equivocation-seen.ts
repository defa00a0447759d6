import { EVERY_PBFT, type Goal, recordsOf } from "./goal.ts";

/** What quorums are for (protocols §6.2). */
export const equivocationSeen: Goal = {
  name: "equivocation-seen",
  summary: "two good replicas accept different batches for one number in one view",
  protocols: EVERY_PBFT,
  isSeenIn({ logs }) {
    const accepted = new Map<string, string>();
    for (const { v, n, d } of logs.flatMap((log) => recordsOf(log, "preprepared"))) {
      const slot = `${v}:${n}`;
      const known = accepted.get(slot) ?? d;
      if (known !== d) return true;
      accepted.set(slot, known);
    }
    return false;
  },
};
