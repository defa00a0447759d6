/** One seed: a cluster runs while things go wrong, then everything heals, then it ends. */

import { isReplica, type NodeId } from "../../../nodes/protocols/contract/core.ts";
import { logicalClients } from "./cluster-keys.ts";
import { fairWeather } from "./disk-weather.ts";
import type { BrokenPromise } from "./judge.ts";
import type { SentFrame } from "./ledger.ts";
import type { LinkedRuntime } from "./linked-runtime.ts";
import { comeToGrief } from "./mishaps.ts";
import { RuntimeCluster } from "./runtime-cluster.ts";
import type { RuntimePlan } from "./runtime-plan.ts";

/** A handshake on a link that lost everything is given up after 5 s, then one is dialled anew. */
const QUIET_MS = 6_500;
/** What was held back by then is on its way. */
const RESTART_MS = 500;
const PROBED_MS = 2_500;
const STOPPED_MS = 500;

export interface RuntimeTotals {
  readonly starts: number;
  readonly refusals: number;
  readonly frames: number;
  readonly turns: number;
  readonly virtualMs: number;
  /** By kind, how many mishaps came. */
  readonly mishaps: Readonly<Record<string, number>>;
}

export interface PlayedRuntime {
  readonly broken: readonly BrokenPromise[];
  readonly totals: RuntimeTotals;
}

export async function playRuntime(
  plan: RuntimePlan,
  runtime: LinkedRuntime,
): Promise<PlayedRuntime> {
  const cluster = new RuntimeCluster(plan, runtime);
  const { world, judge, lives } = cluster;
  for (const life of lives) life.start();
  cluster.clients.start();
  for (const mishap of plan.mishaps) {
    world.after(mishap.atMs, null, () => comeToGrief(cluster, mishap));
  }
  const isBroken = () => judge.broken.length > 0;
  await world.run(plan.activeMs, isBroken);
  if (plan.calmMs > 0) {
    cluster.calmDown();
    await world.run(plan.calmMs / 2, isBroken);
    for (const { id, isUp } of lives) if (isUp) cluster.ask(id, false);
    await world.run(plan.calmMs / 2, isBroken);
  }
  cluster.diskWatch.clear();
  if (!isBroken()) await healed(cluster);
  return { broken: judge.broken, totals: totalsOf(plan, cluster) };
}

async function healed(cluster: RuntimeCluster): Promise<void> {
  const { world, judge, lives } = cluster;
  const isBroken = () => judge.broken.length > 0;
  cluster.heal();
  cluster.clients.start();
  for (const life of lives) {
    life.host.weather = fairWeather();
    life.host.descriptors.clear();
  }
  // More than once: who refuses what somebody spoilt has it put back, and starts with that.
  for (let round = 0; round < 3; round += 1) {
    for (const life of lives) if (!life.isUp) life.start();
    await world.run(RESTART_MS, isBroken);
  }
  await world.run(QUIET_MS, isBroken);
  if (isBroken()) return;
  for (const life of lives) {
    if (!life.isUp) judge.break("comes-back", `r${life.id} does not run again`);
    cluster.order(life.id, { turns: 1, frames: 1, bytes: 50, to: null, asks: "nothing" });
    judge.overdue(judge.ledger(life.id));
  }
  const probedMs = world.nowMs;
  const visits = lives.map(({ id }) => ({ id, visitor: cluster.ask(id, true) }));
  await world.run(PROBED_MS, isBroken);
  if (!isBroken()) probe(cluster, probedMs);
  for (const { id, visitor } of visits) {
    if (!visitor.isAnswered) judge.break("pages", `r${id} does not say how it is`);
    visitor.end();
  }
  cluster.askClients();
  cluster.clients.stop();
  for (const life of lives) life.stop();
  await world.run(STOPPED_MS, isBroken);
  if (isBroken()) return;
  for (const life of lives) {
    if (life.host.process?.isAlive === true) judge.break("residue", `r${life.id} does not stop`);
  }
}

/**
 * Every replica has heard something from every other that was sent since, and so have it and the
 * clients from each other.
 */
function probe({ judge, lives, world }: RuntimeCluster, sinceMs: number): void {
  const framesOf = (author: NodeId): readonly SentFrame[] =>
    [...judge.ledger(author).frames.values()].filter(({ sentMs }) => {
      return sentMs >= sinceMs && sentMs < world.nowMs - PROBED_MS / 2;
    });
  const asked = logicalClients.flatMap(framesOf);
  const heard = (probes: readonly SentFrame[], by: readonly NodeId[], what: string): void => {
    const isHeard = probes.some(({ deliveredTo }) => by.some((each) => deliveredTo.has(each)));
    if (probes.length > 0 && !isHeard)
      judge.break("comes-back", `${what}, long after all is healed`);
  };
  for (const { id } of lives) {
    const said = framesOf(id);
    const probes = said.filter(({ to }) => to === null);
    for (const { id: other } of lives) {
      if (other !== id) heard(probes, [other], `r${other} hears nothing of r${id}`);
    }
    const requests = asked.filter(({ to }) => to === id);
    heard(requests, [id], `r${id} hears nothing of the clients`);
    const answers = said.filter(({ to }) => to !== null && !isReplica(to));
    heard(answers, logicalClients, `the clients hear nothing of r${id}`);
  }
}

function totalsOf(plan: RuntimePlan, { lives, world, judge }: RuntimeCluster): RuntimeTotals {
  const mishaps: Record<string, number> = {};
  for (const { kind } of plan.mishaps) mishaps[kind] = (mishaps[kind] ?? 0) + 1;
  return {
    starts: lives.reduce((sum, life) => sum + life.starts, 0),
    refusals: lives.reduce((sum, life) => sum + life.refusals, 0),
    frames: judge.nextFrame() - 1,
    turns: world.turns,
    virtualMs: world.nowMs,
    mishaps,
  };
}
