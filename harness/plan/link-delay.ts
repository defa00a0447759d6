/** How long a condition of a link holds up what the link has to carry. */
import type { Endpoint, LinkCondition } from "../../faults/fault.ts";
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

/** A link is timely while its delays together stay below this (reference 6.5). */
export function timelyMs(requestMs: number): number {
  return requestMs / 5;
}

/** @returns how long `bytes` are held up; Infinity where they never arrive */
export function delayOf(condition: LinkCondition, bytes: number): number {
  switch (condition.kind) {
    case "delay":
      return condition.latencyMs + condition.jitterMs;
    case "bandwidth":
      return bytes / condition.kilobytesPerSecond;
    case "trickle":
      return Math.ceil(bytes / condition.bytes) * condition.everyMs;
    // A connection that closes in the middle of every frame or two is as good as cut.
    case "cutoff":
    case "reset":
    case "refuse":
    case "drop":
    case "hold":
      return Number.POSITIVE_INFINITY;
    default:
      return condition satisfies never;
  }
}
