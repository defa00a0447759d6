/** What an entry waits for, in words and event by event. */
import { durationText } from "../../faults/units.ts";
import type { AuditEvent } from "../../nodes/protocols/contract/audit.ts";
import { eventNamed } from "../scenario/events.ts";
import type { WorldEvent } from "./executor.ts";
import type { Plan, PlanEntry, PlannedTrigger } from "./plan.ts";

type EventTrigger = Extract<PlannedTrigger, { readonly kind: "event" }>;

/** Lets pass what is not meant, and tells the one event that sets an entry off. */
export class EventWatch {
  readonly event: string;
  readonly #trigger: EventTrigger;
  /** What was about one number in one view, if only the first of those counts. */
  readonly #slots = new Set<string>();
  #seen = 0;

  constructor(trigger: EventTrigger) {
    this.event = trigger.event;
    this.#trigger = trigger;
  }

  /** @param sinceMs when it happened, since the start of the faults phase */
  see(event: WorldEvent, sinceMs: number): boolean {
    const { fromMs, by, first, skip } = this.#trigger;
    if (event.name !== this.event) return false;
    if (first && !this.#isFirst(event)) return false;
    if (sinceMs < fromMs || !isBy(event, by)) return false;
    this.#seen += 1;
    return this.#seen > skip;
  }

  /** Why it was not set off. */
  get told(): string {
    const { fromMs, skip } = this.#trigger;
    const needed = `it waits for ${countText(skip + 1)}`;
    return `${this.event} was seen ${countText(this.#seen)} from ${durationText(fromMs)} on, and ${needed}`;
  }

  #isFirst({ slot }: WorldEvent): boolean {
    if (slot === null || this.#slots.has(slot)) return false;
    this.#slots.add(slot);
    return true;
  }
}

function isBy(event: WorldEvent, by: string | null): boolean {
  return by === null || event.by === by || event.role === by;
}

function countText(times: number): string {
  return times === 1 ? "once" : `${times} times`;
}

/** From these it is known which view a replica is in. */
const TELL_THE_VIEW = ["boot", "viewchange", "newview"] as const;

/** The kinds of audit lines that have to be heard while a plan is played; mostly none. */
export function heardLines({ entries }: Pick<Plan, "entries">): readonly AuditEvent["e"][] {
  const waited = entries.flatMap(({ when }) => {
    const audited = when?.kind === "event" ? eventNamed(when.event).audited : null;
    return audited === null ? [] : [audited];
  });
  return waited.length === 0 ? [] : [...new Set([...waited, ...TELL_THE_VIEW])];
}

/** Whether anything waits for such an event. */
export function waitsFor({ entries }: Pick<Plan, "entries">, event: string): boolean {
  return entries.some(({ when }) => when?.kind === "event" && when.event === event);
}

/** `after cut, 20ms later`; null for an entry with a time of its own. */
export function triggerText({ when }: Pick<PlanEntry, "when">): string | null {
  if (when === undefined) return null;
  const delay = when.delayMs === 0 ? "" : `, ${durationText(when.delayMs)} later`;
  if (when.kind !== "event") {
    const what = { after: "has begun", healed: "is healed" }[when.kind];
    return `after ${when.entry} ${what}${delay}`;
  }
  const parts = [
    ...(when.by === null ? [] : [`by ${when.by}`]),
    ...(when.first ? ["the first of its view and number"] : []),
    ...(when.skip === 0 ? [] : [`${when.skip} skipped`]),
    ...(when.fromMs === 0 ? [] : [`from ${durationText(when.fromMs)} on`]),
  ];
  return `at ${[when.event, ...parts].join(", ")}${delay}`;
}
