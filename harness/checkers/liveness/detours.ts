import { BAD_CLIENT, type FaultEffect, strikesLink } from "../../../faults/fault.ts";
import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import type { LedgerEntry } from "../../observations/observations.ts";
import { FILES } from "../../observations/store.ts";
import { carriedBy, delayBy } from "../../plan/link-delay.ts";
import { budgetCluster } from "../../plan/planned-budget.ts";
import { membershipOf } from "../../plan/tolerance.ts";
import type { Checker, CheckerInput, Violation } from "../checker.ts";
import { goodLogs } from "../evidence.ts";
import { provenOutcome } from "../proof.ts";
import { inMs, type Lived, livedOperations, type Window } from "../windows.ts";
import { owedSpans, type Span } from "./spans.ts";
import { Strikes } from "./strikes.ts";

/** What led a client astray once its answer tells; so many in a row are no accident. */
const IN_A_ROW = 3;
/** Messages in a row from a request to its answer, and as many again that they may wait for. */
const MESSAGES = 8;
/** Records in a row that have to be on a disk, and one that they may wait for. */
const WRITES = 4;

/**
 * L-9: who is answered knows who leads, so a client need not ask twice, each time, where all that
 * there is to wait for is shorter than its first pause. Of simulated wires alone it is known how
 * long an answer takes at most.
 */
export const detours: Checker = {
  id: "L-9",
  summary: "where nothing is late no client has to repeat one operation after the other",
  idle: "nowhere an answer was certain to be there before its client repeats",
  promise: "liveness",
  needs: ["ledger", "history", "audits"],
  judges: ["views"],
  check(input) {
    const { clientMs } = input.observations.plan.cluster.parameters.timers;
    const prompt = new PromptAnswers(input);
    const violations: Violation[] = [];
    let judged = 0;
    for (const span of owedSpans(input, 1)) {
      for (const row of rowsIn(span, livedOperations(input.observations.history))) {
        const window = { from: startOf(row), to: endOf(row) };
        if (!(prompt.withinMs(window) < clientMs)) continue;
        judged += 1;
        if (row.every((lived) => waited(lived) >= clientMs * 1e6)) {
          violations.push(astray(row, window, input));
        }
      }
    }
    return provenOutcome(input, judged, violations);
  },
};

/** Each so many operations of one client that follow each other, all of them well in the span. */
function rowsIn(
  { from, to, allowedNs }: Span,
  all: readonly Lived[],
): readonly (readonly Lived[])[] {
  const byClient = new Map<number, Lived[]>();
  for (const lived of all.toSorted((a, b) => a.invoke.time - b.invoke.time)) {
    const { client, time } = lived.invoke;
    const end = endOfOne(lived);
    if (client === undefined || time < from + allowedNs || end > to) continue;
    byClient.set(client, [...(byClient.get(client) ?? []), lived]);
  }
  return [...byClient.values()].flatMap((own) =>
    own.slice(IN_A_ROW - 1).map((_, index) => own.slice(index, index + IN_A_ROW)),
  );
}

function startOf([first]: readonly Lived[]): number {
  return first?.invoke.time ?? 0;
}

function endOf(row: readonly Lived[]): number {
  return Math.max(...row.map(endOfOne));
}

function endOfOne({ completion, givenUp }: Lived): number {
  return completion?.time ?? givenUp;
}

function waited(lived: Lived): number {
  return endOfOne(lived) - lived.invoke.time;
}

/** How long an answer may take, by all that was going on. */
class PromptAnswers {
  readonly #input: CheckerInput;
  readonly #strikes: Strikes;

  constructor(input: CheckerInput) {
    this.#input = input;
    this.#strikes = new Strikes(input.observations);
  }

  /** Infinity where nobody can tell. */
  withinMs(window: Window): number {
    const { plan, run } = this.#input.observations;
    const { simulation, workload, cluster } = plan;
    if (run.driver !== "simulation" || simulation === undefined) return Infinity;
    const { network, calm = network, disk, costs } = simulation;
    const isLossy = network.loss > 0 || calm.loss > 0;
    if (costs !== undefined || isLossy || !this.#isLed(window)) return Infinity;
    const { batchMax, pipeline, maxBatchDelayMs } = cluster.parameters;
    // All others may have been before it in the queue.
    const turns = 1 + Math.ceil(workload.clients / (batchMax * pipeline));
    const messageMs = Math.max(network.delayMaxMs, calm.delayMaxMs);
    const onceMs = MESSAGES * messageMs + WRITES * disk.fsyncMaxMs + maxBatchDelayMs;
    return turns * onceMs + this.#laterMs(window);
  }

  /** By a good replica that nothing strikes, all the time and before. */
  #isLed(window: Window): boolean {
    const { subject, good, observations } = this.#input;
    const known: AuditRecord[] = [];
    for (const [, records] of goodLogs(this.#input)) {
      for (const record of records) {
        if (record.time > window.to) break;
        if (record.e !== "boot" && record.e !== "newview" && record.e !== "viewchange") continue;
        if (record.time >= window.from) return false;
        known.push(record);
      }
    }
    const { view, astray } = standingBy(known);
    // Who has left the view votes no more: then none may be missing that others do without.
    const { replicas, tolerates } = membershipOf(observations.plan.cluster);
    const isAway = (replica: number) =>
      astray.has(replica) || !good.has(replica) || !this.#strikes.spare(replica, window);
    const away = Array.from({ length: replicas }, (_, replica) => replica).filter(isAway);
    if (view === null || (astray.size > 0 && away.length > tolerates.byzantine)) return false;
    const leader = subject.leaderOf(view) ?? view % replicas;
    return good.has(leader) && this.#strikes.spare(leader, window);
  }

  /** By what is in force: a request and its answers are late; of anything else nobody can tell. */
  #laterMs({ from, to }: Window): number {
    const { ledger, plan } = this.#input.observations;
    const healed = new Map(
      ledger.flatMap((line) => (line.kind === "healed" ? [[line.entry, line.time] as const] : [])),
    );
    const inForce = ledger
      .filter((line): line is Intent => line.kind === "intent")
      .filter(({ entry, time }) => time < to && (healed.get(entry) ?? Infinity) > from);
    if (inForce.some(({ fault }) => fault === BAD_CLIENT)) return Infinity;
    const cluster = budgetCluster(plan.cluster);
    const later = inForce.flatMap(({ effects }) => effects.map((one) => delayedBy(one, cluster)));
    return 2 * Math.max(0, ...later);
  }
}

/**
 * The view that good replicas entered last; null where a start tells of a higher one, which may
 * have been asked for only; and who has left it for a higher one.
 */
function standingBy(records: readonly AuditRecord[]): {
  readonly view: number | null;
  readonly astray: ReadonlySet<number>;
} {
  const view = records.reduce(
    (top, each) => (each.e === "newview" ? Math.max(top, each.v) : top),
    0,
  );
  const isAbove = (record: AuditRecord) => "v" in record && record.v > view;
  const last = [...new Map(records.map((record) => [record.replica, record])).values()];
  const astray = new Set(last.filter(isAbove).map(({ replica }) => replica));
  return { view: last.some((each) => each.e === "boot" && isAbove(each)) ? null : view, astray };
}

type Intent = LedgerEntry & { readonly kind: "intent" };

/** What lies, or is down, is one that the others do without. */
function delayedBy(effect: FaultEffect, cluster: ReturnType<typeof budgetCluster>): number {
  if (effect.on === "behaviour") return 0;
  if (effect.on === "process") return effect.condition.kind === "down" ? 0 : Infinity;
  if (!strikesLink(effect)) return Infinity;
  const { from, to } = effect;
  const carried = carriedBy(from, to, cluster.clients);
  return carried === "betweenReplicas" ? Infinity : delayBy(effect, cluster.load[carried]);
}

function astray(row: readonly Lived[], window: Window, input: CheckerInput): Violation {
  const waits = row.map((lived) => `${inMs(waited(lived))} ms`).join(", ");
  const client = row[0]?.invoke.client;
  const what = `client ${client} had to repeat one operation after the other: it waited ${waits}`;
  const records = row.flatMap(({ invoke, completion }) =>
    completion === null ? [invoke] : [invoke, completion],
  );
  const rests = [FILES.ledger, ...[...input.good].map(FILES.audit)].map((file) => {
    return { file, until: window.to };
  });
  return { what, time: window.to, records, rests };
}
