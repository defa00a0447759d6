/** Watches real replicas until they have converged: all good ones answering, and no load. */

import type { Plan } from "../../plan/plan.ts";
import { membershipOf } from "../../plan/tolerance.ts";
import { monotonicMs, monotonicNs, sleep } from "../clock.ts";
import { areEqual, commonHead, type Head, Hold } from "../convergence.ts";
import type { RunLog } from "../run-log.ts";
import type { Convergence } from "../world.ts";
import type { PlacedReplica } from "./layout.ts";
import type { RunningCluster } from "./running-cluster.ts";

export interface ConvergenceWatch {
  readonly cluster: RunningCluster;
  /** Those of whom it is asked: the good ones. */
  readonly replicas: readonly PlacedReplica[];
  readonly plan: Plan;
  readonly isLast: boolean;
  readonly log: RunLog;
  readonly signal: AbortSignal;
}

/** Resolves when it has held; rejects when the signal ends the watch before that. */
export async function watchConvergence(watch: ConvergenceWatch): Promise<Convergence> {
  const { plan, isLast, signal } = watch;
  const { statusMs } = plan.cluster.parameters.timers;
  const hold = new Hold(plan, isLast);
  let asked: number | null = null;
  while (!signal.aborted) {
    const head = idleHead(watch);
    const held = hold.see(head, monotonicMs());
    const lastExec = head?.lastExec ?? null;
    // Unequal digests at one number do not become equal: one look a number.
    if (held && lastExec !== null && asked !== lastExec) {
      asked = lastExec;
      const digests = await commonDigests(watch, lastExec);
      if (digests) return { lastExec, digests, viewsLeft: hold.viewsLeft };
    }
    await sleep(statusMs, signal);
  }
  throw new Error("the watch for convergence was ended");
}

/** The number that every replica has executed up to, while nothing is under way. */
function idleHead({ cluster, replicas, plan }: ConvergenceWatch): Head | null {
  // An operation without its answer would still move the head.
  if (cluster.clientHost.figures?.idle !== true) return null;
  const seen = replicas.map(({ name }) => cluster.sightings.last(name)?.answer?.status ?? null);
  const size = membershipOf(plan.cluster);
  return commonHead(seen, { ...size, lying: size.replicas - seen.length });
}

async function commonDigests(
  { cluster, replicas, log }: ConvergenceWatch,
  lastExec: number,
): Promise<Readonly<Record<string, string>> | null> {
  const answers = await Promise.all(
    replicas.map(async ({ name, id }) => ({ name, id, answer: await cluster.digest(name) })),
  );
  const digests: Record<string, string> = {};
  let complete = true;
  for (const { name, id, answer } of answers) {
    if (answer?.stateDigest === undefined || answer.status.lastExec !== lastExec) {
      complete = false;
      continue;
    }
    digests[name] = answer.stateDigest;
    const { status, stateDigest, peers, process } = answer;
    log.sample({ replica: id, up: true, status, stateDigest, peers, process }, monotonicNs());
  }
  if (!complete) return null;
  if (areEqual(digests)) return digests;
  const seen = Object.entries(digests).map(([name, digest]) => `${name} ${digest.slice(0, 16)}`);
  log.note("digests differ", `all executed ${lastExec}, but: ${seen.join(", ")}`);
  return null;
}
