import type { Endpoint } from "../../../faults/fault.ts";
import { isClientHost } from "../../../faults/link-state.ts";
import { faults } from "../../../faults/registry.ts";
import type { Plan } from "../../plan/plan.ts";
import { budgetCluster, possibleEffects } from "../../plan/planned-budget.ts";

/**
 * Every replica that a behaviour may strike, whoever leads then: it needs the executable that can
 * be told to lie.
 */
export function possibleLiars(plan: Plan): ReadonlySet<Endpoint> {
  const cluster = budgetCluster(plan.cluster);
  const effects = plan.entries.flatMap((entry) => possibleEffects(entry, cluster, faults).flat());
  return new Set(
    effects.flatMap((effect) =>
      effect.on === "behaviour" && !isClientHost(effect.replica) ? [effect.replica] : [],
    ),
  );
}
