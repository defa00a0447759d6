/** What late faults and arrivals that were shed hint at, and what to do about it. */
import { undelivered } from "../checkers/verdict/shed.ts";
import type { JudgedRun } from "./report.ts";

/**
 * Null where nothing was late, where Ctrl-C was what cut it short, or where time is virtual and no
 * machine can be too slow for it.
 */
export function busyMachine({ observations, judgement }: JudgedRun): string | null {
  const { run } = observations;
  if (run.driver === "simulation" || run.harness.state === "aborted") return null;
  const isShed = undelivered(observations) !== null;
  const isLate = judgement.faults.some(({ deviation }) => deviation !== null);
  if (!isShed && !isLate) return null;
  const signs = [
    ...(isShed ? ["arrivals were shed"] : []),
    ...(isLate ? ["faults were not on time"] : []),
  ];
  return (
    `${signs.join(" and ")}: this machine may have been too busy (${loadOf(run.host)}). ` +
    "Ask for fewer arrivals (--set workload.rate=...), leave the machine alone meanwhile, or play it " +
    "with --driver simulation"
  );
}

function loadOf({ loadAverage, cpus }: JudgedRun["observations"]["run"]["host"]): string {
  const cores = cpus === 1 ? "1 core" : `${cpus ?? "?"} cores`;
  return loadAverage === undefined ? cores : `load average ${loadAverage} on ${cores}`;
}
