/**
 * Clients that repeat seldom, and whom neither the primary of view 0 hears, which is down, nor the
 * one of view 1: their requests wait at the others, and in the new view those pass them on
 * (protocols §9.7). If they do not, view 1 is left as well, though nothing is wrong with its
 * primary.
 */
import { shown } from "../drawn-faults.ts";
import { nameOf } from "../drawn-strikes.ts";
import type { Random } from "../random.ts";
import type { Scene, Setting } from "./scene.ts";

export function passedOn(random: Random, { protocol }: Setting): Scene {
  const requestMs = random.integer(200, 300);
  // Nothing is asked for again while they wait for view 1 to serve them: a period has just begun.
  // Where clients tell everybody, replicas take a period to tell each other.
  const statusMs = 3 * requestMs;
  const clientMs = Math.ceil(2 * statusMs - 0.85 * requestMs);
  const chaosMs = 2 * clientMs;
  return {
    cluster: {
      requestMs,
      statusMs: protocol === "pbft-relay" ? random.integer(40, 120) : statusMs,
      clientMs,
      clientCapMs: 2 * clientMs,
      operationTimeoutMs: 30_000,
      maxBatchDelayMs: 0,
    },
    load: { ratePerSecond: random.integer(3, 8), clients: random.integer(2, 4) },
    chaosMs,
    loadMs: 50,
    faults: [
      { fault: "crash", at: "0ms", for: shown(chaosMs), target: nameOf(0) },
      {
        fault: "partition",
        topology: "one-way",
        from: "clients",
        to: nameOf(1),
        semantics: "drop",
        at: "0ms",
        for: shown(chaosMs),
      },
    ],
    viewsLeftMax: 1,
  };
}
