/**
 * Random scenarios that a cluster must survive: drawn, planned, and drawn again if beyond the
 * budget.
 */
import type { FaultDefinition } from "../../faults/fault.ts";
import {
  type DrawnFault,
  type Draws,
  drawFault,
  drawOutline,
  type Outline,
  scenarioText,
} from "../scenario/draw.ts";
import { loadScenario } from "../scenario/load.ts";
import { ScenarioError } from "../scenario/scenario.ts";
import { SEED_MAX } from "../scenario/schema.ts";
import type { ScenarioVocabulary } from "../scenario/vocabulary.ts";
import { expand } from "./expand.ts";
import type { Plan } from "./plan.ts";
import { plannedBudget } from "./planned-budget.ts";
import { isProvable } from "./provable.ts";
import { createRandom } from "./random.ts";
import { endpointsOf } from "./targets.ts";

export interface DrawOptions {
  readonly seed: number;
  readonly count: number;
  readonly protocol: string;
  /** Undefined = mostly 1, sometimes 2. */
  readonly f?: number | undefined;
  /** The command that draws the same again, for the comment on top. */
  readonly command: string;
}

export interface DrawnScenario {
  readonly name: string;
  readonly text: string;
  readonly plan: Plan;
}

const FAULTS_MAX = 4;
/** Of one place in a scenario. */
const TRIES_MAX = 20;
/** A longer bound makes a longer run and shows no more. */
const BOUND_MAX_MS = 20_000;
/**
 * A restarted replica needs a while to be of use again and a heal to be proven, and a busy machine
 * takes its time: so long a fault counts beyond its end.
 */
const AFTERMATH_MS = 1_500;
/** The bound is on the first answer; convergence and two periods of it come after. */
const QUIET_MARGIN_MS = 5_000;

/**
 * The k-th scenario depends on the seed and on k alone, not on how many are drawn.
 * @throws ScenarioError where this protocol cannot be of that size, or bears nothing at all
 */
export function drawScenarios(
  options: DrawOptions,
  vocabulary: ScenarioVocabulary,
): readonly DrawnScenario[] {
  const random = createRandom(options.seed);
  const kinds = shuffled(
    vocabulary.faults.filter((fault) => fault.draw !== undefined),
    random,
  );
  return Array.from({ length: options.count }, (_, index) => {
    const draws = createRandom(random.integer(0, SEED_MAX));
    // Each kind comes first in its turn, so that a set of scenarios leaves none out.
    const first = index % Math.max(kinds.length, 1);
    const order = [...kinds.slice(first), ...kinds.slice(0, first)];
    return new Drawing({ options, vocabulary, draws, index }).draw(order);
  });
}

interface DrawingOptions {
  readonly options: DrawOptions;
  readonly vocabulary: ScenarioVocabulary;
  readonly draws: Draws;
  readonly index: number;
}

/** One scenario: an outline, then fault after fault as long as the budget bears it. */
class Drawing {
  readonly #draws: Draws;
  readonly #vocabulary: ScenarioVocabulary;
  readonly #command: string;
  readonly #outline: Outline;
  readonly #replicas: readonly string[];

  constructor({ options, vocabulary, draws, index }: DrawingOptions) {
    const { protocol, f, seed, command } = options;
    this.#draws = draws;
    this.#vocabulary = vocabulary;
    this.#command = command;
    const number = String(index + 1).padStart(3, "0");
    const chosen = vocabulary.protocols.find(({ name }) => name === protocol);
    if (chosen === undefined) throw new RangeError(`unknown protocol ${protocol}`);
    const replicasFor = (faults: number) => chosen.replicasFor(faults);
    const name = `drawn-${seed}-${number}`;
    this.#outline = drawOutline({ name, protocol, f, replicasFor }, draws);
    const { replicas } = this.#planned([]).cluster.parameters;
    this.#replicas = endpointsOf({ replicas }).replicas;
  }

  /** @param kinds those that come first are tried first */
  draw(kinds: readonly FaultDefinition[]): DrawnScenario {
    const wanted = this.#draws.integer(1, FAULTS_MAX);
    let faults: readonly DrawnFault[] = [];
    for (const kind of kinds) {
      faults = this.#with(faults, () => kind);
      if (faults.length > 0) break;
    }
    for (let more = 1; more < wanted; more += 1) {
      faults = this.#with(faults, () => kinds[this.#draws.integer(0, kinds.length - 1)]);
    }
    if (faults.length === 0) throw bearsNothing(this.#outline);
    const bound = this.#planned(faults).recoveryBound.totalMs;
    const quietMs = Math.ceil(bound / 1_000) * 1_000 + QUIET_MARGIN_MS;
    const text = this.#text(faults, quietMs);
    return { name: this.#outline.name, text, plan: this.#planText(text) };
  }

  /** One more fault that fits; the same faults if none was found. */
  #with(
    faults: readonly DrawnFault[],
    kind: () => FaultDefinition | undefined,
  ): readonly DrawnFault[] {
    for (let tried = 0; tried < TRIES_MAX; tried += 1) {
      const definition = kind();
      if (definition === undefined) return faults;
      const drawing = { replicas: this.#replicas, draws: this.#draws };
      const more = [...faults, drawFault(definition, this.#outline, drawing)];
      if (this.#isBorne(more)) return more;
    }
    return faults;
  }

  #isBorne(faults: readonly DrawnFault[]): boolean {
    try {
      const plan = this.#planned(faults);
      if (!liarsAreAlone(plan, this.#vocabulary.faults)) return false;
      if (!isProvable(plan, this.#vocabulary.faults, AFTERMATH_MS)) return false;
      const { steps } = plannedBudget(withAftermath(plan), this.#vocabulary.faults);
      const owed = steps.every(({ safetyOwed, livenessOwed }) => safetyOwed && livenessOwed);
      return owed && plan.recoveryBound.totalMs <= BOUND_MAX_MS;
    } catch (error) {
      // What a scenario may not say (windows beyond the phase, for one) was drawn: not this one.
      if (error instanceof ScenarioError) return false;
      throw error;
    }
  }

  /** With more than enough quiet: how much it takes is known only from the plan. */
  #planned(faults: readonly DrawnFault[]): Plan {
    return this.#planText(this.#text(faults, 3_600_000));
  }

  #planText(text: string): Plan {
    const file = `${this.#outline.name}.yaml`;
    const vocabulary = this.#vocabulary;
    return expand(loadScenario({ text, file }, vocabulary), { vocabulary });
  }

  #text(faults: readonly DrawnFault[], quietMs: number): string {
    const comment = [
      "Bad luck within the budget, drawn at random: the cluster must bear it.",
      `Drawn by: ${this.#command}`,
    ];
    return scenarioText({ outline: this.#outline, faults, quietMs, comment });
  }
}

function withAftermath({
  cluster,
  phases,
  entries,
}: Plan): Pick<Plan, "cluster" | "phases" | "entries"> {
  return {
    cluster,
    phases: { ...phases, faultsMs: phases.faultsMs + AFTERMATH_MS },
    entries: entries.map((entry) => ({ ...entry, durationMs: entry.durationMs + AFTERMATH_MS })),
  };
}

/** Who is cut off, stopped or still catching up has no occasion to lie, and the lie no proof. */
function liarsAreAlone({ entries }: Plan, faults: readonly FaultDefinition[]): boolean {
  const lies = (kind: string) =>
    faults.some((fault) => fault.kind === kind && fault.needs.includes("behaviour"));
  return entries
    .filter(({ fault }) => lies(fault))
    .every((lie) =>
      entries.every(
        (other) =>
          other.id === lie.id ||
          other.atMs >= lie.atMs + lie.durationMs ||
          other.atMs + other.durationMs + AFTERMATH_MS <= lie.atMs,
      ),
    );
}

function bearsNothing({ name, protocol }: Outline): ScenarioError {
  const message = `no fault was found that ${protocol} of this size must bear`;
  return new ScenarioError([{ where: name, path: "", message }]);
}

function shuffled<Item>(items: readonly Item[], draws: Draws): readonly Item[] {
  const order: Item[] = [];
  for (const item of items) order.splice(draws.integer(0, order.length), 0, item);
  return order;
}
