/**
 * A base that is withdrawn (protocols §20.6). Two of four replicas have the checkpoint C + K; a
 * third one enters view 1 at that base on their word, prepares up to C + K + L and can fetch
 * nothing. In view 2 one of those two is dead: of three who are left one claims C + K, so the base
 * is C, and who knows of nothing above C is to order numbers beyond its own window. Nobody lies;
 * for a while too few hear each other, and nothing is answered.
 */
import { shown } from "../drawn-faults.ts";
import { nameOf } from "../drawn-strikes.ts";
import type { Random } from "../random.ts";
import type { Scene } from "./scene.ts";

/** The primaries of the first two views, who is away first, and who knows of nothing afterwards. */
const [FIRST, SECOND, AWAY, BEHIND] = [0, 1, 2, 3].map(nameOf);

export function withdrawnBase(random: Random): Scene {
  const both = [FIRST, SECOND];
  const requestMs = random.integer(700, 1_300);
  const cutMs = 3 * requestMs;
  const cut = (from: unknown, to: unknown, semantics: string) => ({
    fault: "partition",
    topology: "one-way",
    from,
    to,
    semantics,
    for: shown(cutMs),
  });
  return {
    cluster: {
      requestMs,
      statusMs: 150,
      clientMs: 400,
      clientCapMs: 2_000,
      operationTimeoutMs: 10_000,
      maxBatchDelayMs: 0,
      checkpointInterval: 4,
      window: 8,
      batchMax: 1,
      pipeline: 8,
    },
    load: { ratePerSecond: random.integer(17, 24), clients: 8, keys: 8 },
    chaosMs: 9_000,
    loadMs: 50,
    wire: { delayMinMs: 0.2, delayMaxMs: 1 },
    // What is sent behind a record waits for the disk, and must have left before the cut.
    fsyncMaxMs: 0,
    faults: [
      {
        fault: "delay",
        at: "0ms",
        for: shown(cutMs),
        from: both,
        to: BEHIND,
        latency: shown(random.integer(15, 45)),
      },
      // It has a stable checkpoint C; the others go on to the next one, C + K.
      {
        name: "away",
        fault: "partition",
        when: { event: "stable", by: AWAY, from: "500ms" },
        for: shown(2 * requestMs),
        groups: [[AWAY], both],
        semantics: "drop",
      },
      // Those two take C + K, and the slow one does not: nothing reaches it any more.
      { ...cut(both, BEHIND, "refuse"), when: { event: "checkpoint", by: FIRST, from: "550ms" } },
      { ...cut(BEHIND, AWAY, "drop"), when: { after: "away" } },
      // Two of three claim C + K: it enters view 1 on their word, and can fetch nothing.
      {
        name: "mute",
        ...cut(AWAY, both, "drop"),
        when: { event: "stated", by: AWAY, from: "1s" },
      },
      { ...cut(AWAY, BEHIND, "hold"), when: { after: "mute" } },
      // It has prepared up to C + K + L; of the three who are left, one claims C + K.
      {
        fault: "crash",
        when: { event: "new-view", by: AWAY, delay: shown(random.integer(60, 140)) },
        for: shown(4 * requestMs),
        target: SECOND,
      },
    ],
  };
}
