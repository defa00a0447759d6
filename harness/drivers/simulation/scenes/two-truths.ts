/**
 * A liar tells one backup of other checkpoints than everybody else, and that one hears nobody but
 * the liar until it is far behind (protocols §7.2): what then proves to it where the others are has
 * the liar's true word in it.
 */
import { shown } from "../drawn-faults.ts";
import { nameOf } from "../drawn-strikes.ts";
import type { Random } from "../random.ts";
import type { Scene, Setting } from "./scene.ts";

export function twoTruths(random: Random, { replicas }: Setting): Scene {
  const liar = random.integer(1, replicas - 2);
  const victim = replicas - 1;
  const others = Array.from({ length: victim }, (_, id) => id).filter((id) => id !== liar);
  const deafMs = random.integer(1_000, 1_300);
  return {
    cluster: {
      requestMs: random.integer(150, 250),
      clientMs: 100,
      clientCapMs: 200,
      operationTimeoutMs: 4_000,
      checkpointInterval: 4,
      window: random.integer(8, 12),
      batchMax: 1,
    },
    load: { ratePerSecond: random.integer(55, 70), clients: 5 },
    chaosMs: 4_500,
    loadMs: 50,
    faults: [
      {
        fault: "byzantine",
        at: "0ms",
        for: "quiet",
        target: nameOf(liar),
        behaviour: "false-checkpoint",
        parameters: { victims: 1 },
      },
      {
        fault: "partition",
        topology: "one-way",
        from: others.map(nameOf),
        to: nameOf(victim),
        semantics: random.pick(["refuse", "drop"]),
        at: "50ms",
        for: shown(deafMs),
      },
    ],
  };
}
