/**
 * Who was away fetches a state of many pages, of which it has the upper levels at once. Two of the
 * others hear so late of what it asks that they have it no more: the target is gone, and pages of
 * it that the third one gave come when those of a newer one are wanted in their places
 * (protocols §8.5).
 */
import { shown, type What } from "../drawn-faults.ts";
import { nameOf } from "../drawn-strikes.ts";
import type { Random } from "../random.ts";
import type { Scene, Setting } from "./scene.ts";

const INTERVAL = 4;
/** Snapshots that are kept: the stable one, and some before it. */
const KEPT = 5;

export function movingTarget(random: Random, { replicas }: Setting): Scene {
  const away = random.integer(1, replicas - 1);
  const who = nameOf(away);
  const ids = Array.from({ length: replicas }, (_, id) => id).filter((id) => id !== away);
  const [third, ...deaf] = random.some(ids, ids.length).map(nameOf);
  const ratePerSecond = random.integer(120, 180);
  /** A snapshot is there for so long. */
  const keptMs = (1_000 * KEPT * INTERVAL) / ratePerSecond;
  const statusMs = random.integer(30, 60);
  const awayMs = random.integer(500, 900);
  const lateMs = Math.ceil(random.real(1.05, 1.5) * keptMs);
  /** For each level of the newer state. */
  const stepMs = random.integer(20, 60);
  const chaosMs = 2_000;
  const begun = (delayMs: number) => ({
    when: { event: "state-transfer", by: who, from: "0ms", delay: shown(delayMs) },
    for: shown(chaosMs - awayMs - 4 * statusMs),
  });
  return {
    cluster: {
      requestMs: 300,
      statusMs,
      clientMs: 350,
      clientCapMs: 400,
      operationTimeoutMs: 4_000,
      maxBatchDelayMs: 0,
      checkpointInterval: INTERVAL,
      // The log is kept for longer than the target: it goes because nobody has it.
      window: 32,
      batchMax: 1,
      pipeline: 8,
    },
    load: { ratePerSecond, clients: 8, keys: 24, mix: { write: 0.9, read: 0.1 } },
    chaosMs,
    loadMs: 50,
    wire: { delayMinMs: 2, delayMaxMs: 3 },
    // So long that there is a page for each digit of a path, and none of them is a branch.
    paddingBytes: random.integer(3_000, 3_800),
    faults: [
      { fault: "crash", at: "0ms", for: shown(awayMs), target: [who] },
      {
        ...late({ from: who, to: deaf }, "FETCH-STATE", lateMs),
        at: "0ms",
        for: shown(awayMs + statusMs + lateMs),
      },
      {
        ...late({ from: third, to: who }, "STATE-PAGES", lateMs + random.integer(2, 4) * stepMs),
        // Two levels of three come in time.
        ...begun(random.integer(24, 40)),
      },
      {
        ...late({ from: deaf, to: who }, "STATE-PAGES", stepMs),
        ...begun(0),
      },
    ],
  };
}

function late(links: object, type: string, byMs: number): What {
  return { fault: "lateness", ...links, type, share: "100%", by: shown(byMs) };
}
