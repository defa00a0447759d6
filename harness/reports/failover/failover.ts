/** How long nobody is answered when the primary is killed: rounds, put together by protocol. */
import { Outages } from "../../checkers/verdict/outage.ts";
import type { LedgerEntry, Observations } from "../../observations/observations.ts";
import type { Verdict } from "../../scenario/verdict.ts";
import { medianOf } from "../median.ts";

/** One kill of one protocol's primary. */
export interface FailoverRound {
  readonly protocol: string;
  readonly replicas: number;
  readonly seed: number;
  /** From the kill to the next answer; null where it was not measured. */
  readonly outageMs: number | null;
  readonly verdict: Verdict | null;
  /** Its verdict is, and it was measured. */
  readonly asExpected: boolean;
  /** The folder of its run store; null where none could be made. */
  readonly directory: string | null;
}

export interface FailoverRow {
  readonly protocol: string;
  readonly replicas: number;
  readonly rounds: readonly FailoverRound[];
  readonly asExpected: number;
  /** Of the rounds that were measured; null if none was. */
  readonly outageMs: {
    readonly median: number;
    readonly least: number;
    readonly most: number;
  } | null;
}

/**
 * The outage of the only kill in the run, from when the harness set about it: that it was proven
 * is written down later. An answer that was under way at that moment is none to a kill.
 */
export function killToAnswerMs(observations: Observations): number | null {
  const { ledger } = observations;
  const kill = ledger.find(isKill);
  if (kill === undefined) return null;
  const of = (kind: "installed" | "healed") =>
    ledger.find((line) => line.kind === kind && line.entry === kill.entry);
  const installed = of("installed");
  if (installed?.kind !== "installed" || installed.outcome !== "installed") return null;
  const healed = of("healed")?.time ?? Number.POSITIVE_INFINITY;
  return new Outages(observations).duringMs({ begun: kill.time, healed });
}

type Intent = Extract<LedgerEntry, { readonly kind: "intent" }>;

function isKill(line: LedgerEntry): line is Intent {
  if (line.kind !== "intent") return false;
  return line.effects.some((effect) => effect.on === "process" && effect.condition.kind === "down");
}

/** @returns in the order of the first round of each protocol */
export function failoverRows(rounds: readonly FailoverRound[]): readonly FailoverRow[] {
  return [...Map.groupBy(rounds, ({ protocol }) => protocol)].map(([protocol, group]) => ({
    protocol,
    replicas: group[0]?.replicas ?? 0,
    rounds: group,
    asExpected: group.filter(({ asExpected }) => asExpected).length,
    outageMs: spreadOf(group.flatMap(({ outageMs }) => outageMs ?? [])),
  }));
}

function spreadOf(measured: readonly number[]): FailoverRow["outageMs"] {
  const ascending = measured.toSorted((a, b) => a - b);
  const [least, most] = [ascending[0], ascending.at(-1)];
  if (least === undefined || most === undefined) return null;
  return { median: medianOf(ascending), least, most };
}
