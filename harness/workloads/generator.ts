/**
 * The workload generator: a step machine, the same in the simulator and in the client host process.
 */
import type { Operation, OperationResult } from "../../nodes/protocols/contract/service.ts";

export type GeneratorInput =
  | { readonly kind: "start" }
  | { readonly kind: "stop" }
  | { readonly kind: "tick" }
  /**
   * The operation of logical client `client` (0-based) ended. `result` is what was answered; left
   * out when it ended unknown. A later `cas` of that client expects what it saw.
   */
  | { readonly kind: "completed"; readonly client: number; readonly result?: OperationResult };

/** Send this now, from logical client `client` (0-based). Latency counts from `intendedMs`. */
export interface Issue {
  readonly client: number;
  readonly operation: Operation;
  readonly intendedMs: number;
}

export interface WorkloadGenerator {
  step(input: GeneratorInput, nowMs: number): readonly Issue[];
  /** When to tick next, same clock; null = only after an input. */
  nextWakeMs(): number | null;
  /** Open loop: arrivals still waiting for a free client, or dropped at `stop`: never issued. */
  readonly shed: number;
  /** True once stopped (or `operationsMax` reached) and no issued operation is outstanding. */
  readonly idle: boolean;
}
