/** L-2 of reference 6.4: how long a cluster may take to serve again once liveness is owed. */
import type { FaultDefinition, FaultEffect } from "../../faults/fault.ts";
import { injectedDelayMs } from "./budget.ts";
import type { Plan } from "./plan.ts";
import { budgetCluster, possibleEffects } from "./planned-budget.ts";

/** The cap of the transport's back-off when it dials again (DESIGN 4). */
const TRANSPORT_BACKOFF_MS = 250;

/** What one message may take over loopback and through a busy event loop without any fault. */
const MESSAGE_MS = 10;

/** Messages in a row: VIEW-CHANGE, NEW-VIEW and PREPARE; and from a request to its answer. */
const VIEW_CHANGE_DELAYS = 3;
const ANSWER_DELAYS = 5;

/**
 * All from the configured timers and f, whatever the faults do: a client may have just backed off
 * to its cap, its request then waits for the request timer, and up to f primaries in a row may be
 * bad, each for twice as long as the one before. Timers that had doubled while nothing was owed are
 * the checkers' business: they see how often.
 */
export function recoveryBound(
  plan: Omit<Plan, "recoveryBound">,
  faults: readonly FaultDefinition[],
): Plan["recoveryBound"] {
  const { replicas, faultsMax, timers } = plan.cluster.parameters;
  const messageMs = MESSAGE_MS + slowestTimelyDelayMs(plan, faults);
  const common = { clientBackoff: timers.clientCapMs, transportBackoff: TRANSPORT_BACKOFF_MS };
  if (replicas === 1) return total({ ...common, messages: ANSWER_DELAYS * messageMs });
  const viewChanges = faultsMax + 1;
  return total({
    ...common,
    requestTimer: timers.requestMs,
    badPrimaries: timers.requestMs * (2 ** faultsMax - 1),
    resend: viewChanges * timers.statusMs,
    messages: (viewChanges * VIEW_CHANGE_DELAYS + ANSWER_DELAYS) * messageMs,
  });
}

function total(parts: Readonly<Record<string, number>>): Plan["recoveryBound"] {
  return { totalMs: Object.values(parts).reduce((sum, part) => sum + part, 0), parts };
}

/** Injected delays that may remain while liveness is owed; slower links are out of the budget. */
function slowestTimelyDelayMs(
  plan: Omit<Plan, "recoveryBound">,
  faults: readonly FaultDefinition[],
): number {
  const cluster = budgetCluster(plan.cluster);
  const effects = plan.entries.flatMap((entry) => possibleEffects(entry, cluster, faults).flat());
  const delays = effects.map((effect: FaultEffect) =>
    effect.on === "network" ? injectedDelayMs([effect.condition]) : 0,
  );
  return Math.max(0, ...delays.filter((delayMs) => delayMs < cluster.requestMs / 5));
}
