/**
 * A piece of an operator's work, and how an error of the catalogue does it. Everything he does is a
 * fault that is there anyway: an error says which, when, what was meant, and what his order said.
 */
import type { z } from "zod";
import type {
  Control,
  FaultDefinition,
  OperatorDeed,
  PlannedWindow,
  PlanningContext,
} from "../fault.ts";

/** What an error sees while the plan is made. */
export interface WorkContext extends PlanningContext {
  /** Until the end of his shift. */
  readonly restMs: number;
  /** How long until he sees what he has done and undoes it; at most `restMs`. */
  drawReactionMs(): number;
}

/** One thing that he does, `offsetMs` after he began the work. */
export interface Deed {
  readonly offsetMs: number;
  readonly durationMs: number;
  readonly fault: string;
  readonly resolved: unknown;
  readonly meant: string;
  readonly did: string;
  /** Null for what no control plane was asked for; a guard sees the order only. */
  readonly command: Pick<NonNullable<OperatorDeed["command"]>, "order"> | null;
  readonly awaySinceMs?: number;
  /** What he does beside the mistake is as it should be. */
  readonly right?: true;
  /** It keeps its distance from the end of the deed before, however long that takes. */
  readonly waits?: true;
}

/** One line in the registry. */
export interface OperatorError {
  /** In the catalogue: T-01 .. T-45. */
  readonly id: `T-${number}`;
  /** As `errors` of a scenario names it. */
  readonly name: string;
  /** What he does, in one sentence. */
  readonly summary: string;
  /** Where such a thing is told of. */
  readonly source: string;
  /** Which guard could stop it, and why, or why none can. */
  readonly stoppedBy: string;
  readonly needs: readonly Control[];
  /** The least that it takes; a shorter shift has no room for it. */
  readonly leastMs: number;
  /** The work as the error has it. */
  readonly wrong: (context: WorkContext) => readonly Deed[];
  /** The same work as it should be done. */
  readonly right: (context: WorkContext) => readonly Deed[];
}

interface Doing<Keys extends z.ZodObject> {
  readonly fault: FaultDefinition<Keys>;
  readonly keys: z.input<Keys>;
  readonly offsetMs?: number;
  readonly durationMs: number;
  readonly meant: string;
  readonly did: string;
}

/** A command that does what its order says, right or wrong. */
export function ordered<Keys extends z.ZodObject>(doing: Doing<Keys>, context: WorkContext): Deed {
  const done = happened(doing, context);
  return { ...done, command: { order: { fault: done.fault, resolved: done.resolved } } };
}

/** A command whose order says something else; null = nothing of the cluster is to be struck. */
export function slipped<Keys extends z.ZodObject, Ordered extends z.ZodObject>(
  doing: Doing<Keys>,
  order: { readonly fault: FaultDefinition<Ordered>; readonly keys: z.input<Ordered> } | null,
  context: WorkContext,
): Deed {
  const done = happened(doing, context);
  if (order === null) return { ...done, command: { order: null } };
  const { resolved } = windowOf({ ...order, durationMs: doing.durationMs }, context);
  return { ...done, command: { order: { fault: order.fault.kind, resolved } } };
}

/** Nobody asked for it: no control plane, and so no guard, stands in between. */
export function happened<Keys extends z.ZodObject>(doing: Doing<Keys>, context: WorkContext): Deed {
  const { fault, offsetMs = 0, durationMs, meant, did } = doing;
  const { resolved } = windowOf(doing, context);
  return { offsetMs, durationMs, fault: fault.kind, resolved, meant, did, command: null };
}

function windowOf<Keys extends z.ZodObject>(
  { fault, keys, durationMs }: Pick<Doing<Keys>, "fault" | "keys" | "durationMs">,
  context: PlanningContext,
): PlannedWindow<unknown> {
  const [window] = fault.plan(fault.schema.parse(keys), context, { durationMs });
  if (window === undefined) throw new RangeError(`${fault.kind} planned nothing`);
  return window;
}
