/**
 * Whoever may read and rewrite every frame between replicas, and holds the keys of one of them,
 * cannot make two good ones differ, and they go on when he is gone (protocols §1.2, §21.1).
 */
import { expect, test } from "vitest";
import { misfit } from "../../../faults/byzantine/behaviour.ts";
import { behaviours } from "../../../faults/byzantine/registry.ts";
import { bearsFaults, type Protocol } from "../../../nodes/protocols/contract/protocol.ts";
import { protocols } from "../../../nodes/registry.ts";
import { kv } from "../../../nodes/services/kv.ts";
import { checkers } from "../../checkers/registry.ts";
import { brokenPromises } from "../../cli/explore-oracle.ts";
import type { PlanEntry } from "../../plan/plan.ts";
import { drawPlan } from "./draw-plan.ts";
import { type Broken, judgePlan } from "./explore.ts";
import { DrawnIntruder } from "./intruder.fixture.ts";
import { CLUSTER_ID } from "./simulated-cluster.ts";

/**
 * Good replicas refuse, in each other's names, what he made of their words: as they have to. And
 * while he is at it, of which no ledger knows, nobody owes progress, connections, or peace between
 * good ones; but that all converge, and that nobody ends.
 */
const NOT_OWED: ReadonlySet<string> = new Set([
  "S-18",
  ...checkers.filter(({ promise }) => promise === "liveness").map(({ id }) => id),
]);
const OWED_ALL_THE_SAME: ReadonlySet<string> = new Set(["convergence", "uptime"]);

/** Before that the cluster has to show that it works. */
const BASELINE_MS = 200;

/** Of plans with f = 1; one replica lies, and the intruder has its keys. */
const SEEDS = Array.from({ length: 12 }, (_, index) => 810_000 + index);

const replicated = protocols.filter(bearsFaults);

function targetOf({ resolved }: PlanEntry): number {
  const { targets } = resolved as { readonly targets: readonly string[] };
  return Number(targets[0]?.slice(1));
}

function intrude(seed: number, protocol: Protocol): { broken: readonly Broken[]; meddled: number } {
  const lies = behaviours.filter((each) => misfit(each, protocol.name) === null);
  const behaviour = lies[seed % lies.length]?.name ?? null;
  const plan = drawPlan(seed, protocol, kv, { behaviour, faults: 1 });
  const [liar] = plan.entries.filter(({ fault }) => fault === "byzantine").map(targetOf);
  if (liar === undefined) throw new Error(`seed ${seed}: nobody lies`);
  const cluster = { ...plan.cluster.parameters, clusterId: CLUSTER_ID };
  const untilMs = BASELINE_MS + plan.phases.faultsMs;
  const during = { fromMs: BASELINE_MS, untilMs };
  const intruder = new DrawnIntruder({ seed, cluster, holds: liar, ...during });
  const options = { protocol, service: kv, judge: brokenPromises } as const;
  const { broken } = judgePlan(plan, { ...options, intruder });
  const owed = broken.filter(({ check }) => !NOT_OWED.has(check) || OWED_ALL_THE_SAME.has(check));
  return { broken: owed, meddled: intruder.meddled };
}

test.each(replicated)("$name: nobody differs, whatever he lets through", (protocol) => {
  let meddled = 0;
  const failures = SEEDS.flatMap((seed) => {
    const found = intrude(seed, protocol);
    meddled += found.meddled;
    return found.broken.map(({ check, what }) => `seed ${seed}: ${check}: ${what}`);
  });
  expect(failures).toEqual([]);
  expect(meddled).toBeGreaterThan(1_000);
});

test("pbft-relay without codes on its channels is made to differ", () => {
  const relay = replicated.find(({ channels }) => channels === "coded");
  if (relay === undefined) throw new Error("nobody rests on channels alone");
  const bare = { ...relay, channels: "bare" } as const;
  const differs = SEEDS.find((seed) =>
    intrude(seed, bare).broken.some(({ check }) => check === "S-1"),
  );
  expect(differs).toBeDefined();
});
