/**
 * A bad client and a bad replica against a good primary (protocols §16.18): what the one asks the
 * other for goes to one backup alone. Nothing else happens, so whoever leads leads to the end.
 */
import { nameOf } from "../drawn-strikes.ts";
import type { Random } from "../random.ts";
import type { Scene, Setting } from "./scene.ts";

export function quietWord(random: Random, { faultsMax, replicas }: Setting): Scene {
  const victims = random.integer(1, faultsMax);
  return {
    cluster: {
      requestMs: random.integer(200, 300),
      clientMs: 150,
      clientCapMs: 600,
      operationTimeoutMs: 4_000,
    },
    load: { ratePerSecond: random.integer(10, 20), clients: random.integer(2, 4) },
    // Where nothing is signed whoever leads would propose what it alone was told
    // (protocols §19.6): its turn is the last.
    chaosMs: 2_000 * (replicas - 1) - 100,
    loadMs: 50,
    faults: [
      {
        fault: "byzantine",
        at: "0ms",
        for: "quiet",
        target: nameOf(random.integer(1, replicas - 2)),
        behaviour: "misdirected-request",
        parameters: { victims },
      },
      { fault: "bad-client", at: "0ms", attack: "quiet-word" },
    ],
    viewsLeftMax: 0,
  };
}
