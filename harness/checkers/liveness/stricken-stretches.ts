/** In which stretches of a run nothing was in force, and in which only backups were crashed. */
import { type FaultEffect, isAbsent, strikesLink } from "../../../faults/fault.ts";
import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import type { LedgerEntry } from "../../observations/observations.ts";
import type { CheckerInput } from "../checker.ts";
import { goodLogs } from "../evidence.ts";
import { endOfRun, type Window } from "../windows.ts";
import type { Bounds } from "./bounds.ts";

export interface Stretch extends Window {
  /** `slow`: only the links or the CPU of whoever leads bear less. */
  readonly kind: "free" | "crashed" | "slow";
  /** For the evidence: `r3 crashed`. */
  readonly what: string;
  /** What began it. */
  readonly records: readonly LedgerEntry[];
}

type Intent = LedgerEntry & { readonly kind: "intent" };

/**
 * Ascending. Each begins the bound of L-2 after the last heal and after the last change of a view,
 * and is over where anything begins, ends, or changes the view.
 * @param crashedMax with more replicas away at once nothing is owed
 */
export function strickenStretches(
  input: CheckerInput,
  crashedMax: number,
  bounds: Bounds,
): readonly Stretch[] {
  const { ledger } = input.observations;
  const views = viewsIn(input);
  const active = new Map<string, Intent>();
  const marks = [...effective(ledger), ...views.filter(({ time }) => time > 0)].toSorted(
    (a, b) => a.time - b.time,
  );
  const stretches: Stretch[] = [];
  let [from, settledAt] = [0, 0];
  const close = (to: number): void => {
    const { view, astray } = standing(views.filter(({ time }) => time <= from));
    const leader = input.subject.leaderOf(view);
    const kind = kindOf([...active.values()], { leader, astray, crashedMax });
    const window = { from: Math.max(from, settledAt), to };
    if (kind !== null && window.from < to) stretches.push({ ...window, ...kind });
  };
  for (const mark of marks) {
    close(mark.time);
    if ("e" in mark || mark.kind === "healed") settledAt = mark.time + bounds.ns(mark.time);
    if ("kind" in mark && mark.kind === "intent") active.set(mark.entry, mark);
    // Who has lied is trusted with nothing for the rest of the run.
    else if ("kind" in mark && !isLie(active.get(mark.entry))) active.delete(mark.entry);
    from = mark.time;
  }
  close(endOfRun(input.observations));
  return stretches;
}

/** What is known never to have happened disturbed nobody. */
function effective(ledger: readonly LedgerEntry[]) {
  const absent = new Set(
    ledger.flatMap((line) =>
      line.kind === "installed" && isAbsent(line.outcome) ? [line.entry] : [],
    ),
  );
  return ledger.flatMap((line) => {
    if (line.kind !== "intent" && line.kind !== "healed") return [];
    return absent.has(line.entry) ? [] : [line];
  });
}

type ViewRecord = Extract<AuditRecord, { readonly e: "viewchange" | "newview" }>;

/** When a good replica left a view or entered one. */
function viewsIn(input: CheckerInput): readonly ViewRecord[] {
  return goodLogs(input)
    .flatMap(([, records]) => records.filter(isOfView))
    .toSorted((a, b) => a.time - b.time);
}

/**
 * In which view they are, and who has left it for a higher one by himself, as whoever heard of
 * nothing for a while: he votes no more, and until the others follow him he is as good as crashed.
 */
function standing(records: readonly ViewRecord[]): {
  readonly view: number;
  readonly astray: readonly string[];
} {
  const view = Math.max(
    0,
    ...records.flatMap((record) => (record.e === "newview" ? record.v : [])),
  );
  const last = new Map(records.map((record) => [record.replica, record]));
  const astray = [...last.values()].filter(({ e, v }) => e === "viewchange" && v > view);
  return { view, astray: astray.map(({ replica }) => `r${replica}`) };
}

function isOfView(record: AuditRecord): record is ViewRecord {
  return record.e === "viewchange" || record.e === "newview";
}

function isLie(intent: Intent | undefined): boolean {
  return intent?.effects.some(({ on }) => on === "behaviour") ?? false;
}

function kindOf(
  active: readonly Intent[],
  {
    leader,
    astray,
    crashedMax,
  }: {
    readonly leader: number | null;
    readonly astray: readonly string[];
    readonly crashedMax: number;
  },
): Pick<Stretch, "kind" | "what" | "records"> | null {
  const effects = active.flatMap((intent) => intent.effects);
  if (effects.length === 0) return { kind: "free", what: "nothing in force", records: [] };
  const primary = `r${leader}`;
  if (effects.every(isCrash)) {
    const down = [...new Set(effects.flatMap((effect) => nameOf(effect)))].toSorted();
    const away = new Set([...down, ...astray]);
    if (away.size > crashedMax || away.has(primary)) return null;
    return { kind: "crashed", what: `${down.join(", ")} crashed`, records: active };
  }
  const slows = effects.every((effect) => slowed(effect).includes(primary));
  return slows ? { kind: "slow", what: `a slow primary ${primary}`, records: active } : null;
}

function isCrash(effect: FaultEffect): boolean {
  if (effect.on !== "process") return false;
  return effect.condition.kind !== "paused";
}

function nameOf(effect: FaultEffect): readonly string[] {
  return strikesLink(effect) ? [effect.from, effect.to] : [effect.replica];
}

/** Whom it slows down; who is cut off, or lies, is not slow. */
function slowed(effect: FaultEffect): readonly string[] {
  if (effect.on === "cpu") return [effect.replica];
  if (effect.on !== "network") return [];
  const { kind } = effect.condition;
  return kind === "delay" || kind === "bandwidth" || kind === "trickle" ? nameOf(effect) : [];
}
