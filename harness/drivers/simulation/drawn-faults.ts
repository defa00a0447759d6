/** Drawn faults as a scenario writes them. */
import type { AuditEvent } from "../../../nodes/protocols/contract/audit.ts";
import { auditEvents } from "../../../nodes/protocols/contract/audit-events.ts";

/** The keys of one fault of a scenario, but for when it begins and how long it lasts. */
export interface What {
  readonly fault: string;
  readonly [key: string]: unknown;
}

/** As a scenario names targets. */
export type Struck = "subject" | "next-primary" | "everyone" | readonly string[];

export type Semantics = "refuse" | "drop" | "hold";

export type Moment =
  | { readonly atMs: number }
  | {
      readonly event: AuditEvent["e"];
      readonly fromMs: number;
      readonly skip: number;
      readonly delayMs: number;
      readonly first?: true;
    };

/** Several at once where one thing that happens is several faults of the language. */
export interface Strike {
  readonly when: Moment;
  /** Null: it is done at once, and does not last. */
  readonly durationMs: number | null;
  readonly what: readonly What[];
  /** What follows it, with the same subject. */
  readonly after?: readonly Stage[];
}

export interface Stage {
  /** From the begin of what it follows. */
  readonly afterMs: number;
  readonly durationMs: number | null;
  readonly what: readonly What[];
}

/** Entries of `faults`. What could only begin when the phase is over is left out. */
export function faultsOf(strikes: readonly Strike[], faultsMs: number): readonly What[] {
  return strikes.flatMap(({ when, durationMs, what, after = [] }, index) => {
    const earliestMs = "atMs" in when ? when.atMs : when.fromMs + when.delayMs;
    const [first] = what;
    if (first === undefined || earliestMs >= faultsMs) return [];
    const name = `f${index}`;
    const begun = what.map((each, part) => ({
      ...(part === 0 && after.length > 0 ? { name } : {}),
      ...each,
      ...beginning(when),
      ...lasting(durationMs, "atMs" in when ? faultsMs - when.atMs : Number.POSITIVE_INFINITY),
    }));
    const stages = after
      .filter(({ afterMs }) => earliestMs + afterMs < faultsMs)
      .flatMap((stage) =>
        stage.what.map((each) => ({
          ...each,
          when: { after: name, delay: shown(stage.afterMs) },
          ...lasting(stage.durationMs, Number.POSITIVE_INFINITY),
        })),
      );
    return [...begun, ...stages];
  });
}

function lasting(durationMs: number | null, mostMs: number): Readonly<Record<string, string>> {
  return durationMs === null ? {} : { for: shown(Math.min(durationMs, mostMs)) };
}

function beginning(when: Moment): Readonly<Record<string, unknown>> {
  if ("atMs" in when) return { at: shown(when.atMs) };
  const { event, fromMs, skip, delayMs, first } = when;
  return {
    when: {
      event: auditEvents[event].name,
      ...(fromMs > 0 ? { from: shown(fromMs) } : {}),
      ...(skip > 0 ? { skip } : {}),
      ...(first === undefined ? {} : { first }),
      ...(delayMs > 0 ? { delay: shown(delayMs) } : {}),
    },
  };
}

/** As a scenario writes a time; to the microsecond, as it is read. */
export function shown(ms: number): string {
  return `${Math.round(ms * 1_000) / 1_000}ms`;
}

/** As a scenario writes a share. */
export function percent(share: number): string {
  return `${Math.round(share * 1e6) / 1e4}%`;
}

/** Cut from everybody; with `clients` from those of the load, too. */
export function alone(
  who: Struck,
  { semantics, clients }: { readonly semantics: Semantics; readonly clients: boolean },
  replicas: number,
): readonly What[] {
  if (clients) return [{ fault: "partition", isolate: who, semantics }];
  const groups =
    who === "everyone"
      ? Array.from({ length: replicas }, (_, id) => [`r${id}`])
      : [...(typeof who === "string" ? [[who]] : who.map((one) => [one])), ["everyone"]];
  return replicas < 2 ? [] : [{ fault: "partition", groups, semantics }];
}

/** Links to other replicas, or from them. */
export function links(who: Struck, out: boolean): Readonly<Record<string, unknown>> {
  return out ? { from: who, to: "everyone" } : { from: "everyone", to: who };
}
