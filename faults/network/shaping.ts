/** The faults that put one fixed condition on a selection of links. */
import { z } from "zod";
import type { FaultEffect, InjectionContext, PlanningContext } from "../fault.ts";
import type { LinkCondition } from "../link-condition.ts";
import type { LinkSelection } from "../targets.ts";
import { planLinks, plannedLinks, selectLinks } from "../targets.ts";

export interface Shaped {
  readonly links: LinkSelection;
  readonly condition: LinkCondition;
}

export function shaped(condition: z.ZodType<LinkCondition>): z.ZodType<Shaped> {
  return z.strictObject({ links: plannedLinks, condition });
}

type Keys = Parameters<typeof planLinks>[0];

export function planShaped(keys: Keys, context: PlanningContext, condition: LinkCondition): Shaped {
  return { links: planLinks(keys, context), condition };
}

export function shapedEffects(
  { links, condition }: Shaped,
  context: InjectionContext,
): readonly FaultEffect[] {
  return selectLinks(links, context).map(({ from, to }) => ({
    on: "network",
    from,
    to,
    condition,
  }));
}
