import type { Mutant } from "../../../faults/mutant.ts";

/** The rest of `nodes/` is what real processes are made of: sockets, disks, clocks. */
export function runsInSimulation({ file }: Pick<Mutant, "file">): boolean {
  return /^nodes\/(protocols|services)\//.test(file);
}
