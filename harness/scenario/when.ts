/** The key `when` of a fault: what it waits for in place of a time. */
import { z } from "zod";
import { events, FAULT_EVENTS } from "./events.ts";

export interface WhenParts {
  readonly duration: z.ZodType<number, string>;
  readonly name: z.ZodType<string, string>;
}

const SKIP_MAX = 1_000_000;
const CAUSES = `exactly one of event, ${Object.keys(FAULT_EVENTS).join(" and ")}`;

/** @param parts schemas of the quantities that the whole file shares */
export function whenSchema({ duration, name }: WhenParts) {
  return z
    .strictObject({
      event: z
        .enum(events.map((event) => event.name))
        .optional()
        .describe("an event, of those that `bft-chaos list events` names"),
      after: name.optional().describe(FAULT_EVENTS.after),
      healed: name.optional().describe(FAULT_EVENTS.healed),
      from: duration.optional().describe("no event counts before, in the time of `at`"),
      skip: z.int().min(0).max(SKIP_MAX).optional().describe("so many events are let pass"),
      by: z
        .string()
        .min(1)
        .optional()
        .describe("only events of this replica, or of the `primary` or a `backup` of their view"),
      first: z
        .boolean()
        .optional()
        .describe(
          "of the events about one number in one view only the first counts; not every event has one",
        ),
      delay: duration.optional().describe("so long after the event"),
    })
    .superRefine((when, issues) => {
      const report = (key: string, message: string) =>
        issues.addIssue({ code: "custom", path: [key], message });
      const causes = [when.event, when.after, when.healed].filter((cause) => cause !== undefined);
      if (causes.length !== 1) return report("event", `allowed: ${CAUSES}`);
      if (when.event !== undefined) return;
      for (const key of ["from", "skip", "by", "first"] as const) {
        if (when[key] !== undefined) report(key, `allowed: with event only`);
      }
    })
    .transform(({ event, after, healed, delay = 0, ...more }): WhenSection => {
      if (event === undefined) {
        return after === undefined
          ? { kind: "healed", fault: healed ?? "", delayMs: delay }
          : { kind: "after", fault: after, delayMs: delay };
      }
      return {
        kind: "event",
        event,
        fromMs: more.from ?? 0,
        skip: more.skip ?? 0,
        by: more.by ?? null,
        first: more.first ?? false,
        delayMs: delay,
      };
    });
}

export type WhenSection = { readonly delayMs: number } & (
  | {
      readonly kind: "event";
      readonly event: string;
      /** From the start of the faults phase. */
      readonly fromMs: number;
      readonly skip: number;
      /** A replica, or a role in the view of the event; null = anybody. */
      readonly by: string | null;
      readonly first: boolean;
    }
  /** Of another fault, by its name. */
  | { readonly kind: keyof typeof FAULT_EVENTS; readonly fault: string }
);
