/** A plan that broke a promise, made small: the same promise is broken by less. */
import { type Broken, type JudgeOptions, judgePlan } from "../../drivers/simulation/explore.ts";
import type { Plan } from "../../plan/plan.ts";
import { type Shrunk, shrink } from "../../plan/shrink.ts";
import { simplerPlans } from "../../plan/simpler-plans.ts";
import { shrinkProgress } from "./telling.ts";

export interface SmallerFailure extends Shrunk<Plan> {
  readonly broken: readonly Broken[];
  readonly before: Size;
  readonly after: Size;
  /** Of `REPLAYS` times that it was played again. */
  readonly failsAgain: number;
}

/** What a reader has to follow. */
export interface Size {
  readonly faults: number;
  readonly replicas: number;
  readonly operations: number;
  /** Inputs that replicas took. */
  readonly steps: number;
  readonly virtualMs: number;
}

export const REPLAYS = 10;
/** Some seconds of work; no failure that was seen needed more than half of it. */
const TRIES_MAX = 2_000;

/** @param first fails */
export function smallerFailure(first: Plan, options: JudgeOptions): SmallerFailure {
  const wanted = gravest(judgePlan(first, options).broken);
  const fails = (candidate: Plan) =>
    judgePlan(candidate, options).broken.some((broken) => kindOf(broken) === kindOf(wanted));
  const reductions = simplerPlans(options.protocol);
  const shrunk = shrink(first, fails, { reductions, triesMax: TRIES_MAX, onTry: shrinkProgress() });
  const { smallest } = shrunk;
  const again = Array.from({ length: REPLAYS }, () => fails(smallest));
  return {
    ...shrunk,
    broken: judgePlan(smallest, options).broken,
    before: sizeOf(first, options),
    after: sizeOf(smallest, options),
    failsAgain: again.filter(Boolean).length,
  };
}

/** That the small one breaks, too: the first, in the order of the checks. */
function gravest([first]: readonly Broken[]): Broken {
  if (first === undefined) throw new RangeError("a plan that breaks no promise");
  return first;
}

/** One exception is not like another; the numbers in its words are those of the plan. */
function kindOf({ check, what }: Broken): string {
  const [words = ""] = what.split("\n");
  return check === "uptime" || check === "harness"
    ? `${check} ${words.replaceAll(/[0-9a-f]*\d[0-9a-f]*/g, "#")}`
    : check;
}

function sizeOf(plan: Plan, options: JudgeOptions): Size {
  const { observations, steps, virtualMs } = judgePlan(plan, options).played;
  return {
    faults: plan.entries.length,
    replicas: plan.cluster.parameters.replicas,
    operations: observations.history.filter(({ type }) => type === "invoke").length,
    steps,
    virtualMs,
  };
}

export function sizeWords({ before, after, steps, tries, isMinimal }: SmallerFailure): string {
  const parts = [
    ["faults", before.faults, after.faults],
    ["replicas", before.replicas, after.replicas],
    ["operations", before.operations, after.operations],
    ["steps", before.steps, after.steps],
    ["virtual ms", Math.round(before.virtualMs), Math.round(after.virtualMs)],
  ].map(([what, from, to]) => (from === to ? `${what} ${to}` : `${what} ${from} -> ${to}`));
  const end = isMinimal ? "" : ", and it may go on";
  return `${parts.join(", ")} (${steps} reductions of ${tries} tried${end})`;
}
