/** `bft-chaos compare`: the same plans on two clusters that differ in one thing, pair by pair. */
import { randomBytes } from "node:crypto";
import { join, relative } from "node:path";
import type { Command } from "commander";
import { EXIT_CODES, harnessCode } from "../checkers/verdict/exit-code.ts";
import { drivers } from "../drivers/registry.ts";
import { thisHost, versionsOf } from "../host.ts";
import { refuseKinds } from "../input-kind.ts";
import { RunStore } from "../observations/store.ts";
import {
  COMPARISON_FORMAT,
  type ComparedRun,
  type Comparison,
  outcomeOf,
} from "../reports/comparison/comparison.ts";
import { type FinishedRun, quoted } from "../run.ts";
import { printable } from "../scenario/printable.ts";
import { Aborts } from "./aborts.ts";
import { between, choice, collect, setOption, wholeNumber } from "./arguments.ts";
import { type PlannedPair, plannedPairs, type Turn, turnsOf } from "./compare/pairs.ts";
import { type Played, playedScenarios } from "./compare/played.ts";
import { type Varied, variedBy } from "./compare/varied.ts";
import { refuseUnwritable } from "./out-folder.ts";
import { shownPath } from "./shown-path.ts";
import { shownRun } from "./shown-run.ts";

interface CompareFlags {
  readonly vary: readonly string[];
  readonly repeat: number;
  readonly driver: string;
  readonly seed?: number;
  readonly set: readonly string[];
  readonly out: string;
  readonly mutants: readonly string[];
}

const REPEAT_MAX = 1_000;
/** Fewer give an interval too, but one that seldom tells anything. */
const REPEAT = 5;

export function register(program: Command): void {
  program
    .command("compare")
    .description("play the same plans on two clusters that differ in one thing, pair by pair")
    .argument("<path...>", "scenario files, or folders of them")
    .option(
      "--vary <path=a,b>",
      "what differs: a key of the scenario and its two values (repeatable: all first values are one side)",
      collect,
      [],
    )
    .option("--repeat <number>", "pairs of each scenario", between(1, REPEAT_MAX), REPEAT)
    .addOption(choice("--driver <name>", drivers).env("BFT_CHAOS_DRIVER").default("local"))
    .option("--seed <number>", "of the first pair, instead of the scenario's own", wholeNumber)
    .addOption(setOption("override a key on both sides"))
    .option("--out <folder>", "where the comparison and its run stores go", "runs")
    .option("--mutants <folder>", "more planted bugs to choose from (repeatable)", collect, [])
    .action(async (paths: readonly string[], flags: CompareFlags) => {
      process.exitCode = await compare(paths, flags);
    });
}

async function compare(paths: readonly string[], flags: CompareFlags): Promise<number> {
  const { driver, seed, set: sets, mutants: mutantFolders, repeat, out } = flags;
  const varied = variedBy(flags.vary, sets);
  for (const path of paths) {
    refuseKinds(
      path,
      ["plan", "printed plan", "runtime plan", "run"],
      "scenario files, or folders of them",
    );
  }
  // Both sides leave it out, for the same reason.
  const leftOut = new Set<string>();
  const asked = { paths, driver, seed, sets, mutantFolders };
  const onLeftOut = (why: string) => leftOut.add(why);
  const pairs = plannedPairs({ ...asked, varied, repeat, onLeftOut });
  for (const why of leftOut) process.stderr.write(`${printable(why)}\n`);
  refuseUnwritable(out);
  const startedAt = new Date();
  const id = randomBytes(4).toString("hex");
  const store = RunStore.createEmpty({ root: out, scenario: "compare", id, startedAt });
  const played = await playAll(pairs, { store, varied, mutantFolders });
  const comparison: Comparison = {
    format: COMPARISON_FORMAT,
    id,
    startedAt: startedAt.toISOString(),
    driver,
    sides: varied.sides,
    repeat,
    scenarios: playedScenarios(pairs, played.runs),
    stopped: played.stopped,
    exitCode: codeOf(played),
    host: thisHost(),
    versions: versionsOf(),
    rerun: rerunOf(paths, flags),
  };
  await write(comparison, store);
  return comparison.exitCode;
}

interface Playing {
  readonly store: RunStore;
  readonly varied: Varied;
  readonly mutantFolders: readonly string[];
}

interface AllPlayed {
  readonly runs: readonly Played[];
  readonly stopped: string | null;
}

async function playAll(pairs: readonly PlannedPair[], playing: Playing): Promise<AllPlayed> {
  using aborts = new Aborts();
  const turns = turnsOf(pairs);
  const runs: Played[] = [];
  for (const [index, turn] of turns.entries()) {
    if (aborts.level > 0) break;
    const { name } = playing.varied.sides[turn.side];
    const position = `${index + 1}/${turns.length} ${name}:`;
    runs.push({ ...turn, run: await play(turn, { ...playing, aborts, position }) });
    // A machine that failed one run would fail the next: the first message is the one to read.
    if (runs.at(-1)?.run.harness.state === "failed") break;
  }
  const last = runs.at(-1)?.run.harness;
  if (last !== undefined && last.state !== "ok") return { runs, stopped: last.why };
  const stopped = runs.length < turns.length ? "Ctrl-C or a signal stopped it" : null;
  return { runs, stopped };
}

async function play(
  { pair, side }: Turn,
  {
    store,
    mutantFolders,
    aborts,
    position,
  }: Playing & { readonly aborts: Aborts; readonly position: string },
): Promise<ComparedRun> {
  const planned = pair[side];
  const out = store.path(side);
  const showing = { out, mutantFolders, aborts, position, delivery: null };
  const finished = await shownRun(planned, showing);
  const { figuresOf } = await import("../reports/comparison/figures.ts");
  const { harness, judged } = finished;
  const { expect, cluster } = planned.plan;
  const run: ComparedRun = {
    harness,
    verdict: judged?.judgement.verdict ?? null,
    expected: expect.verdict,
    asExpected: judged?.judgement.asExpected ?? false,
    text: judged?.judgement.deviation ?? judged?.judgement.text ?? "nothing was judged",
    mutant: cluster.mutant,
    // What a stopped run measured is of another length than its pair's.
    figures: judged === null || harness.state !== "ok" ? null : figuresOf(judged),
    directory: placeOf(finished, store),
  };
  process.stdout.write(`${printable(`${position} ${briefly(run)}`)}\n`);
  return run;
}

/** As a link on the page of the comparison. */
function placeOf({ directory }: FinishedRun, store: RunStore): string | null {
  return directory === null ? null : relative(store.directory, directory);
}

function briefly({ verdict, asExpected, harness, text }: ComparedRun): string {
  const trouble = harness.state === "ok" ? "" : ` (harness ${harness.state}: ${harness.why})`;
  const why = asExpected ? "" : ` (not as expected: ${text})`;
  return `${verdict ?? "not judged"}${why}${trouble}`;
}

/** A side that is not as its scenario expects is an answer (harness §5.6). */
function codeOf({ runs, stopped }: AllPlayed): number {
  const outcomes = runs.map(({ run }) => outcomeOf(run));
  const trouble = harnessCode(outcomes);
  if (trouble !== EXIT_CODES.asExpected) return trouble;
  if (stopped !== null) return EXIT_CODES.aborted;
  const isExpected = runs.every(({ run }) => run.asExpected);
  return isExpected ? EXIT_CODES.asExpected : EXIT_CODES.otherVerdict;
}

function rerunOf(paths: readonly string[], flags: CompareFlags): string {
  const { vary, repeat, driver, seed, set, mutants } = flags;
  return [
    "npx bft-chaos compare",
    ...vary.map((each) => `--vary ${quoted(each)}`),
    `--repeat ${repeat} --driver ${driver}`,
    ...(seed === undefined ? [] : [`--seed ${seed}`]),
    ...set.map((each) => `--set ${quoted(each)}`),
    ...mutants.map((folder) => `--mutants ${quoted(folder)}`),
    ...paths.map(quoted),
  ].join(" ");
}

async function write(comparison: Comparison, store: RunStore): Promise<void> {
  const [{ comparisonHtml }, { comparisonText }, { wantsColour }, { writeWhole }] =
    await Promise.all([
      import("../reports/comparison/comparison-html.ts"),
      import("../reports/comparison/comparison-text.ts"),
      import("../reports/terminal.ts"),
      import("../reports/write.ts"),
    ]);
  store.writeJson("compare.json", comparison);
  const page = join(store.directory, "compare.html");
  await writeWhole(page, await comparisonHtml(comparison));
  const colour = wantsColour(process.stdout, process.env);
  process.stdout.write(comparisonText(comparison, shownPath(page), colour));
}
