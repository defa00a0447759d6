/**
 * Watches until all replicas have executed the same (6.3): all good ones answering, held for two
 * periods.
 */

import { liveView, type Standing } from "../../observations/live-view.ts";
import type { Membership } from "../../plan/tolerance.ts";
import { monotonicMs, monotonicNs, sleep } from "../clock.ts";
import type { Cluster } from "../local/cluster.ts";
import type { PlacedReplica } from "../local/layout.ts";
import type { RunLog } from "../run-log.ts";
import type { Convergence } from "../world.ts";

export interface ConvergenceWatch {
  readonly cluster: Cluster;
  /** Those of whom it is asked: the good ones. */
  readonly replicas: readonly PlacedReplica[];
  readonly size: Membership;
  readonly log: RunLog;
  readonly statusMs: number;
  readonly signal: AbortSignal;
}

/** Resolves when it has held; rejects when the signal ends the watch before that. */
export async function watchConvergence(watch: ConvergenceWatch): Promise<Convergence> {
  const { statusMs, signal } = watch;
  let agreed: number | null = null;
  let sinceMs = 0;
  let asked: number | null = null;
  while (!signal.aborted) {
    const lastExec = settledHead(watch);
    if (lastExec !== agreed) sinceMs = monotonicMs();
    agreed = lastExec;
    const held = monotonicMs() - sinceMs >= 2 * statusMs;
    // Digests are costly, and unequal ones at one number do not become equal: one look a number.
    if (held && lastExec !== null && asked !== lastExec) {
      asked = lastExec;
      const digests = await commonDigests(watch, lastExec);
      if (digests) return { lastExec, digests };
    }
    await sleep(statusMs, signal);
  }
  throw new Error("the watch for convergence was ended");
}

/** The number that every replica has executed up to, while nothing is under way. */
function settledHead({ cluster, replicas, size }: ConvergenceWatch): number | null {
  // An operation without its answer would still move the head.
  if (cluster.clientHost.figures?.idle !== true) return null;
  const seen = replicas.map(({ name }) => cluster.sightings.last(name)?.answer?.status);
  return commonHead(seen, size);
}

/**
 * The number that all of them have executed up to, if they have one view to work in: a replica that
 * is silent has none.
 */
export function commonHead(
  seen: readonly (HeadSeen | undefined)[],
  size: Membership,
): number | null {
  const statuses = seen.filter((status) => status !== undefined);
  const [head] = statuses;
  if (head === undefined || statuses.length < seen.length) return null;
  if (statuses.some(({ lastExec }) => lastExec !== head.lastExec)) return null;
  const lying = size.replicas - seen.length;
  return liveView(statuses, { ...size, lying }) === null ? null : head.lastExec;
}

interface HeadSeen extends Standing {
  readonly lastExec: number;
}

async function commonDigests(
  { cluster, replicas, log }: ConvergenceWatch,
  lastExec: number,
): Promise<Readonly<Record<string, string>> | null> {
  const answers = await Promise.all(
    replicas.map(async ({ name, id }) => ({ name, id, answer: await cluster.poller.digest(name) })),
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
  if (new Set(Object.values(digests)).size === 1) return digests;
  const seen = Object.entries(digests).map(([name, digest]) => `${name} ${digest.slice(0, 16)}`);
  log.note("digests differ", `all executed ${lastExec}, but: ${seen.join(", ")}`);
  return null;
}
