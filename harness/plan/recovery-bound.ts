/** L-2 of reference 6.4: how long a cluster may take to serve again once liveness is owed. */
import type { FaultDefinition, FaultEffect } from "../../faults/fault.ts";
import { type BudgetTimeline, injectedDelayMs } from "./budget.ts";
import type { Plan } from "./plan.ts";
import { budgetCluster, possibleEffects } from "./planned-budget.ts";

/** The cap of the transport's back-off when it dials again (DESIGN 4). */
const TRANSPORT_BACKOFF_MS = 250;

/** What one message may take over loopback and through a busy event loop without any fault. */
const MESSAGE_MS = 10;

/** A core stops doubling here. */
const DOUBLINGS_MAX = 16;

/** Messages in a row: VIEW-CHANGE, NEW-VIEW and PREPARE; and from a request to its answer. */
const VIEW_CHANGE_DELAYS = 3;
const ANSWER_DELAYS = 5;

/**
 * All from the scenario's own figures: a client may have just backed off to its cap, its request
 * then waits for the request timer, up to f primaries in a row may be bad, and every timer may have
 * doubled while nothing worked.
 */
export function recoveryBound(
  plan: Omit<Plan, "recoveryBound">,
  budget: BudgetTimeline,
  faults: readonly FaultDefinition[],
): Plan["recoveryBound"] {
  const { replicas, faultsMax, timers } = plan.cluster.parameters;
  const messageMs = MESSAGE_MS + slowestTimelyDelayMs(plan, faults);
  const common = { clientBackoff: timers.clientCapMs, transportBackoff: TRANSPORT_BACKOFF_MS };
  if (replicas === 1) return total({ ...common, messages: ANSWER_DELAYS * messageMs });
  const doublings = doublingsWithin(disturbedMs(budget, plan.phases.faultsMs), timers.requestMs);
  const timerMs = timers.requestMs * 2 ** doublings;
  const viewChanges = faultsMax + 1;
  return total({
    ...common,
    requestTimer: timerMs,
    badPrimaries: timerMs * (2 ** faultsMax - 1),
    resend: viewChanges * timers.statusMs,
    messages: (viewChanges * VIEW_CHANGE_DELAYS + ANSWER_DELAYS) * messageMs,
  });
}

function total(parts: Readonly<Record<string, number>>): Plan["recoveryBound"] {
  return { totalMs: Object.values(parts).reduce((sum, part) => sum + part, 0), parts };
}

/**
 * The k-th doubling ends no earlier than T * 2^k after the disturbance began: the request timer,
 * then one view-change timer after the other.
 */
function doublingsWithin(outageMs: number, requestMs: number): number {
  if (outageMs < requestMs) return 0;
  return Math.min(Math.floor(Math.log2(outageMs / requestMs)), DOUBLINGS_MAX);
}

/**
 * How long in all some replica could hold the others up. Summed over the faults phase, since timers
 * shrink only after 100 undisturbed executions (reference 1.10).
 */
function disturbedMs({ steps }: BudgetTimeline, faultsMs: number): number {
  return steps.reduce((sum, step, index) => {
    const disturbed = step.unavailable > 0 || step.safety.length > 0 || !step.livenessOwed;
    const toMs = Math.min(steps[index + 1]?.fromMs ?? faultsMs, faultsMs);
    return disturbed ? sum + Math.max(toMs - step.fromMs, 0) : sum;
  }, 0);
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
