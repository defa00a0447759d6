/** What can be taken from a plan of the runtime: mishaps, replicas, time, and odd circumstances. */
import { hostsOf, type TimedMishap } from "../../drivers/runtime-exploration/mishap.ts";
import type { RuntimePlan } from "../../drivers/runtime-exploration/runtime-plan.ts";
import { at, fewer, inEach, instead, type Reduction, smaller, within } from "../../plan/shrink.ts";

const REPLICAS_LEAST = 2;
/** Somebody has to have said something by then. */
const ACTIVE_MS_LEAST = 200;
const LASTS_MS_LEAST = 20;

const plan = at<RuntimePlan>();

export const simplerRuntimePlans: readonly Reduction<RuntimePlan>[] = [
  within(plan("mishaps"), [fewer<TimedMishap>()]),
  function* withFewerReplicas(whole) {
    for (const replicas of smaller(REPLICAS_LEAST)(whole.replicas)) {
      const isThere = (mishap: TimedMishap) => hostsOf(mishap).every((host) => host < replicas);
      yield { ...whole, replicas, mishaps: whole.mishaps.filter(isThere) };
    }
  },
  within(plan("activeMs"), [smaller(ACTIVE_MS_LEAST)]),
  within(plan("calmMs"), [smaller(0)]),
  within(plan("isCoded"), [instead(false)]),
  within(plan("durability"), [instead<RuntimePlan["durability"]>("group-commit")]),
  within(plan("pieceBytesMax"), [instead(64 * 1024)]),
  within(plan("windowBytes"), [instead(64 * 1024)]),
  within(plan("delayMaxMs"), [instead(3)]),
  within(plan("mishaps"), [inEach<TimedMishap>([shorter, uncut])]),
];

function* shorter(mishap: TimedMishap): Iterable<TimedMishap> {
  if ("forMs" in mishap) {
    for (const forMs of smaller(LASTS_MS_LEAST)(mishap.forMs)) yield { ...mishap, forMs };
  }
  if ("downMs" in mishap) {
    for (const downMs of smaller(LASTS_MS_LEAST)(mishap.downMs)) yield { ...mishap, downMs };
  }
}

function* uncut(mishap: TimedMishap): Iterable<TimedMishap> {
  if ("cut" in mishap && mishap.cut) yield { ...mishap, cut: false };
}
