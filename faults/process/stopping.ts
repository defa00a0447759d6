/** What the faults that stop replicas share: who, and how. */
import type { FaultEffect, InjectionContext, ProcessCondition, Target } from "../fault.ts";
import { resolveAll } from "../targets.ts";

export interface Stopped {
  readonly targets: readonly Target[];
}

export function stopEffects(
  { targets }: Stopped,
  kind: ProcessCondition["kind"],
  context: InjectionContext,
): readonly FaultEffect[] {
  return resolveAll(targets, context).map((replica) => ({
    on: "process",
    replica,
    condition: { kind },
  }));
}
