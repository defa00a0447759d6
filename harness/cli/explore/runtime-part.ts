/** `explore --part runtime`: logs, queues and links instead of protocols. */
import { randomInt } from "node:crypto";
import { loadMutants, type Mutant } from "../../../faults/mutant.ts";
import { EXIT_CODES } from "../../checkers/verdict/exit-code.ts";
import { monotonicMs } from "../../drivers/clock.ts";
import {
  RuntimeFindings,
  type RuntimeSeedResult,
  runtimeSeedResult,
} from "../../drivers/runtime-exploration/explore-runtime.ts";
import { unknownName } from "../../scenario/closest.ts";
import { printableLines } from "../../scenario/printable.ts";
import { ScenarioError } from "../../scenario/scenario.ts";

export interface RuntimePartFlags {
  readonly seed?: number;
  readonly seeds?: number;
  readonly for?: number;
  readonly stopAtFirst?: true;
  readonly mutant?: string;
  readonly mutants: readonly string[];
}

const SEEDS_DRAWN_BELOW = 1_000_000_000;
/** Where nothing else ends it. */
const SEEDS = 200;
const PROGRESS_EVERY_MS = 2_000;

/** @returns 1 if some promise was broken */
export async function exploreRuntime(flags: RuntimePartFlags): Promise<number> {
  const mutant = mutantOf(flags);
  const firstSeed = flags.seed ?? randomInt(SEEDS_DRAWN_BELOW);
  if (flags.seed === undefined) {
    process.stdout.write(`first seed: ${firstSeed} (drawn; the same again: --seed ${firstSeed})\n`);
  }
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
  if (found !== undefined) return found;
  const message = unknownName(mutant, [...all.keys()]);
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
  process.once("SIGINT", abort);
  let toldMs = monotonicMs();
  for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
    findings.add(await runtimeSeedResult(seed, mutant));
    const nowMs = monotonicMs();
    const { failures } = findings;
    if (isAborted || nowMs >= endMs || (flags.stopAtFirst && failures.length > 0)) break;
    if (nowMs - toldMs < PROGRESS_EVERY_MS) continue;
    toldMs = nowMs;
    const of = Number.isFinite(seeds) ? ` of ${seeds}` : "";
    process.stderr.write(`${findings.seeds}${of} seeds, ${failures.length} failures\n`);
  }
  process.off("SIGINT", abort);
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
    `runtime: ${seeds} seeds, ${failures.length} failures; ${Math.round(seeds / minutes)} ` +
      `seeds/min, ${Math.round(virtualMs / 1000)} s of virtual time`,
    `frames: ${frames}; starts of replicas: ${starts}; logs refused: ${refusals}`,
    `mishaps: ${kinds.map(([kind, count]) => `${kind} ${count}`).join(", ")}`,
  ];
  return `${lines.join("\n")}\n`;
}
