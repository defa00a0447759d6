/**
 * Entries that wait for something get what they wait for, and the earliest moment at which that may
 * come: for the budget they are possible from there on.
 */
import type { Endpoint } from "../../faults/fault.ts";
import { durationText } from "../../faults/units.ts";
import type { AuditLevel } from "../../nodes/protocols/contract/audit.ts";
import { auditEvents, isAudited } from "../../nodes/protocols/contract/audit-events.ts";
import { unknownName } from "../scenario/closest.ts";
import { eventNamed } from "../scenario/events.ts";
import type { DocumentPath, ScenarioFault } from "../scenario/scenario.ts";
import type { WhenSection } from "../scenario/when.ts";
import type { PlanEntry, PlannedTrigger } from "./plan.ts";

/** A fault of the scenario, and its entries with times since whatever sets it off. */
export interface DrawnFault {
  readonly fault: ScenarioFault;
  readonly entries: readonly PlanEntry[];
}

export interface PlacedEntries {
  readonly entries: readonly PlanEntry[];
  readonly complaints: readonly Complaint[];
}

interface Complaint {
  /** Below `faults`. */
  readonly path: DocumentPath;
  readonly message: string;
}

/** What a trigger has to fit. */
export interface TriggerGround {
  readonly faultsMs: number;
  readonly replicas: readonly Endpoint[];
  readonly audit: AuditLevel;
}

export function placeTriggers(drawn: readonly DrawnFault[], ground: TriggerGround): PlacedEntries {
  const placing = new Placing(drawn, ground);
  const entries = drawn.flatMap((_, index) => placing.entriesOf(index));
  return { entries, complaints: placing.complaints };
}

/** Whether `subject` means somebody where this fault is set off. */
export function hasSubject(fault: ScenarioFault, all: readonly ScenarioFault[]): boolean {
  const before = new Set<ScenarioFault>();
  for (let at: ScenarioFault | undefined = fault; at !== undefined && !before.has(at); ) {
    before.add(at);
    const { when }: ScenarioFault = at;
    if (when === null) return false;
    if (when.kind === "event") return eventNamed(when.event).hasSubject;
    at = all.find(({ name, family }) => name === when.fault || family === when.fault);
  }
  return false;
}

class Placing {
  readonly complaints: Complaint[] = [];
  readonly #drawn: readonly DrawnFault[];
  readonly #ground: TriggerGround;
  /** By the fault's place in the scenario; null while it is being looked for. */
  readonly #placed = new Map<number, readonly PlanEntry[] | null>();

  constructor(drawn: readonly DrawnFault[], ground: TriggerGround) {
    this.#drawn = drawn;
    this.#ground = ground;
  }

  /** None where something was wrong with it; the complaint is kept. */
  entriesOf(index: number): readonly PlanEntry[] {
    const known = this.#placed.get(index);
    if (known !== undefined) return known ?? [];
    this.#placed.set(index, null);
    const entries = this.#place(index);
    this.#placed.set(index, entries);
    return entries;
  }

  #place(index: number): readonly PlanEntry[] {
    const { fault, entries } = this.#drawn[index] ?? { fault: undefined, entries: [] };
    if (fault === undefined || fault.when === null) return entries;
    if (entries.some(({ notApplicable }) => notApplicable !== undefined)) return entries;
    const set = this.#setOff(fault);
    if (set === null) return [];
    const { earliestMs, trigger } = set;
    const { faultsMs } = this.#ground;
    if (earliestMs >= faultsMs) {
      const allowed = `before the end of phases.faults, ${durationText(faultsMs)}`;
      const message = `may begin at ${durationText(earliestMs)} at the earliest; allowed: ${allowed}`;
      return this.#complain([fault.place, "when"], message);
    }
    return entries.map((entry) => {
      const atMs = Math.min(earliestMs + entry.atMs, faultsMs);
      const durationMs = Math.min(entry.durationMs, faultsMs - atMs);
      const when = { ...trigger, delayMs: trigger.delayMs + entry.atMs };
      return { ...entry, atMs, durationMs, when };
    });
  }

  #setOff({
    when,
    place,
  }: ScenarioFault): { readonly earliestMs: number; readonly trigger: PlannedTrigger } | null {
    if (when === null) return null;
    const { delayMs } = when;
    if (when.kind === "event") {
      const wrong = this.#wrongEvent(when);
      if (wrong === null) return { earliestMs: when.fromMs + delayMs, trigger: when };
      this.#complain([place, "when", wrong.key], wrong.message);
      return null;
    }
    const { kind, fault } = when;
    const other = this.#find(fault, kind, place);
    const entry = kind === "after" ? other?.at(0) : other?.at(-1);
    if (entry === undefined) return null;
    const healedMs = kind === "after" ? 0 : entry.durationMs;
    const earliestMs = entry.atMs + healedMs + delayMs;
    return { earliestMs, trigger: { kind, entry: entry.id, delayMs } };
  }

  #wrongEvent({ event, by, first }: Extract<WhenSection, { readonly kind: "event" }>) {
    const { audit, replicas } = this.#ground;
    const { audited, hasSubject: isSomebodys, hasNumber } = eventNamed(event);
    if (!isSomebodys && (by !== null || first)) {
      const key = by === null ? "first" : "by";
      return { key, message: `no replica tells of ${event}; allowed: ${event} without ${key}` };
    }
    if (first && !hasNumber) {
      const message = `${event} is about no sequence number; allowed: ${event} without first`;
      return { key: "first", message };
    }
    if (audited !== null && !isAudited(audited, audit)) {
      const level = auditEvents[audited].level;
      const message = `${event} is in no audit log of level ${audit}; allowed: cluster.audit: ${level}`;
      return { key: "event", message };
    }
    const known = ["primary", "backup", ...replicas];
    return by === null || known.includes(by)
      ? null
      : { key: "by", message: unknownName(by, known) };
  }

  /** Of repeated faults the first one begins, and the last one is healed. */
  #find(name: string, kind: "after" | "healed", place: number): readonly PlanEntry[] | null {
    const path = [place, "when", kind];
    const isMeant = ({ fault }: DrawnFault) => fault.name === name || fault.family === name;
    const index =
      kind === "after" ? this.#drawn.findIndex(isMeant) : this.#drawn.findLastIndex(isMeant);
    if (index < 0) {
      // Nothing waits for itself, nor for another of its own repetitions.
      const others = this.#drawn.filter(({ fault }) => fault.place !== place);
      const names = others.map(({ fault }) => fault.name);
      this.#complain(path, unknownName(name, names));
      return null;
    }
    if (this.#drawn[index]?.fault.place === place) {
      this.#complain(path, `found ${name}, this fault itself; allowed: another one`);
      return null;
    }
    if (this.#placed.get(index) === null) {
      this.#complain(path, `found ${name}, which waits for this one; allowed: no ring`);
      return null;
    }
    return this.entriesOf(index);
  }

  #complain(path: DocumentPath, message: string): readonly PlanEntry[] {
    this.complaints.push({ path, message });
    return [];
  }
}
