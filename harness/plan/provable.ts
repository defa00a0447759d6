/**
 * Whether every fault of a plan can be proven: where several act on one place, what is seen there
 * is nobody's proof (`harness/drivers/own-effect.ts`), so each needs a while of its own.
 */
import { type FaultDefinition, type FaultEffect, strikesLink } from "../../faults/fault.ts";
import { linkName } from "../../faults/link-state.ts";
import type { Plan } from "./plan.ts";
import { budgetCluster, possibleEffects } from "./planned-budget.ts";

/** Three periods of beats, twice over: a busy machine takes its time. */
const ALONE_MS = 1_000;

interface Acting {
  readonly fromMs: number;
  readonly toMs: number;
  /** In any of the ways in which it may strike. */
  readonly effects: readonly FaultEffect[];
}

/** @param aftermathMs so long a fault may still be seen after its end */
export function isProvable(
  { cluster, entries }: Pick<Plan, "cluster" | "entries">,
  faults: readonly FaultDefinition[],
  aftermathMs: number,
): boolean {
  const acting = entries.map((entry): Acting => {
    const effects = possibleEffects(entry, budgetCluster(cluster), faults).flat();
    return { fromMs: entry.atMs, toMs: entry.atMs + entry.durationMs, effects };
  });
  return acting.every((one) =>
    one.effects.every((effect) => {
      const hiding = acting.filter(
        (other) => other !== one && other.effects.some((each) => hides(each, effect)),
      );
      const neededMs = Math.min(ALONE_MS, one.toMs - one.fromMs);
      return longestAloneMs(one, hiding, aftermathMs) >= neededMs;
    }),
  );
}

function hides(other: FaultEffect, effect: FaultEffect): boolean {
  // A job on a tape shows on the tape, and one on a state in the state.
  if (isJob(effect) || isJob(other)) return false;
  if (other.on === "behaviour") {
    return effect.on === "behaviour" && other.replica === effect.replica;
  }
  if (other.on === "cpu") return effect.on === "cpu" && other.replica === effect.replica;
  if (!strikesLink(effect)) return other.on === "process" && other.replica === effect.replica;
  if (other.on === "process") return [effect.from, effect.to].includes(other.replica);
  if (linkName(other.from, other.to) !== linkName(effect.from, effect.to)) return false;
  // Frames that are late or few are still counted; where nothing passes nothing is struck.
  const isWire = other.on === "wire" || effect.on === "wire";
  return !isWire || other.condition.kind === effect.condition.kind;
}

type JobEffect = FaultEffect & { readonly on: "disk" | "state" };

function isJob(effect: FaultEffect): effect is JobEffect {
  return effect.on === "disk" || effect.on === "state";
}

function longestAloneMs(one: Acting, hiding: readonly Acting[], aftermathMs: number): number {
  let aloneSinceMs = one.fromMs;
  let longestMs = 0;
  for (const { fromMs, toMs } of hiding.toSorted((a, b) => a.fromMs - b.fromMs)) {
    longestMs = Math.max(longestMs, Math.min(fromMs, one.toMs) - aloneSinceMs);
    aloneSinceMs = Math.max(aloneSinceMs, toMs + aftermathMs);
  }
  return Math.max(longestMs, one.toMs - aloneSinceMs);
}
