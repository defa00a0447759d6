import { type FaultEffect, isAbsent } from "../../faults/fault.ts";
import type { CheckerInput } from "./checker.ts";

/**
 * Those never in B, and those who are there for what was done to their state alone: what they say
 * may be wrong, but they do with it what honest code does.
 */
export function withHonestCode({
  observations: { audits, ledger },
  good,
}: CheckerInput): readonly number[] {
  const absent = new Set(
    ledger.flatMap((line) =>
      line.kind === "installed" && isAbsent(line.outcome) ? [line.entry] : [],
    ),
  );
  const struck = ledger.flatMap((line): readonly FaultEffect[] =>
    line.kind === "intent" && !absent.has(line.entry) ? line.effects : [],
  );
  return [...audits.keys()].filter((replica) => {
    const own = struck.filter((each) => "replica" in each && each.replica === `r${replica}`);
    const isSpoilt = own.some(({ on }) => on === "state");
    return (
      good.has(replica) || (isSpoilt && !own.some(({ on }) => on === "behaviour" || on === "disk"))
    );
  });
}
