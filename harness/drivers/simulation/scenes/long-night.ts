/**
 * A cluster that cannot enter any view until its time-outs have doubled past their cap, and then
 * waits for a primary that is gone (protocols §10.1): no longer than the cap, however long it had
 * been in the dark.
 */
import { TIMEOUT_MS_MAX } from "../../../../nodes/protocols/back-off.ts";
import { shown } from "../drawn-faults.ts";
import { nameOf } from "../drawn-strikes.ts";
import type { Random } from "../random.ts";
import type { Scene, Setting } from "./scene.ts";

export function longNight(random: Random, { replicas }: Setting): Scene {
  // So often they double and stay below the cap, by little.
  const doublings = random.integer(6, 7);
  const requestMs = Math.floor((TIMEOUT_MS_MAX / 2 ** doublings) * random.real(0.75, 0.97));
  // View v is waited for from `2^(v-1) T` on; the first one whose time-out is at the cap:
  const capped = doublings + 2;
  const nightMs = Math.floor(2 ** (capped - 1) * requestMs * random.real(1.02, 1.08));
  return {
    cluster: {
      requestMs,
      statusMs: random.integer(1_000, 2_000),
      clientMs: 1_000,
      clientCapMs: 4_000,
      operationTimeoutMs: 30_000,
    },
    load: { ratePerSecond: 1, clients: 2 },
    chaosMs: nightMs,
    loadMs: 50,
    faults: [
      {
        fault: "loss",
        at: "0ms",
        for: shown(3 * requestMs),
        from: nameOf(0),
        type: "PRE-PREPARE",
      },
      { fault: "loss", at: "0ms", for: shown(nightMs), type: "NEW-VIEW" },
      {
        fault: "crash",
        at: shown(nightMs / 2),
        for: "quiet",
        target: nameOf(capped % replicas),
      },
    ],
  };
}
