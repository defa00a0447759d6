/**
 * From scenario files to judged runs (harness §1.1): the only place beside the command line that
 * sees every stage. Everything is loaded and planned before the first run starts.
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadMutants, type Mutant, MutantError, mutate } from "../faults/mutant.ts";
import { faults } from "../faults/registry.ts";
import { protocols, services } from "../nodes/registry.ts";
import { checkers } from "./checkers/registry.ts";
import type { Judgement } from "./checkers/verdict/judgement.ts";
import type { AbortListener, Driver, Progress } from "./drivers/driver.ts";
import { drivers } from "./drivers/registry.ts";
import { loadAverage, thisHost, versionsOf } from "./host.ts";
import { refuseKinds } from "./input-kind.ts";
import type { HarnessState, Observations, RunInfo } from "./observations/observations.ts";
import { FILES, RunStore, StoreError } from "./observations/store.ts";
import { expand } from "./plan/expand.ts";
import type { Plan } from "./plan/plan.ts";
import { refuseUnoffered, refuseUnplayed, UnofferedError } from "./plan/refusals.ts";
import { isPlanFile, readPlanFile } from "./plan-file.ts";
import { unknownName } from "./scenario/closest.ts";
import { loadScenario } from "./scenario/load.ts";
import { readScript } from "./scenario/read-script.ts";
import { scenarioText } from "./scenario/read-text.ts";
import { type Problem, type Scenario, ScenarioError } from "./scenario/scenario.ts";
import { scenarioFiles } from "./scenario/scenario-files.ts";
import type { ScenarioVocabulary } from "./scenario/vocabulary.ts";
import { subjectOf } from "./subject.ts";
import { executors } from "./workloads/registry.ts";

/** Everything that is registered; planted bugs are not, they are files. */
export const vocabulary: ScenarioVocabulary = {
  protocols,
  services,
  faults,
  executors,
  checks: checkers.map(({ id }) => id),
};

export interface PlanningOptions {
  /** Files, or folders that are searched for them. */
  readonly paths: readonly string[];
  readonly driver: string;
  readonly seed?: number | undefined;
  /** `path=value`, from the command line. */
  readonly sets?: readonly string[];
  /** Folders of planted bugs beside the project's own. */
  readonly mutantFolders?: readonly string[];
  /** What is in all of these folders, where somebody has read them already. */
  readonly mutants?: ReadonlyMap<string, Mutant>;
  /** Hears of each scenario that is left out, and why, before anything starts. */
  readonly onLeftOut?: (why: string) => void;
}

export interface PlannedScenario {
  readonly file: string;
  readonly plan: Plan;
  readonly driver: Driver;
  /** The command that runs exactly this again. */
  readonly rerun: string;
}

const PLAYED = "scenario files, plans, or folders of scenario files";

/** @throws ScenarioError with the problems of all files at once; nothing was started */
export function planScenarios(options: PlanningOptions): readonly PlannedScenario[] {
  return planFor(driverNamed(options.driver), options);
}

/** The same for a driver that is at hand. */
export function planFor(
  driver: Driver,
  options: Omit<PlanningOptions, "driver">,
): readonly PlannedScenario[] {
  const { mutants = knownMutants(options.mutantFolders) } = options;
  const problems: Problem[] = [];
  const leftOut: Problem[] = [];
  const planned: PlannedScenario[] = [];
  for (const path of options.paths)
    refuseKinds(path, ["printed plan", "runtime plan", "run"], PLAYED);
  for (const { file, isOfFolder } of scenarioFiles(options.paths)) {
    try {
      planned.push(
        isPlanFile(file)
          ? planOfFile(file, { ...options, driver, mutants })
          : planScenario(file, { ...options, driver, mutants }),
      );
    } catch (error) {
      if (!(error instanceof ScenarioError)) throw error;
      const isLeftOut = leavesOut(driver, error, isOfFolder);
      (isLeftOut ? leftOut : problems).push(...error.problems);
    }
  }
  if (planned.length === 0) problems.push(...leftOut);
  if (problems.length > 0) throw new ScenarioError(problems);
  for (const { where, path, message } of leftOut) {
    options.onLeftOut?.(`${where} is left out: ${path}: ${message}`);
  }
  return planned;
}

/** Who names a folder wants what can be had of it here; who names a file wants that one. */
function leavesOut(driver: Driver, error: ScenarioError, isOfFolder: boolean): boolean {
  return error instanceof UnofferedError && (isOfFolder || driver.isPartial === true);
}

type Planning = Omit<PlanningOptions, "driver" | "mutants"> & {
  readonly driver: Driver;
  readonly mutants: ReadonlyMap<string, Mutant>;
};

function planScenario(
  file: string,
  { driver, mutants, seed, sets = [], mutantFolders = [] }: Planning,
): PlannedScenario {
  const words = { ...vocabulary, mutants: [...mutants.keys()] };
  const scenario = loadScenario(
    { text: scenarioText(readFileSync(file), file), file, sets },
    words,
  );
  const script = readScript(scenario, file);
  const plan = expand(scenario, { seed, vocabulary: words, script });
  refuseUnoffered(plan, driver, { faults, drivers });
  refuseUnplayed(plan, driver, mutants);
  refuseStale(scenario, mutants);
  const given = [
    ...sets.map((set) => ` --set ${quoted(set)}`),
    ...mutantFolders.map((folder) => ` --mutants ${quoted(folder)}`),
  ].join("");
  const rerun = `npx bft-chaos run ${quoted(file)} --driver ${driver.name} --seed ${plan.seed}${given}`;
  return { file, plan, driver, rerun };
}

/** What `explore` and `shrink` leave: every value is in it already. */
function planOfFile(
  file: string,
  { driver, mutants, seed, sets = [], mutantFolders = [] }: Planning,
): PlannedScenario {
  const plan = readPlanFile(file);
  if (seed !== undefined || sets.length > 0) {
    throw bad(file, "a plan has all its values; allowed: no --seed and no --set with it");
  }
  refuseUnoffered(plan, driver, { faults, drivers });
  const { mutant } = plan.cluster;
  if (mutant !== null && !mutants.has(mutant)) {
    throw bad(file, `it has the planted bug ${mutant}, which is in no folder of them`);
  }
  refuseUnplayed(plan, driver, mutants);
  const given = mutantFolders.map((folder) => ` --mutants ${quoted(folder)}`).join("");
  const rerun = `npx bft-chaos run ${quoted(file)} --driver ${driver.name}${given}`;
  return { file, plan, driver, rerun };
}

export interface ReplayOptions {
  readonly plan: Plan;
  /** The run that it was made for. */
  readonly directory: string;
  readonly driver: string;
  readonly mutantFolders?: readonly string[];
}

/**
 * The plan of an old run, for another one.
 * @throws ScenarioError where the driver cannot play it, or its planted bug is not there any more
 */
export function planAgain({
  plan,
  directory,
  driver: driverName,
  mutantFolders = [],
}: ReplayOptions): PlannedScenario {
  const driver = driverNamed(driverName);
  refuseUnoffered(plan, driver, { faults, drivers });
  const { mutant } = plan.cluster;
  const mutants = knownMutants(mutantFolders);
  if (mutant !== null && !mutants.has(mutant)) {
    throw bad(directory, `it has the planted bug ${mutant}, which is in no folder of them`);
  }
  refuseUnplayed(plan, driver, mutants);
  const given = mutantFolders.map((folder) => ` --mutants ${quoted(folder)}`).join("");
  const rerun = `npx bft-chaos replay ${quoted(directory)} --driver ${driver.name}${given}`;
  return { file: join(directory, FILES.plan), plan, driver, rerun };
}

/** A folder or a file in it that cannot be read is bad input like any other. */
export function knownMutants(folders: readonly string[] | undefined): ReadonlyMap<string, Mutant> {
  try {
    return loadMutants(folders);
  } catch (error) {
    if (!(error instanceof MutantError)) throw error;
    throw new ScenarioError([{ where: "--mutants", path: "", message: error.message }], {
      cause: error,
    });
  }
}

/** A planted bug that no longer fits the source would fail the run as soon as it began. */
function refuseStale({ cluster, source }: Scenario, mutants: ReadonlyMap<string, Mutant>): void {
  const mutant = mutants.get(cluster.mutant ?? "");
  if (mutant === undefined) return;
  try {
    mutate(mutant);
  } catch (error) {
    if (!(error instanceof MutantError)) throw error;
    const problem = source.problem(["cluster", "mutant"], error.message);
    throw new ScenarioError([problem], { cause: error });
  }
}

function driverNamed(name: string): Driver {
  const driver = drivers.find((candidate) => candidate.name === name);
  if (driver) return driver;
  const names = drivers.map((candidate) => candidate.name);
  throw bad("--driver", unknownName(name, names));
}

function bad(where: string, message: string): ScenarioError {
  return new ScenarioError([{ where, path: "", message }]);
}

export interface RunOptions {
  /** Where the run stores go. */
  readonly out: string;
  readonly mutantFolders: readonly string[];
  readonly onProgress: (progress: Progress) => void;
  /** See `RunContext`. */
  readonly onAbort: (listener: AbortListener) => void;
  /** As soon as a run can be followed, where its driver records it as it happens. */
  readonly onRecording?: (recording: Recording) => void;
  /** For runs that nobody will read about: they are judged, and no report is written. */
  readonly isUnreported?: true;
}

/** A run store that is being written. */
export interface Recording {
  readonly directory: string;
  readonly run: RunInfo;
  readonly plan: Plan;
}

export interface FinishedRun {
  readonly scenario: string;
  readonly harness: HarnessState;
  readonly residue: readonly string[];
  readonly directory: string | null;
  /** Null if there was nothing to judge, or nobody waited for it. */
  readonly judged: { readonly observations: Observations; readonly judgement: Judgement } | null;
  readonly reports: ReadonlyMap<string, string>;
}

/** Runs one plan and judges it. Trouble of the harness itself is in the answer, not thrown. */
export async function runPlanned(
  planned: PlannedScenario,
  options: RunOptions,
): Promise<FinishedRun> {
  const scenario = planned.plan.scenario;
  let store: RunStore | null = null;
  let driven: Driven | null = null;
  try {
    const id = randomBytes(4).toString("hex");
    store = RunStore.create({ root: options.out, scenario, id });
    driven = await drive({ planned, options, store, id });
    const { directory } = store;
    const { harness, residue } = driven;
    const analysed = driven.skipAnalysis ? null : await analyse(directory, options);
    return {
      scenario,
      harness,
      residue,
      directory,
      judged: analysed?.judged ?? null,
      reports: analysed?.reports ?? new Map(),
    };
  } catch (error) {
    const directory = store?.directory ?? null;
    const harness = failedBy(error, driven?.harness, directory);
    const residue = driven?.residue ?? [];
    return { scenario, harness, residue, directory, judged: null, reports: new Map() };
  } finally {
    store?.close();
  }
}

/** What failed first tells more than its consequences: no store that is gone can be judged. */
function failedBy(
  error: unknown,
  before: HarnessState | undefined,
  directory: string | null,
): HarnessState {
  if (before?.state === "failed") return before;
  const place = error instanceof StoreError || !directory ? "" : ` (run store ${directory})`;
  return { state: "failed", why: `${explain(error)}${place}` };
}

interface Drive {
  readonly planned: PlannedScenario;
  readonly options: RunOptions;
  readonly store: RunStore;
  readonly id: string;
}

interface Driven {
  readonly harness: HarnessState;
  readonly residue: readonly string[];
  readonly skipAnalysis: boolean;
}

async function drive({ planned, options, store, id }: Drive): Promise<Driven> {
  const { plan, driver, rerun } = planned;
  store.writeJson(FILES.plan, plan);
  const info: RunInfo = {
    id,
    scenario: plan.scenario,
    seed: plan.seed,
    driver: driver.name,
    startedAt: new Date().toISOString(),
    zero: "0",
    rerun,
    host: thisHost(),
    versions: versionsOf(),
    // What a reader finds if the harness is killed: it is written over at the end.
    harness: {
      state: "failed",
      why: "the harness did not get to the end of this run (it was killed, or its disk was full)",
    },
    residue: [],
  };
  store.writeJson(FILES.run, info);
  let level = 0;
  options.onAbort((pressed) => (level = pressed));
  const { onProgress, onAbort, mutantFolders } = options;
  // Virtual time begins with the run.
  let zeroAt = info.startedAt;
  // A run that dies from here on can still be read: audit lines bear the host's own clock.
  const onZero = (zeroNs: bigint) => {
    zeroAt = new Date().toISOString();
    const run = { ...info, zero: String(zeroNs), zeroAt };
    store.writeJson(FILES.run, run);
    if (driver.recordsLive) options.onRecording?.({ directory: store.directory, run, plan });
  };
  const context = { runId: id, store, onProgress, onAbort, onZero, mutantFolders };
  const outcome = await driver.run(plan, context);
  const { residue, versions, zero = "0" } = outcome;
  const harness = residueFails(outcome.harness, residue);
  const skipAnalysis = level === 2;
  try {
    const all = { ...info.versions, ...versions };
    const { replicas } = plan.cluster.parameters;
    const written = { files: store.sizes(replicas), seals: store.seals(replicas) };
    store.writeJson(FILES.run, {
      ...info,
      host: { ...info.host, loadAverage: loadAverage() },
      zero,
      zeroAt,
      residue,
      harness,
      ...written,
      versions: all,
    });
    return { harness, residue, skipAnalysis };
  } catch (error) {
    return { harness: failedBy(error, harness, store.directory), residue, skipAnalysis };
  }
}

/** A run that leaves something behind has failed as a harness, whatever the system did. */
function residueFails(harness: HarnessState, residue: readonly string[]): HarnessState {
  if (residue.length === 0 || harness.state !== "ok") return harness;
  return { state: "failed", why: `left behind: ${residue.join("; ")}` };
}

/** Heavy (charts), and not needed to start a run: loaded when it is over. */
async function analyse(directory: string, { isUnreported }: Pick<RunOptions, "isUnreported">) {
  const [{ loadObservations }, { judge }] = await Promise.all([
    import("./observations/load.ts"),
    import("./checkers/verdict/judge.ts"),
  ]);
  const observations = loadObservations(directory);
  const judged = { observations, judgement: judge(observations, subjectOf(observations.plan)) };
  if (isUnreported === true) return { judged, reports: new Map<string, string>() };
  const { writeReports } = await import("./reports/write.ts");
  return { judged, reports: await writeReports(directory, judged) };
}

function explain(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Safe to paste into a shell. */
export function quoted(argument: string): string {
  return /^[\w./:=@%+-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}
