/**
 * What an operator meant, what he did, what it hit, and who noticed when: the part of a report that
 * reads like a post-mortem.
 */
import { isAbsent, strikesLink } from "../../faults/fault.ts";
import type { FaultResult } from "../checkers/verdict/judgement.ts";
import type { LedgerEntry } from "../observations/observations.ts";
import type { PlanEntry, PlannedDeed } from "../plan/plan.ts";
import { milliseconds, seconds } from "./format.ts";
import { type Notice, noticesOf } from "./notices.ts";
import type { JudgedRun } from "./report.ts";

export interface ShiftLine {
  readonly entry: string;
  /** When he did it, or when it was due to be undone; null = the run never came to that. */
  readonly atMs: number | null;
  /** Of the catalogue. */
  readonly id: string;
  readonly error: string;
  /** False where the work was done as it should be. */
  readonly wrong: boolean;
  readonly meant: string;
  readonly did: string;
  readonly outcome: FaultResult["outcome"];
  /** Replicas and links that were struck; empty if nothing was. */
  readonly hit: readonly string[];
  /** Why a guard refused it. */
  readonly refused: readonly string[];
  /** Of a job that is over when it is done: what came of it. */
  readonly found: readonly string[];
  /** The first of each kind, ascending. */
  readonly noticed: readonly Notice[];
  readonly undoneAtMs: number | null;
  readonly outageMs: number | null;
}

/** Empty where no operator was at work. */
export function shiftLog(run: JudgedRun): readonly ShiftLine[] {
  const { plan } = run.observations;
  const absence = plan.entries.find(({ operator }) => operator?.awaySinceMs !== undefined);
  return plan.entries.flatMap((entry) => {
    if (entry.operator !== undefined) return [lineOf(run, entry, entry.operator)];
    const away = absence?.operator;
    return entry.unrepaired === undefined || away === undefined ? [] : [leftLine(run, entry, away)];
  });
}

function lineOf(run: JudgedRun, entry: PlanEntry, deed: PlannedDeed): ShiftLine {
  const { observations, judgement } = run;
  const { error, wrong, meant, did } = deed;
  const result = judgement.faults.find((fault) => fault.entry === entry.id);
  const { outcome = "skipped", installedAtMs = null, healedAtMs = null } = result ?? {};
  const evidence = result?.evidence ?? [];
  const intent = observations.ledger.find(
    (line) => line.kind === "intent" && line.entry === entry.id,
  );
  const at = intent === undefined ? null : intent.time / 1e6;
  const isJob = isDone(intent);
  // What is done as it should be, and takes nothing away, is nothing to be noticed.
  const showsMs = isJob && !wrong ? null : installedAtMs;
  return {
    entry: entry.id,
    atMs: installedAtMs ?? at,
    id: error.id,
    error: error.name,
    wrong,
    meant,
    did,
    outcome,
    hit: isAbsent(outcome) ? [] : hitBy(intent),
    refused: outcome === "prevented" ? evidence : [],
    found: isJob ? evidence.slice(0, 1) : [],
    noticed: showsMs === null ? [] : noticesOf(run, showsMs, isJob ? "alarms" : healedAtMs),
    undoneAtMs: isJob ? null : healedAtMs,
    outageMs: isJob ? null : (result?.outageMs ?? null),
  };
}

/** Jobs only: they leave what they leave, and nothing of them is undone. */
function isDone(intent: LedgerEntry | undefined): boolean {
  return intent?.kind === "intent" && intent.effects.every(({ on }) => on === "disk");
}

/** Somebody else's fault, that was his to repair. */
function leftLine(run: JudgedRun, entry: PlanEntry, away: PlannedDeed): ShiftLine {
  const meant = `repair ${entry.name} when it was due`;
  const did = "was away; it stayed as it was until he came in again";
  const line = lineOf(run, entry, { ...away, meant, did });
  const warmupMs = run.observations.plan.phases.warmupMs;
  const dueMs = warmupMs + (entry.unrepaired?.dueMs ?? 0);
  return { ...line, atMs: line.atMs === null ? null : dueMs };
}

const LINKS_NAMED_MAX = 3;

function hitBy(intent: LedgerEntry | undefined): readonly string[] {
  if (intent?.kind !== "intent") return [];
  const replicas = new Set<string>();
  const links = new Set<string>();
  for (const effect of intent.effects) {
    if (strikesLink(effect)) links.add(`${effect.from}-${effect.to}`);
    else replicas.add(effect.on === "disk" ? `the backup of ${effect.replica}` : effect.replica);
  }
  const named = links.size <= LINKS_NAMED_MAX ? [...links] : [`${links.size} links`];
  return [...replicas, ...named];
}

/** What came of it, in sentences, as an incident's page would tell it. */
export function aftermathOf(line: ShiftLine): readonly string[] {
  const { hit, refused, found, noticed, wrong, undoneAtMs, outageMs, outcome } = line;
  if (refused.length > 0) return refused.map((why) => `Refused by ${why}.`);
  if (hit.length === 0) return [`It hit nothing (${outcome}).`];
  const seen = noticed.map(({ who, afterMs, what }) => {
    return `${who} after ${milliseconds(afterMs)} (${what})`;
  });
  const noticing = seen.length === 0 ? "Nobody noticed." : `Noticed by ${seen.join("; ")}.`;
  if (found.length > 0) return [...found.map((what) => `${what}.`), ...(wrong ? [noticing] : [])];
  return [
    `It hit ${hit.join(", ")}.`,
    noticing,
    undoneAtMs === null ? "It was never undone." : `Undone at ${seconds(undoneAtMs)}.`,
    ...(outageMs === null ? [] : [`Longest without an answer: ${milliseconds(outageMs)}.`]),
  ];
}
