/** Which runs a comparison is made of: planned, found comparable, and put in turns. */
import { planDifferences } from "../../plan/same-plan.ts";
import { SIDES, type Sides } from "../../reports/comparison/comparison.ts";
import {
  knownMutants,
  type PlannedScenario,
  type PlanningOptions,
  planScenarios,
} from "../../run.ts";
import { type Problem, ScenarioError } from "../../scenario/scenario.ts";
import type { Varied } from "./varied.ts";

/** The same scenario and seed on both sides. */
export interface PlannedPair extends Sides<PlannedScenario> {
  /** From 1; each repetition has a seed of its own. */
  readonly repetition: number;
  readonly notes: readonly string[];
  readonly isLoadAlike: boolean;
}

export interface PairsOptions extends PlanningOptions {
  readonly varied: Varied;
  readonly repeat: number;
}

/**
 * All pairs, each scenario's repetitions in order, the scenarios in turns.
 * @throws ScenarioError with what cannot be compared, by name; nothing was started
 */
export function plannedPairs({ varied, repeat, ...asked }: PairsOptions): readonly PlannedPair[] {
  // Read once: each repetition is planned anew, and the files of the planted bugs are many.
  const options = { ...asked, mutants: knownMutants(asked.mutantFolders) };
  const sides = plannedSides(options, varied);
  const planned = SIDES.flatMap((side) =>
    sides[side].map(({ file, plan }) => [file, plan] as const),
  );
  return Array.from({ length: repeat }, (_, index) => index).flatMap((index) => {
    const problems: Problem[] = [];
    const pairs = [...new Map(planned)].flatMap(([file, { seed }]): readonly PlannedPair[] => {
      const again = { ...options, paths: [file], seed: seed + index };
      // The first repetition is planned already, with the seed that the file says.
      const both = index === 0 ? sides : plannedSides(again, varied);
      const [first, second] = SIDES.map((side) => both[side].find((each) => each.file === file));
      if (first === undefined || second === undefined) {
        problems.push(problem(file, "this driver leaves it out on one side"));
        return [];
      }
      const { refusals, ...told } = planDifferences(first.plan, second.plan, varied.sections);
      problems.push(...refusals.map((why) => problem(file, `the sides differ: ${why}`)));
      return [{ repetition: index + 1, first, second, ...told }];
    });
    // The next repetition would be refused for the same, or for what follows from it.
    if (problems.length > 0) throw new ScenarioError(problems);
    return pairs;
  });
}

function plannedSides(
  options: PlanningOptions,
  { sides }: Varied,
): Sides<readonly PlannedScenario[]> {
  const [first = [], second = []] = SIDES.map((side) => {
    const { sets } = sides[side];
    try {
      return planScenarios({ ...options, sets: [...(options.sets ?? []), ...sets] });
    } catch (error) {
      if (!(error instanceof ScenarioError)) throw error;
      const problems = error.problems.map(({ where, path, message }) => {
        const varied = sets.find((set) => where === `--set ${set}`);
        return varied === undefined
          ? { where, path, message: `${message} (with ${sets.join(", ")})` }
          : { where: `--vary ${varied}`, path, message };
      });
      throw new ScenarioError(problems, { cause: error });
    }
  });
  return { first, second };
}

function problem(where: string, message: string): Problem {
  return { where, path: "", message };
}

/** One run of a pair. */
export interface Turn {
  readonly pair: PlannedPair;
  readonly side: keyof Sides<unknown>;
}

/** The two runs of a pair follow each other, and neither side always comes first. */
export function turnsOf(pairs: readonly PlannedPair[]): readonly Turn[] {
  return pairs.flatMap((pair) => {
    const order = pair.repetition % 2 === 1 ? SIDES : SIDES.toReversed();
    return order.map((side) => ({ pair, side }));
  });
}
