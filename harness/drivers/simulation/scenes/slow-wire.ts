/**
 * Nothing fails, but each frame takes so long that no request is served within the first time-out:
 * the time-outs grow until a view works (protocols §10.1, §10.3), and then it stays. What shrinks
 * them too early, or does not let them grow, costs a view for every few requests.
 */
import type { Random } from "../random.ts";
import type { Scene } from "./scene.ts";

/** From the client to the primary, three rounds, and the answer; proofs take one round more. */
const TRIPS = 6;

export function slowWire(random: Random): Scene {
  const requestMs = random.integer(150, 250);
  // A NEW-VIEW just comes within a time-out, or takes several.
  const delayMinMs =
    requestMs *
    random.pick([random.real(0.34, 0.42), random.real(0.45, 0.65), random.real(0.7, 1.1)]);
  const answerMs = Math.ceil(TRIPS * delayMinMs);
  const clients = 4;
  return {
    cluster: {
      requestMs,
      statusMs: requestMs,
      clientMs: 2 * answerMs,
      clientCapMs: 4 * answerMs,
      operationTimeoutMs: 120_000,
      maxBatchDelayMs: 0,
    },
    load: { ratePerSecond: Math.ceil((clients * 1_000) / (2 * answerMs)), clients },
    // Fewer than a hundred requests, after which a time-out may shrink.
    chaosMs: 36 * answerMs,
    loadMs: 50,
    wire: { delayMinMs, delayMaxMs: 1.05 * delayMinMs },
    faults: [],
    viewsLeftMax: 12,
  };
}
