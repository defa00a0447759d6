/** `explore --part runtime`: logs, queues and links instead of protocols. */
import { loadMutants, type Mutant } from "../../../faults/mutant.ts";
import { EXIT_CODES } from "../../checkers/verdict/exit-code.ts";
import { monotonicMs } from "../../drivers/clock.ts";
import {
  RuntimeFindings,
  type RuntimeSeedResult,
  runtimeSeedResult,
} from "../../drivers/runtime-exploration/explore-runtime.ts";
import { runsLinked } from "../../drivers/runtime-exploration/linked-runtime.ts";
import { unknownName } from "../../scenario/closest.ts";
import { printableLines } from "../../scenario/printable.ts";
import { ScenarioError } from "../../scenario/scenario.ts";
import { failuresText, firstSeedOf, progress } from "./telling.ts";

export interface RuntimePartFlags {
  readonly seed?: number;
  readonly seeds?: number;
  readonly for?: number;
  readonly stopAtFirst?: true;
  readonly mutant?: string;
  readonly mutants: readonly string[];
}

/** Where nothing else ends it. */
const SEEDS = 200;

/** @returns 1 if some promise was broken */
export async function exploreRuntime(flags: RuntimePartFlags): Promise<number> {
  const mutant = mutantOf(flags);
  const firstSeed = firstSeedOf(flags);
  const startedMs = monotonicMs();
  const { findings, isAborted } = await explored(firstSeed, mutant, flags);
  for (const failure of findings.failures) {
    process.stdout.write(`${printableLines(wordsOf(failure, flags))}\n`);
  }
  process.stdout.write(summaryOf(findings, (monotonicMs() - startedMs) / 60_000));
  if (findings.failures.length > 0) return EXIT_CODES.broken;
  return isAborted ? EXIT_CODES.aborted : EXIT_CODES.asExpected;
}

function mutantOf({ mutant, mutants }: RuntimePartFlags): Mutant | null {
  if (mutant === undefined) return null;
  const all = loadMutants(mutants);
  const found = all.get(mutant);
  if (found !== undefined && runsLinked(found)) return found;
  const message =
    found === undefined
      ? unknownName(mutant, [...all.keys()])
      : `${mutant} changes ${found.file}, which --part runtime does not run`;
  throw new ScenarioError([{ where: "--mutant", path: "", message }]);
}

async function explored(firstSeed: number, mutant: Mutant | null, flags: RuntimePartFlags) {
  const findings = new RuntimeFindings();
  const seeds = flags.seeds ?? (flags.for === undefined ? SEEDS : Number.POSITIVE_INFINITY);
  const endMs = monotonicMs() + (flags.for ?? Number.POSITIVE_INFINITY);
  let isAborted = false;
  const abort = () => {
    isAborted = true;
  };
  const tell = progress(Number.isFinite(seeds) ? seeds : null);
  process.once("SIGINT", abort);
  try {
    for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
      findings.add(await runtimeSeedResult(seed, mutant));
      const { failures } = findings;
      tell(findings.seeds, failures.length);
      if (isAborted || monotonicMs() >= endMs) break;
      if (flags.stopAtFirst === true && failures.length > 0) break;
    }
  } finally {
    process.off("SIGINT", abort);
  }
  return { findings, isAborted };
}

function wordsOf({ seed, broken }: RuntimeSeedResult, flags: RuntimePartFlags): string {
  const mutant = flags.mutant === undefined ? "" : ` --mutant ${flags.mutant}`;
  const folders = flags.mutants.map((folder) => ` --mutants ${folder}`).join("");
  const again = `npx bft-chaos explore --part runtime --seed ${seed} --seeds 1${mutant}${folders}`;
  const lines = broken.map(({ check, what }) => `  ${check}: ${what}`);
  return [`seed ${seed}: ${again}`, ...lines].join("\n");
}

function summaryOf(findings: RuntimeFindings, minutes: number): string {
  const { seeds, failures, frames, starts, refusals, virtualMs, mishaps } = findings;
  const kinds = [...mishaps].toSorted(([, one], [, other]) => other - one);
  const lines = [
    `runtime: ${seeds} seeds, ${failuresText(failures.length)}; ${Math.round(seeds / minutes)} ` +
      `seeds/min, ${Math.round(virtualMs / 1000)} s of virtual time`,
    `frames: ${frames}; starts of replicas: ${starts}; logs refused: ${refusals}`,
    `mishaps: ${kinds.map(([kind, count]) => `${kind} ${count}`).join(", ")}`,
  ];
  return `${lines.join("\n")}\n`;
}
