/** The key `repeat` of a fault: how often, and what lies between one begin and the next. */
import { z } from "zod";
import { durationText } from "../../faults/units.ts";
import type { WhenSection } from "./when.ts";

const REPETITIONS_MAX = 1_000;
/** Again each time it happens. */
const EVENT = "event";

export interface Repeat {
  /** From one begin to the next; null: each waits for an event of its own. */
  readonly everyMs: number | null;
  readonly times: number;
}

/** @param duration above 0, as the whole file writes it */
export function repeatSchema(duration: z.ZodType<number, string>) {
  return z
    .strictObject({
      every: z.union([duration, z.literal(EVENT)], {
        error: "a duration is needed, like 2s, or beside `when: { event: ... }` the word event",
      }),
      times: z.int().min(1).max(REPETITIONS_MAX),
    })
    .transform(({ every, times }): Repeat => {
      return { everyMs: every === EVENT ? null : every, times };
    })
    .describe("so often, `every` so long after the one before, or, with `event`, at each event");
}

interface Repeated {
  readonly for?: number | string;
  readonly when?: WhenSection;
  readonly repeat?: Repeat;
}

export function repeatsWhole(
  { for: forMs, when, repeat }: Repeated,
  issues: z.RefinementCtx,
): void {
  if (repeat === undefined) return;
  const report = (path: string[], message: string) =>
    issues.addIssue({ code: "custom", path, message });
  if (typeof forMs !== "number") {
    report(["for"], "what is repeated says how long it lasts");
  } else if (repeat.everyMs === null) {
    const message = "allowed: a duration, or event beside `when: { event: ... }`";
    if (when?.kind !== "event") report(["repeat", "every"], message);
  } else if (forMs > repeat.everyMs) {
    report(["repeat", "every"], `allowed: at least as long as for, ${durationText(forMs)}`);
  }
}
