/** A night from its first step to its page. */
import { mkdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { EXIT_CODES, exitCode } from "../../checkers/verdict/exit-code.ts";
import { monotonicMs } from "../../drivers/clock.ts";
import { loadNodes, type Nodes } from "../../drivers/simulation/planted-nodes.ts";
import type { RunStore } from "../../observations/store.ts";
import {
  fateOf,
  type Night,
  outcomesOf,
  type RunStep,
  type Step,
} from "../../reports/night/night.ts";
import { type PlannedScenario, planScenarios } from "../../run.ts";
import { printable } from "../../scenario/printable.ts";
import { Aborts } from "../aborts.ts";
import { shownPath } from "../shown-path.ts";
import { type Agenda, type Choice, leftOut, nextChoice } from "./agenda.ts";
import { DrawnScenarios } from "./drawn-scenarios.ts";
import { type Chunk, explorationPart, explorePart, RUNTIME } from "./exploration.ts";
import { NIGHT_FILE } from "./night-folder.ts";
import { exploreRuntimePart } from "./runtime-exploration.ts";
import { playScenario, type ScenarioCandidate, scenarioCandidate } from "./scenario-step.ts";
import { suiteOrder } from "./suite-order.ts";

export interface NightShift {
  /** As it is now: nothing done, or as it was left. */
  readonly night: Night;
  /** Called once everything is planned. */
  readonly openFolder: () => RunStore;
}

/** Kept for the last step's own end and the page. */
const CLOSING_MS = 3_000;
/** What killed the night so often is not tried again. */
const ATTEMPTS_MAX = 2;
/** A machine that failed so many runs in a row would fail the next. */
const HARNESS_FAILURES_MAX = 3;

/** @returns the exit code */
export async function workThrough({ night, openFolder }: NightShift): Promise<number> {
  const beganMs = monotonicMs();
  // A planted bug that there is not is refused here, once, and not with each scenario.
  const nodes = await loadNodes(night.mutant, night.mutantFolders);
  const suites = planSuites(night);
  const store = openFolder();
  using aborts = new Aborts();
  const shift = new Shift({ night, store, nodes, suites, aborts, beganMs });
  return await shift.work();
}

/** All of them before anything starts, as `run` does. */
function planSuites({ paths, mutant, mutantFolders }: Night): readonly PlannedScenario[] {
  const onLeftOut = (why: string) => process.stderr.write(`${printable(why)}\n`);
  const options = { paths: paths.map(shownPath), driver: "local", mutantFolders, onLeftOut };
  const honest = planScenarios(options);
  if (mutant === null) return honest;
  // A scenario that has a planted bug of its own shows nothing about this one.
  const open = honest.filter(({ plan }) => plan.cluster.mutant === null).map(({ file }) => file);
  if (open.length === 0) return [];
  return planScenarios({ ...options, paths: open, sets: [`cluster.mutant=${mutant}`] });
}

interface ShiftParts {
  readonly night: Night;
  readonly store: RunStore;
  readonly nodes: Nodes;
  readonly suites: readonly PlannedScenario[];
  readonly aborts: Aborts;
  readonly beganMs: number;
}

class Shift {
  #night: Night;
  readonly #parts: Omit<ShiftParts, "night">;
  readonly #spentBeforeMs: number;
  readonly #agenda: Agenda<ScenarioCandidate, Chunk>;

  constructor({ night, ...parts }: ShiftParts) {
    this.#night = night;
    this.#parts = parts;
    this.#spentBeforeMs = night.spentMs;
    const files = new DrawnScenarios(join(parts.store.directory, "drawn"), night.seed);
    const drawn = new Map<number, ScenarioCandidate>();
    this.#agenda = {
      exploration: (number) => explorationPart(number, this.#night, parts.nodes),
      drawn: (number) => {
        const candidate = drawn.get(number) ?? this.#planDrawn(files.file(number));
        drawn.set(number, candidate);
        return candidate;
      },
      suites: suiteOrder(parts.suites.map(candidateOf), night.seed),
    };
  }

  async work(): Promise<number> {
    const { aborts } = this.#parts;
    this.#giveUpWhatKills();
    for (;;) {
      if (aborts.level > 0) return this.#end("stopped", "Ctrl-C or a signal stopped it");
      const failing = harnessTrouble(this.#night.steps);
      if (failing !== null) return this.#end("stopped", failing);
      const choice = nextChoice(this.#agenda, this.#night, this.#leftMs());
      if (choice === null) return this.#end("over", null);
      this.#save({ current: this.#attempt(choice.candidate.key) });
      const step = await this.#take(choice);
      if (step === null) this.#save({ current: null });
      else this.#add(step);
    }
  }

  #attempt(key: string): Night["current"] {
    const { current } = this.#night;
    return { key, attempts: current?.key === key ? current.attempts + 1 : 1 };
  }

  /** The step that a killed night was at is the next one again, but not for ever. */
  #giveUpWhatKills(): void {
    const { current } = this.#night;
    if (current === null || current.attempts < ATTEMPTS_MAX) return;
    const choice = nextChoice(this.#agenda, this.#night, this.#leftMs());
    if (choice?.candidate.key !== current.key) return;
    const why = `the night was killed ${current.attempts} times in the middle of it`;
    const { source } = choice;
    this.#add({ kind: "given-up", source, key: current.key, tookMs: 0, why });
  }

  #take(choice: Choice<ScenarioCandidate, Chunk>): Promise<Step | null> {
    const { aborts, store } = this.#parts;
    const number = this.#night.steps.length + 1;
    const { mutantFolders, steps } = this.#night;
    const position = `${number}, ${Math.max(0, Math.round(this.#leftMs() / 1_000))} s left:`;
    if (choice.source === "exploration") {
      process.stdout.write(`${position} ${choice.candidate.name}\n`);
      return this.#explore(choice.candidate);
    }
    const { scenario } = choice.candidate.planned.plan;
    return playScenario(choice.candidate, {
      folder: store.directory,
      out: join("runs", `${String(number).padStart(3, "0")}-${scenario}`),
      position,
      aborts,
      mutantFolders,
      kept: steps.filter((step) => step.kind === "run" && step.kept !== null).length,
    });
  }

  #explore(chunk: Chunk): Promise<Step> {
    const { aborts, store, nodes } = this.#parts;
    const { mutant, mutantFolders } = this.#night;
    const exploring = {
      nodes,
      given: givenFor({ mutant, mutantFolders }),
      untilMs: monotonicMs() + this.#leftMs(),
      isStopped: () => aborts.level > 0,
      mutant,
      keep: (name: string, kept: unknown) => {
        mkdirSync(store.path("broken"), { recursive: true });
        const file = join("broken", `${name}.json`);
        store.writeJson(file, kept);
        return file;
      },
    };
    return chunk.protocol === RUNTIME
      ? exploreRuntimePart(chunk, exploring, { mutant, mutantFolders })
      : explorePart(chunk, exploring);
  }

  #planDrawn(file: string): ScenarioCandidate {
    const { mutant, mutantFolders } = this.#night;
    const sets = mutant === null ? [] : [`cluster.mutant=${mutant}`];
    const [planned] = planScenarios({ paths: [file], driver: "local", sets, mutantFolders });
    if (planned === undefined) throw new RangeError(`${file} holds no scenario`);
    return scenarioCandidate(planned, { key: basename(file), suite: "drawn" });
  }

  #add(step: Step): void {
    this.#save({ steps: [...this.#night.steps, step], current: null });
    process.stdout.write(`${printable(lineOf(step))}\n`);
  }

  /** On the disk in one step: whoever is killed finds the night as it was before or after. */
  #save(change: Partial<Night>): void {
    this.#night = { ...this.#night, ...change, spentMs: Math.round(this.#spentMs()) };
    this.#parts.store.writeJson(NIGHT_FILE, this.#night);
  }

  #spentMs(): number {
    return this.#spentBeforeMs + monotonicMs() - this.#parts.beganMs;
  }

  #leftMs(): number {
    return this.#night.budgetMs - CLOSING_MS - this.#spentMs();
  }

  async #end(state: "over" | "stopped", why: string | null): Promise<number> {
    const notRun = leftOut(this.#agenda, this.#night, ({ upToMs }) => {
      return why ?? `no time was left for it: it may take ${Math.ceil(upToMs / 1_000)} s`;
    });
    const outcomes = outcomesOf({ steps: this.#night.steps, state });
    const nothing = state === "over" && this.#night.steps.every((step) => fateOf(step) === "idle");
    const code = nothing ? EXIT_CODES.otherVerdict : exitCode(outcomes);
    this.#save({ state, why, notRun, exitCode: code });
    const { writeNight } = await import("../../reports/night/write-night.ts");
    const { wantsColour } = await import("../../reports/terminal.ts");
    const colour = wantsColour(process.stdout, process.env);
    process.stdout.write(await writeNight(this.#parts.store.directory, this.#night, colour));
    return code;
  }
}

function candidateOf(planned: PlannedScenario): ScenarioCandidate {
  const suite = basename(dirname(planned.file));
  return scenarioCandidate(planned, { key: resolve(planned.file), suite });
}

function givenFor({ mutant, mutantFolders }: Pick<Night, "mutant" | "mutantFolders">): string {
  if (mutant === null) return "";
  return ` --mutant ${mutant}${mutantFolders.map((folder) => ` --mutants ${folder}`).join("")}`;
}

/** Why it makes no sense to go on; null if it does. */
function harnessTrouble(steps: readonly Step[]): string | null {
  const runs = steps.flatMap((step) => (step.kind === "run" ? [step.harness] : []));
  const last = runs.slice(-HARNESS_FAILURES_MAX);
  const [first] = last;
  if (last.length < HARNESS_FAILURES_MAX || first?.state !== "failed") return null;
  if (!last.every(({ state }) => state === "failed")) return null;
  return `the harness failed ${HARNESS_FAILURES_MAX} times in a row: ${first.why}`;
}

function lineOf(step: Step): string {
  switch (step.kind) {
    case "exploration":
      return step.totals.seeds === 0
        ? "  not run: no time was left for a seed"
        : `  ${step.totals.seeds} seeds, ${step.failures.length} failures`;
    case "run":
      return `  ${step.verdict ?? "not judged"}, ${comparedWith(step)}`;
    case "given-up":
      return `  ${step.key}: ${step.why}`;
    default:
      return step satisfies never;
  }
}

function comparedWith(step: RunStep): string {
  const { asExpected, expected, text } = step;
  if (asExpected) return "as expected";
  return `expected ${expected}${fateOf(step) === "open" ? `. ${text}` : ""}`;
}
