/** In which order a night takes up the suites: one scenario of each in turns. */
import { drawOrder } from "../../../faults/targets.ts";
import { createRandom } from "../../plan/random.ts";

/** What says most in the least time; of a short night the others get what is left of it. */
const FIRST = ["smoke", "operator", "incidents", "byzantine"];

/**
 * Of each suite another scenario comes first each night, so that what a short night does not get to
 * is not always the same. Depends on the night's seed alone.
 */
export function suiteOrder<Run extends { readonly suite: string }>(
  runs: readonly Run[],
  seed: number,
): readonly Run[] {
  const random = createRandom(seed);
  const draw = { drawInteger: (min: number, max: number) => random.integer(min, max) };
  const suites = [...Map.groupBy(runs, ({ suite }) => suite)].toSorted(
    ([a], [b]) => rankOf(a) - rankOf(b),
  );
  const shuffled = suites.map(([, suite]) => drawOrder(suite, draw));
  const rounds = Math.max(0, ...shuffled.map(({ length }) => length));
  return Array.from({ length: rounds }, (_, round) =>
    shuffled.flatMap((suite) => suite.slice(round, round + 1)),
  ).flat();
}

function rankOf(suite: string): number {
  const rank = FIRST.indexOf(suite);
  return rank < 0 ? FIRST.length : rank;
}
