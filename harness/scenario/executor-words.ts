/** What a scenario may say of how its load is offered; `harness/workloads` offers it. */
import type { z } from "zod";

export interface OfferedLoad {
  /** Operations a second, at the highest; 0 for a closed loop, which offers what is answered. */
  readonly ratePerSecond: number;
  /** Stop after so many operations; null = by time. */
  readonly operationsMax: number | null;
  /** Plain JSON that nobody reads but the executor's own generator. */
  readonly settings?: unknown;
}

export interface ExecutorWords<Keys extends z.ZodObject = z.ZodObject> {
  /** The value of `workload.executor`. */
  readonly name: string;
  readonly summary: string;
  /** Its own keys of `workload`: optional, and without defaults, or each would count as given. */
  readonly schema: Keys;
  /** In the plan: what its keys come to, defaults included. */
  offered(keys: z.output<Keys>): OfferedLoad;
}

/** The keys of all executors; those of one name have one schema. */
export function executorKeys(
  executors: readonly ExecutorWords[],
): Readonly<Record<string, z.ZodType>> {
  const shapes: readonly Readonly<Record<string, z.ZodType>>[] = executors.map(
    ({ schema }) => schema.shape,
  );
  return Object.fromEntries(shapes.flatMap((shape) => Object.entries(shape)));
}

export function executorsWith(key: string, executors: readonly ExecutorWords[]): readonly string[] {
  return executors.filter(({ schema }) => key in schema.shape).map(({ name }) => name);
}
