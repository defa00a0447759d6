/** A schedule that broke a promise, made small: the same promise is broken by less. */
import { type Broken, judgeSchedule, type SeedOptions } from "../../drivers/simulation/explore.ts";
import type { Schedule } from "../../drivers/simulation/schedule.ts";
import { simplerSchedules } from "../../drivers/simulation/simpler-schedules.ts";
import { type Shrunk, shrink } from "../../plan/shrink.ts";

export interface SmallerFailure extends Shrunk<Schedule> {
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

/** Judged by how long it takes after the chaos: the bounds were made for what is drawn. */
const LIVENESS: ReadonlySet<string> = new Set(["L-1", "L-7", "convergence", "livelock"]);
const CHAOS_DRAWN_LEAST_MS = 1_200;
const CHAOS_LEAST_MS = 50;

/** @param first fails */
export function smallerFailure(first: Schedule, options: SeedOptions): SmallerFailure {
  const wanted = gravest(judgeSchedule(first, options).broken);
  const fails = (candidate: Schedule) =>
    judgeSchedule(candidate, options).broken.some((broken) => kindOf(broken) === kindOf(wanted));
  const chaosLeastMs = LIVENESS.has(wanted.check) ? CHAOS_DRAWN_LEAST_MS : CHAOS_LEAST_MS;
  const reductions = simplerSchedules(options.protocol, chaosLeastMs);
  const shrunk = shrink(first, fails, { reductions, triesMax: TRIES_MAX });
  const { smallest } = shrunk;
  const again = Array.from({ length: REPLAYS }, () => fails(smallest));
  return {
    ...shrunk,
    broken: judgeSchedule(smallest, options).broken,
    before: sizeOf(first, options),
    after: sizeOf(smallest, options),
    failsAgain: again.filter(Boolean).length,
  };
}

/** That the small one breaks, too: of safety the first, in the order of the checks. */
function gravest(broken: readonly Broken[]): Broken {
  const found = broken.find(({ check }) => !LIVENESS.has(check)) ?? broken[0];
  if (found === undefined) throw new RangeError("a schedule that breaks no promise");
  return found;
}

/** One exception is not like another; the numbers in its words are those of the schedule. */
function kindOf({ check, what }: Broken): string {
  const [words = ""] = what.split("\n");
  return check === "exception" ? words.replaceAll(/[0-9a-f]*\d[0-9a-f]*/g, "#") : check;
}

function sizeOf(schedule: Schedule, options: SeedOptions): Size {
  const { history, steps, virtualMs } = judgeSchedule(schedule, options).played;
  return {
    faults: schedule.faults.reduce((sum, { after = [] }) => sum + 1 + after.length, 0),
    replicas: schedule.cluster.replicas,
    operations: history.filter(({ type }) => type === "invoke").length,
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
