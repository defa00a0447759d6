/**
 * Ted, a seeded operator. He plans and does not act: all that he does are ordinary entries of the
 * plan, so his mistakes replay and shrink like everything else.
 */
import { z } from "zod";
import type { PlannedWindow, PlanningContext } from "../fault.ts";
import { defineFault, FaultInputError } from "../fault.ts";
import { drawOrder } from "../targets.ts";
import { duration, durationText, percent } from "../units.ts";
import { guards } from "./guards/registry.ts";
import { operatorErrors } from "./registry.ts";
import type { Deed, OperatorError, WorkContext } from "./work.ts";

const NAMES = operatorErrors.map(({ name }) => name);

const HOUR_MS = 3_600_000;

const reactionTime = z
  .strictObject({ min: duration, max: duration })
  .refine(({ min, max }) => min <= max, { error: "min may not exceed max", path: ["min"] });

const schema = z.strictObject({
  errors: z.array(z.enum(NAMES)).min(1).optional(),
  actionsPerHour: z.number().positive().optional(),
  errorProbability: percent.prefault("100%"),
  reactionTime: reactionTime.prefault({ min: "1s", max: "2s" }),
  guards: z.array(z.enum(guards.map(({ name }) => name))).prefault([]),
});

type Keys = z.output<typeof schema>;

export const ted = defineFault({
  kind: "ted",
  summary:
    "an operator at work during `for`: takes up the works of `errors` in that order (all there are, " +
    "in a drawn one, if left out), each at a drawn time (`actionsPerHour`, or spread over the shift), " +
    "gets each wrong with `errorProbability`, and undoes it after a drawn `reactionTime`; `guards` " +
    "look at his commands",
  needs: [...new Set(operatorErrors.flatMap(({ needs }) => needs))],
  schema,
  examples: [
    { errors: ["cable-in-the-wrong-direction"], reactionTime: { min: "1s", max: "1200ms" } },
    { errors: ["wrong-cable"], errorProbability: "0%", guards: ["two-person"] },
  ],
  lasting: true,
  plan(keys, context, { durationMs }) {
    const works = drawWorks(keys, context);
    const begins = drawBegins(keys, { works, context, durationMs });
    return begins.flatMap(({ work, atMs }) => {
      const rest = durationMs - atMs;
      const at = { ...context, restMs: rest, drawReactionMs: () => reaction(keys, context, rest) };
      return doneBy(work, keys, at).map((done) => windowOf(done, atMs));
    });
  },
  // All he does is of other kinds, whose own effects are asked.
  resolved: z.strictObject({}),
  effects: () => [],
});

function drawWorks({ errors }: Keys, context: PlanningContext): readonly OperatorError[] {
  const names = errors ?? drawOrder(NAMES, context);
  return names.flatMap((name) => operatorErrors.find((error) => error.name === name) ?? []);
}

interface Begin {
  readonly work: OperatorError;
  readonly atMs: number;
}

/** When he takes up each work; what does not fit into the shift is left for another day. */
function drawBegins(
  { errors, actionsPerHour }: Keys,
  shift: {
    readonly works: readonly OperatorError[];
    readonly context: PlanningContext;
    readonly durationMs: number;
  },
): readonly Begin[] {
  const { works, context, durationMs } = shift;
  const fitting = works.filter(({ leastMs }) => leastMs <= durationMs);
  const long = works.find(({ leastMs }) => leastMs > durationMs);
  // Of all there are those that fit; what was named is not left out without a word.
  if (errors !== undefined && long !== undefined)
    throw new FaultInputError(tooLong(long, durationMs));
  const slackMs = durationMs - Math.max(0, ...fitting.map(({ leastMs }) => leastMs));
  const apartMs = actionsPerHour === undefined ? slackMs / works.length : HOUR_MS / actionsPerHour;
  const begins: Begin[] = [];
  let fromMs = 0;
  for (const work of fitting) {
    const atMs = fromMs + context.drawInteger(0, Math.floor(apartMs / 2));
    fromMs += Math.floor(apartMs);
    if (atMs + work.leastMs <= durationMs) begins.push({ work, atMs });
  }
  if (begins.length > 0) return begins;
  throw new FaultInputError(noTimeFor(fitting, durationMs));
}

function tooLong({ name, leastMs }: OperatorError, durationMs: number): string {
  return `found ${name} in a shift of ${durationText(durationMs)}; allowed: ${durationText(leastMs)} at least`;
}

function noTimeFor(fitting: readonly OperatorError[], durationMs: number): string {
  const shift = `a shift of ${durationText(durationMs)}`;
  if (fitting.length > 0) {
    return `found ${shift}, in which no work begins early enough; allowed: more actionsPerHour, or none`;
  }
  const least = Math.min(...operatorErrors.map(({ leastMs }) => leastMs));
  return `found ${shift}; allowed: ${durationText(least)} at least`;
}

function reaction({ reactionTime: { min, max } }: Keys, context: PlanningContext, restMs: number) {
  return Math.min(context.drawInteger(Math.ceil(min), Math.floor(max)), restMs);
}

interface Done {
  readonly deed: Deed;
  readonly work: OperatorError;
  readonly wrong: boolean;
  readonly guards: readonly string[];
}

function doneBy(work: OperatorError, keys: Keys, context: WorkContext): readonly Done[] {
  const wrong = context.drawInteger(1, 10_000) <= Math.round(keys.errorProbability * 10_000);
  const deeds = wrong ? work.wrong(context) : work.right(context);
  return deeds.map((deed) => ({ deed, work, wrong, guards: keys.guards }));
}

function windowOf({ deed, work, wrong, guards: looking }: Done, atMs: number) {
  const { offsetMs, durationMs, resolved, command, right, ...rest } = deed;
  const { id, name } = work;
  const seen = command === null ? null : { ...command, guards: looking };
  const window: PlannedWindow<unknown> = {
    offsetMs: atMs + offsetMs,
    durationMs,
    resolved,
    deed: { ...rest, error: { id, name }, wrong: wrong && right !== true, command: seen },
  };
  return window;
}
