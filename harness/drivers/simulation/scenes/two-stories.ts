/**
 * A bad client tells some replicas one thing and the others, with the same timestamp, another one,
 * split otherwise each time, and what one backup relays never reaches the primary. Where a primary
 * is held to what everybody is certain of, it comes to be certain of that as well: who is told by
 * f+1 others passes it on, whatever it was told itself (protocols §19.2), so no client has a good
 * primary deposed (protocols §21.3).
 */
import { shown } from "../drawn-faults.ts";
import { nameOf } from "../drawn-strikes.ts";
import type { Random } from "../random.ts";
import type { Scene, Setting } from "./scene.ts";

export function twoStories(random: Random, { protocol, replicas, requestAts }: Setting): Scene {
  const chaosMs = 2_000;
  const unheard = {
    fault: "loss",
    at: "0ms",
    for: shown(chaosMs),
    from: nameOf(random.integer(1, replicas - 1)),
    to: nameOf(0),
    type: "RELAY-SET",
  };
  return {
    cluster: {
      requestMs: random.integer(400, 500),
      statusMs: random.integer(40, 60),
      clientMs: 150,
      clientCapMs: 600,
      operationTimeoutMs: 4_000,
    },
    requestAt: "K2",
    load: { ratePerSecond: random.integer(10, 20), clients: random.integer(2, 4) },
    chaosMs,
    loadMs: 50,
    faults: [
      { fault: "bad-client", at: "0ms", attack: "two-operations" },
      ...(protocol === "pbft-sig" ? [] : [unheard]),
    ],
    ...(requestAts.includes("K2") ? { viewsLeftMax: 0 } : {}),
  };
}
