/**
 * A client that asks for something newer before the last was executed, and tells some replicas
 * alone, on a wire so slow that what a primary has to fetch is replaced meanwhile (protocols
 * §21.3). Where a primary is held to what all others relay, it leads to the end.
 */
import type { Random } from "../random.ts";
import type { Scene, Setting } from "./scene.ts";

export function restlessClient(random: Random, { requestAts }: Setting): Scene {
  const requestMs = 1_000;
  const delayMinMs = random.real(12, 20);
  return {
    cluster: {
      requestMs,
      statusMs: 150,
      clientMs: 400,
      clientCapMs: 2_000,
      operationTimeoutMs: 10_000,
      maxBatchDelayMs: 0,
      batchMax: 8,
      pipeline: 8,
    },
    requestAt: "K2",
    load: { ratePerSecond: random.integer(5, 10), clients: random.integer(2, 4) },
    chaosMs: 4_500,
    loadMs: 50,
    wire: { delayMinMs, delayMaxMs: delayMinMs + random.real(0, 5) },
    faults: [{ fault: "bad-client", at: "0ms", attack: "restless-client" }],
    ...(requestAts.includes("K2") ? { viewsLeftMax: 0 } : {}),
  };
}
