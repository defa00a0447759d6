/** How long a condition of a link holds up what the link has to carry. */
import type { Endpoint, LinkEffect } from "../../faults/fault.ts";
import {
  isCut,
  type LinkCondition,
  SHAPINGS,
  type ShapingKind,
} from "../../faults/link-condition.ts";
import type { LinkLoad } from "./plan.ts";

export interface DelayedLink {
  /** What a link has to carry in time. */
  bytesOn(from: Endpoint, to: Endpoint): number;
}

/**
 * What a link carries.
 * @param clients names of the client hosts; every other endpoint is a replica
 */
export function carriedBy(
  from: Endpoint,
  to: Endpoint,
  clients: readonly Endpoint[],
): keyof LinkLoad {
  if (clients.includes(from)) return "requests";
  return clients.includes(to) ? "replies" : "betweenReplicas";
}

export function loadedLinks(load: LinkLoad, clients: readonly Endpoint[]): DelayedLink {
  return { bytesOn: (from, to) => load[carriedBy(from, to, clients)] };
}

/** A link is timely while its delays together stay below this (harness §4.4). */
export function timelyMs(requestMs: number): number {
  return requestMs / 5;
}

/** @returns how long `bytes` are held up at most; Infinity where they never arrive */
export function delayBy(effect: LinkEffect, bytes: number): number {
  if (effect.on === "network") return delayOf(effect.condition, bytes);
  // What is lost is sent again when somebody notices: no time can be promised.
  const { kind, lateMs = 0 } = effect.condition;
  return kind === "loss" ? Number.POSITIVE_INFINITY : lateMs;
}

/** @returns the same of one condition of a link that loses nothing by itself */
export function delayOf(condition: LinkCondition, bytes: number): number {
  return isCut(condition) ? Number.POSITIVE_INFINITY : shapingDelayMs(condition, bytes);
}

function shapingDelayMs<Kind extends ShapingKind>(
  condition: LinkCondition<Kind>,
  bytes: number,
): number {
  return SHAPINGS[condition.kind].mostMs(condition, bytes);
}
