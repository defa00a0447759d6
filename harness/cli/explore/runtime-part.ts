/** `explore --part runtime`: logs, queues and links instead of protocols. */
import { EXIT_CODES } from "../../checkers/verdict/exit-code.ts";
import { RuntimeFindings } from "../../drivers/runtime-exploration/explore-runtime.ts";
import { refuseUnwritable } from "../out-folder.ts";
import { type ExploreFlags, SEED_MAX } from "./flags.ts";
import { playSeeds } from "./playing.ts";
import { type RuntimeAssignment, runtimeMutantOf } from "./runtime-assignment.ts";
import { tellRuntimeFailures } from "./runtime-failures.ts";
import { runtimeSeeds, seedResults } from "./seed-results.ts";
import { titleOf } from "./summary.ts";
import { counted } from "./telling.ts";

/** Where nothing else ends it: each takes some five times as long as one of a protocol. */
export const RUNTIME_SEEDS = 200;

/** @returns 1 if some promise was broken */
export async function exploreRuntime(flags: ExploreFlags, firstSeed: number): Promise<number> {
  const { mutant = null, mutants: mutantFolders, out, shrink: isShrinking } = flags;
  const assignment: RuntimeAssignment = { mutant, mutantFolders };
  // A bug that is not there is told before anything starts.
  runtimeMutantOf(assignment);
  refuseUnwritable(out);
  const seeds = flags.seeds ?? (flags.for === undefined ? RUNTIME_SEEDS : SEED_MAX);
  const findings = new RuntimeFindings();
  const { minutes, isAborted } = await playSeeds({
    results: seedResults(runtimeSeeds(assignment), { firstSeed, seeds }, flags.jobs),
    seeds: seeds === SEED_MAX ? null : seeds,
    flags,
    onResult: (result) => {
      findings.add(result);
      return findings.failures.length;
    },
  });
  await tellRuntimeFailures(findings.failures, { assignment, out, isShrinking });
  const title = titleOf("runtime", assignment.mutant);
  process.stdout.write(summaryOf(findings, { title, minutes }));
  if (findings.failures.length > 0) return EXIT_CODES.broken;
  return isAborted ? EXIT_CODES.aborted : EXIT_CODES.asExpected;
}

function summaryOf(
  findings: RuntimeFindings,
  { title, minutes }: { readonly title: string; readonly minutes: number },
): string {
  const { seeds, failures, frames, starts, refusals, virtualMs, mishaps } = findings;
  const kinds = [...mishaps].toSorted(([, one], [, other]) => other - one);
  const lines = [
    `${title}: ${counted(seeds, "seed")}, ${counted(failures.length, "failure")}; ` +
      `${Math.round(seeds / minutes)} seeds/min, ${Math.round(virtualMs / 1000)} s of virtual time`,
    `frames: ${frames}; starts of replicas: ${starts}; logs refused: ${refusals}`,
    `mishaps: ${kinds.map(([kind, count]) => `${kind} ${count}`).join(", ")}`,
  ];
  return `${lines.join("\n")}\n`;
}
