import type { AuditRecord } from "../../../../nodes/protocols/contract/audit.ts";
import { EVERY_PBFT, type Goal } from "./goal.ts";

/** Nobody but the harness makes it wrong; the code that finds and mends it is the honest one. */
export const stateRepaired: Goal = {
  name: "state-repaired",
  summary: "a replica finds its own state wrong, has that of the others in its place, and goes on",
  protocols: EVERY_PBFT,
  isSeenIn: ({ logs }) => logs.some(isSeen),
};

function isSeen(log: readonly AuditRecord[]): boolean {
  let step: "good" | "wrong" | "repaired" = "good";
  for (const { e } of log) {
    if (e === "executed" && step === "repaired") return true;
    if (e === "boot") step = "good";
    else if (e === "corrupt") step = "wrong";
    else if (e === "installed" && step === "wrong") step = "repaired";
  }
  return false;
}
