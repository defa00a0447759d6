/** What an exploration came to, in lines for the terminal. */

import type { Mutant } from "../../../faults/mutant.ts";
import type { Exploration } from "../../drivers/simulation/explore.ts";
import { counted } from "./telling.ts";

export function summaryOf(
  { failures, stats }: Exploration,
  { title, minutes }: { readonly title: string; readonly minutes: number },
): string {
  const { seeds, steps, virtualMs, faults } = stats;
  const kinds = Object.entries(faults)
    .toSorted(([, a], [, b]) => b - a)
    .map(([kind, count]) => `${kind} ${count}`);
  const lines = [
    `${title}: ${counted(seeds, "seed")}, ${counted(failures.length, "failure")}; ` +
      `${Math.round(seeds / minutes)} seeds/min, ${steps} steps, ` +
      `${Math.round(virtualMs / 1000)} s of virtual time`,
    `operations: ${stats.operations} answered, ${stats.unknown} unknown`,
    `view changes: ${stats.viewChanges} in ${counted(stats.seedsWithViewChange, "seed")}; ` +
      `state transfers: ${stats.stateTransfers}`,
    `crashes: ${stats.crashes}; power cuts: ${stats.powerCuts}; ` +
      `all replicas down at once: ${stats.totalOutages}`,
    `faults: ${kinds.join(", ")}`,
    ...reachLines(stats.reached),
  ];
  return `${lines.join("\n")}\n`;
}

/** What was explored; a planted bug is stamped here as in every report. */
export function titleOf(part: string, mutant: string | null): string {
  return mutant === null ? part : `${part}, PLANTED BUG ${mutant}`;
}

/** Of a planted bug that no seed has shown: what it cannot show without, if that was drawn. */
export function hintOf(
  { name, behaviour, attack }: Pick<Mutant, "name" | "behaviour" | "attack">,
  given: { readonly behaviour: string | null; readonly attack: string | null },
): string {
  const wanted = [
    ...(behaviour === undefined || given.behaviour !== null ? [] : [`--behaviour ${behaviour}`]),
    ...(attack === undefined || given.attack !== null ? [] : [`--attack ${attack}`]),
  ];
  return wanted.length === 0 ? "" : `${name} cannot show without ${wanted.join(" ")}\n`;
}

/** What was never reached says so: nothing was learned about it. */
function reachLines(reached: Exploration["stats"]["reached"]): readonly string[] {
  const counts = Object.entries(reached).map(([goal, seeds]) => {
    const [first] = seeds;
    return first === undefined ? `${goal} never` : `${goal} ${seeds.length} (first ${first})`;
  });
  return counts.length === 0 ? [] : [`reached: ${counts.join(", ")}`];
}
