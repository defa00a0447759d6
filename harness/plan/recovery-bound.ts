/** How long a cluster may take to serve again once liveness is owed (harness §4.5). */
import type { FaultDefinition } from "../../faults/fault.ts";
import type { LinkCondition } from "../../faults/link-condition.ts";
import { keepsUp, slowerMs, VERIFICATION_MS } from "./cpu-load.ts";
import { carriedBy, delayOf, timelyMs } from "./link-delay.ts";
import type { LinkLoad, Plan } from "./plan.ts";
import { budgetCluster, possibleEffects } from "./planned-budget.ts";

/** The cap of the transport's back-off when it dials again (harness §8.3). */
const TRANSPORT_BACKOFF_MS = 250;

/** What one message may take over loopback and through a busy event loop without any fault. */
const MESSAGE_MS = 10;

/** Messages in a row, in a view change and from a request to its answer. */
const VIEW_CHANGE = ["VIEW-CHANGE", "NEW-VIEW", "PREPARE"];
const ANSWER = ["REQUEST", "PRE-PREPARE", "PREPARE", "COMMIT", "REPLY"];

/** Every other message travels between replicas. */
const LINKS_OF: Readonly<Record<string, keyof LinkLoad>> = {
  REQUEST: "requests",
  REPLY: "replies",
};

/**
 * All from the configured timers and f, whatever the faults do: a client may have just backed off
 * to its cap, its request then waits for the request timer, and up to f primaries in a row may be
 * bad, each for twice as long as the one before. Timers that had doubled while nothing was owed are
 * the checkers' business: they see how often. What its own messages take over links that are slow
 * and still timely, and the signatures of a view change, come on top.
 */
export function recoveryBound(
  plan: Omit<Plan, "recoveryBound">,
  faults: readonly FaultDefinition[],
): Plan["recoveryBound"] {
  const { replicas, faultsMax, timers } = plan.cluster.parameters;
  const tripMs = tripTimes(plan, faults);
  const common = { clientBackoff: timers.clientCapMs, transportBackoff: TRANSPORT_BACKOFF_MS };
  const throttled = (messages: number, verificationsMs: number) =>
    throttledPart(plan, faults, messages * MESSAGE_MS + verificationsMs, messages);
  if (replicas === 1) {
    return total({ ...common, messages: tripMs(ANSWER), ...throttled(ANSWER.length, 0) });
  }
  const viewChanges = faultsMax + 1;
  const { viewChangeVerifications = 0 } = plan.cluster.messages ?? {};
  const verificationMs = plan.simulation?.costs?.verificationMs ?? VERIFICATION_MS;
  const verifications = Math.ceil(verificationMs * viewChangeVerifications);
  return total({
    ...common,
    requestTimer: timers.requestMs,
    badPrimaries: timers.requestMs * (2 ** faultsMax - 1),
    resend: viewChanges * timers.statusMs,
    messages: viewChanges * tripMs(VIEW_CHANGE) + tripMs(ANSWER),
    ...ofSimulation(plan),
    ...ofCosts(plan),
    // Once: what the next view change proves again was verified in the first.
    verifications,
    ...throttled(viewChanges * VIEW_CHANGE.length + ANSWER.length, verifications),
  });
}

/**
 * What a simulated wire and its disks add; a plan that says nothing of them has no such parts. A
 * wire on which a view change and an answer take longer than the time-out makes that double until
 * they do not: to twice of what they take at most, again under each bad primary, and all that was
 * waited for on the way is as much once more. What a wire loses is sent again, by STATUS or its
 * client.
 */
function ofSimulation({
  cluster,
  simulation,
}: Omit<Plan, "recoveryBound">): Readonly<Record<string, number>> {
  if (simulation === undefined) return {};
  const { faultsMax, timers } = cluster.parameters;
  const { network, calm = network, disk } = simulation;
  const worst = (key: "delayMaxMs" | "loss") => Math.max(network[key], calm[key]);
  const messageMs = worst("delayMaxMs") + disk.fsyncMaxMs;
  const viewChanges = faultsMax + 1;
  const tripMs = (VIEW_CHANGE.length + ANSWER.length) * messageMs;
  const wire = (viewChanges * VIEW_CHANGE.length + ANSWER.length) * messageMs;
  const isSlow = tripMs > timers.requestMs;
  const lost = worst("loss") === 0 ? 0 : 2 * viewChanges * timers.statusMs + timers.clientCapMs;
  return {
    wire: Math.ceil(wire),
    ...(isSlow ? { slowerThanTimeouts: Math.ceil(2 * 2 ** viewChanges * tripMs) } : {}),
    ...(lost > 0 ? { lost } : {}),
  };
}

/**
 * What work costs in a plan that says it: each replica hears each message of all others and, where
 * they pass on what they hear, from each of them; as much again lies before it in the same queue.
 */
function ofCosts({
  cluster,
  simulation,
}: Omit<Plan, "recoveryBound">): Readonly<Record<string, number>> {
  const costs = simulation?.costs;
  if (costs === undefined) return {};
  const { replicas, faultsMax } = cluster.parameters;
  const { sizes = {} } = cluster.messages ?? {};
  const perKib = 2 * costs.hashedMsPerKib + 2 * costs.carriedMsPerKib + costs.writtenMsPerKib;
  const heardMs = costs.frameMs + replicas * costs.codeMs;
  const messageMs = (type: string) =>
    replicas * (costs.verificationMs + costs.signatureMs) +
    replicas ** 2 * (heardMs + ((sizes[type] ?? 0) / 1_024) * perKib);
  const workMs = (types: readonly string[]) =>
    types.reduce((sum, type) => sum + messageMs(type), 0);
  return { work: Math.ceil(2 * ((faultsMax + 1) * workMs(VIEW_CHANGE) + workMs(ANSWER))) };
}

/**
 * How much longer the same work takes the slowest replica that is throttled and still timely; a
 * plan that throttles nobody has no such part.
 */
function throttledPart(
  plan: Omit<Plan, "recoveryBound">,
  faults: readonly FaultDefinition[],
  workMs: number,
  waits: number,
): { readonly throttled?: number } {
  const cluster = budgetCluster(plan.cluster);
  const shares = plan.entries
    .flatMap((entry) => possibleEffects(entry, cluster, faults).flat())
    .flatMap((effect) => (effect.on === "cpu" ? [effect.condition.share] : []))
    .filter((share) => keepsUp(share, cluster));
  if (shares.length === 0) return {};
  return { throttled: Math.ceil(slowerMs(Math.min(...shares), { workMs, waits })) };
}

function total(parts: Readonly<Record<string, number>>): Plan["recoveryBound"] {
  return { totalMs: Object.values(parts).reduce((sum, part) => sum + part, 0), parts };
}

/**
 * How long messages take one after the other, each over the slowest of the links it takes that
 * still counts as timely, with its own size; slower links are out of the budget.
 */
function tripTimes(
  plan: Omit<Plan, "recoveryBound">,
  faults: readonly FaultDefinition[],
): (types: readonly string[]) => number {
  const timely = timelyConditions(plan, faults);
  const sizes = plan.cluster.messages?.sizes ?? {};
  const messageMs = (type: string) =>
    [...timely[LINKS_OF[type] ?? "betweenReplicas"].values()].reduce(
      (slowest, condition) => Math.max(slowest, delayOf(condition, sizes[type] ?? 0)),
      0,
    );
  return (types) => types.reduce((sum, type) => sum + MESSAGE_MS + messageMs(type), 0);
}

/** What slows links down and leaves them timely, by what the links carry; each condition once. */
function timelyConditions(
  plan: Omit<Plan, "recoveryBound">,
  faults: readonly FaultDefinition[],
): Readonly<Record<keyof LinkLoad, ReadonlyMap<string, LinkCondition>>> {
  const cluster = budgetCluster(plan.cluster);
  const timely = {
    betweenReplicas: new Map<string, LinkCondition>(),
    requests: new Map<string, LinkCondition>(),
    replies: new Map<string, LinkCondition>(),
  };
  for (const entry of plan.entries) {
    for (const effect of possibleEffects(entry, cluster, faults).flat()) {
      if (effect.on !== "network") continue;
      const { condition, from, to } = effect;
      const carried = carriedBy(from, to, cluster.clients);
      if (delayOf(condition, cluster.load[carried]) >= timelyMs(cluster.requestMs)) continue;
      timely[carried].set(JSON.stringify(condition), condition);
    }
  }
  return timely;
}
