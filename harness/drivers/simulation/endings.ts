/** When a played plan has gone on for too long: each bound from the plan's own values. */
import { BAD_CLIENT } from "../../../faults/fault.ts";
import { TIMEOUT_MS_MAX } from "../../../nodes/protocols/back-off.ts";
import type { Plan } from "../../plan/plan.ts";

/**
 * How long a cluster may take to converge once its faults are over, as liveness owes it (L-2, L-5,
 * L-6): the recovery bound of the plan (harness §4.5), which comes from the configured timers, and
 * what the time-outs had doubled to before (protocols §10.1). `T (2^k - 1)` had to pass until they
 * were `2^k T`, so none is longer than `T` and the faults phase together, nor than the cap; and up
 * to f bad primaries in a row cost the double of it each time (`2^f`). Nobody comes to rest while
 * the load is on. Then it has to hold. Whoever returns later has no more: what had doubled by then
 * is not reset by it.
 */
export function convergenceMs({
  cluster,
  phases,
  ending,
  recoveryBound,
}: Pick<Plan, "cluster" | "phases" | "ending" | "recoveryBound">): number {
  const { faultsMax, timers } = cluster.parameters;
  const grown = Math.min(phases.faultsMs, TIMEOUT_MS_MAX) * 2 ** faultsMax;
  const held = Math.max(2 * timers.statusMs, ending?.restMs ?? 0);
  const busyMs = Math.max(grown, ending?.loadMs ?? 0);
  return Math.ceil(recoveryBound.totalMs + busyMs + held);
}

/** The same plan with no more time for its quiet phase than it owes. */
export function withQuiet(plan: Plan): Plan {
  return { ...plan, phases: { ...plan.phases, quietMs: convergenceMs(plan) } };
}

/** Before a cluster is good, and while clients wait, somebody is at work too. */
const INPUTS_IN_ALL = 20_000;
/** Retransmissions, what is told twice, and timers, for each that it takes. */
const SLACK = 2;
/** Bytes of a page of a state that is fetched, at least. */
const PAGE_BYTES = 1_024;
/** What a liar or a bad client sends a replica in a millisecond, at most. */
const LIES_PER_MS = 20;

/**
 * Inputs that all replicas together take at most: beyond it they keep each other at work and nobody
 * is served by it. An operation takes two rounds of everybody to everybody; each STATUS is
 * answered; a view change has one such round, and orders a whole window again, and there is one at
 * most in each time-out (protocols §5, §9, §11).
 */
export function inputsMax(
  { cluster, workload, simulation, entries }: Plan,
  { operations, nowMs }: { readonly operations: number; readonly nowMs: number },
): number {
  const { replicas, timers, window } = cluster.parameters;
  const round = replicas * (replicas + 2);
  const ordering = 3 * round;
  const statuses = (nowMs / timers.statusMs) * 2 * round;
  const viewChanges = (nowMs / timers.requestMs) * (3 * round + window * ordering);
  const stateBytes = workload.keys * (simulation?.paddingBytes ?? 0);
  const pages = (replicas * stateBytes) / PAGE_BYTES;
  const liars = entries.filter(({ fault }) => fault === "byzantine" || fault === BAD_CLIENT);
  const lies = liars.length * LIES_PER_MS * nowMs * replicas;
  const honest = operations * ordering + statuses + viewChanges + pages;
  return INPUTS_IN_ALL + SLACK * honest + lies;
}
