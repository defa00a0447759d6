/** What the faults that stop replicas share: who, and how. */
import { z } from "zod";
import type { FaultEffect, InjectionContext, ProcessCondition } from "../fault.ts";
import { plannedTargets, resolveAll } from "../targets.ts";

export const stopped = z.strictObject({ targets: plannedTargets });

export type Stopped = Readonly<z.output<typeof stopped>>;

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
