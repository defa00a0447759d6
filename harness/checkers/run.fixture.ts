/**
 * A small run made by hand, for the tests of the checkers: valid as it is, to be spoiled by them.
 */
import type { AttestationOutcome, FaultEffect } from "../../faults/fault.ts";
import type { AuditEvent, AuditRecord } from "../../nodes/protocols/contract/audit.ts";
import { COMPLETE } from "../observations/completeness.ts";
import { HistoryRecorder } from "../observations/history.ts";
import type {
  Completeness,
  HarnessState,
  HistoryEvent,
  LedgerEntry,
  Observations,
  StatusSample,
} from "../observations/observations.ts";
import { clusterWith, planWith, workloadWith } from "../plan/plan.fixture.ts";
import type { Plan } from "../plan/plan.ts";
import { subjectOf } from "../subject.ts";
import type { CheckerInput } from "./checker.ts";
import { checkerInput } from "./checker-input.ts";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Observations that a test may change before they are judged. */
export interface Run {
  driver: string;
  plan: Mutable<Plan>;
  history: HistoryEvent[];
  ledger: LedgerEntry[];
  audits: Map<number, AuditRecord[]>;
  samples: StatusSample[];
  harness: HarnessState;
  shed: number;
  completeness: Completeness;
}

export const MS = 1e6;
export const ALICE = 65_537;
export const BOB = 65_538;
export const BOUND_MS = 300;
export const END_MS = 2_000;

/** `read` answers what is given; a cas that did not swap has `swapped: false`. */
export interface FixtureOperation {
  readonly client: number;
  readonly t: number;
  readonly f: "read" | "write" | "append" | "cas" | "delete";
  readonly key: string;
  readonly value?: string | null | readonly [string | null, string];
  readonly swapped?: false;
  readonly at: number;
  readonly until: number;
  /** Its sequence number; operations with one number are one batch. */
  readonly n: number;
}

export const OPERATIONS: readonly FixtureOperation[] = [
  { client: ALICE, t: 1, f: "write", key: "a", value: "x", at: 100, until: 140, n: 1 },
  { client: BOB, t: 1, f: "read", key: "a", value: "x", at: 200, until: 240, n: 2 },
  { client: ALICE, t: 2, f: "cas", key: "a", value: ["x", "y"], at: 300, until: 340, n: 3 },
  { client: BOB, t: 2, f: "read", key: "a", value: "y", at: 400, until: 440, n: 4 },
  { client: ALICE, t: 3, f: "append", key: "b", value: "z", at: 500, until: 600, n: 5 },
  { client: BOB, t: 3, f: "write", key: "b", value: "w", at: 520, until: 580, n: 5 },
  {
    client: ALICE,
    t: 4,
    f: "cas",
    key: "a",
    value: ["x", "q"],
    swapped: false,
    at: 1_100,
    until: 1_140,
    n: 6,
  },
  { client: BOB, t: 4, f: "read", key: "b", value: "w", at: 1_500, until: 1_540, n: 7 },
];

const CHECKPOINT_INTERVAL = 2;
const REPLICAS = [0, 1, 2, 3];

/** Four replicas, everything in view 0, each with every event of the normal case. */
export function quietRun(operations: readonly FixtureOperation[] = OPERATIONS): Run {
  return {
    driver: "local",
    plan: plan(),
    history: historyOf(operations),
    ledger: [
      { time: 0, kind: "phase", phase: "warmup" },
      { time: 0, kind: "load", on: true },
      { time: 50 * MS, kind: "phase", phase: "faults" },
      { time: 1_000 * MS, kind: "phase", phase: "quiet" },
      { time: 1_200 * MS, kind: "load", on: false },
      { time: 1_400 * MS, kind: "converged", lastExec: 6, digests: digests("same") },
      { time: END_MS * MS, kind: "phase", phase: "end" },
    ],
    audits: new Map(REPLICAS.map((replica) => [replica, auditOf(replica, operations)])),
    samples: [],
    harness: { state: "ok" },
    shed: 0,
    completeness: COMPLETE,
  };
}

export function digests(value: string): Readonly<Record<string, string>> {
  return Object.fromEntries(REPLICAS.map((replica) => [`r${replica}`, value]));
}

export function observationsOf(run: Run): Observations {
  return {
    run: {
      id: "t",
      scenario: "fixture",
      seed: 1,
      driver: run.driver,
      startedAt: new Date(0).toISOString(),
      zero: "0",
      rerun: "",
      host: {},
      versions: {},
      harness: run.harness,
      residue: [],
    },
    plan: run.plan,
    history: run.history.toSorted((a, b) => a.time - b.time),
    ledger: run.ledger,
    audits: run.audits,
    samples: run.samples,
    metrics: [],
    workload: { shed: run.shed },
    completeness: run.completeness,
  };
}

export function inputOf(run: Run): CheckerInput {
  return checkerInput(observationsOf(run), subjectOf(run.plan));
}

/** Appends to a replica's log; `boot` 1 unless said otherwise. */
export function audit(
  run: Run,
  replica: number,
  ms: number,
  event: AuditEvent & { readonly boot?: number },
): void {
  const log = run.audits.get(replica) ?? [];
  const record = { boot: 1, ...event, time: ms * MS, replica };
  run.audits.set(
    replica,
    [...log, record].toSorted((a, b) => a.time - b.time),
  );
}

/** Replaces every matching record of one replica's log; undefined removes it. */
export function rewrite(
  run: Run,
  replica: number,
  change: (record: AuditRecord) => AuditRecord | undefined,
): void {
  run.audits.set(
    replica,
    (run.audits.get(replica) ?? []).flatMap((record) => change(record) ?? []),
  );
}

export interface FixtureFault {
  readonly entry: string;
  readonly effects: readonly FaultEffect[];
  readonly at: number;
  /** Infinity = never. */
  readonly until: number;
  readonly outcome?: AttestationOutcome;
}

/** In the plan and in the ledger, proven unless said otherwise. */
export function inject(run: Run, { entry, effects, at, until, outcome }: FixtureFault): void {
  const name = entry;
  const planned = {
    id: entry,
    name,
    fault: "test",
    atMs: at,
    durationMs: until - at,
    resolved: {},
  };
  run.plan = { ...run.plan, entries: [...run.plan.entries, planned] };
  const lines: LedgerEntry[] = [
    { time: at * MS, kind: "intent", entry, name, fault: "test", targets: {}, effects },
    {
      time: (at + 5) * MS,
      kind: "installed",
      entry,
      outcome: outcome ?? "installed",
      evidence: ["seen"],
    },
  ];
  if (until < Number.POSITIVE_INFINITY) {
    lines.push({ time: until * MS, kind: "healing", entry });
    lines.push({
      time: (until + 5) * MS,
      kind: "healed",
      entry,
      outcome: "installed",
      evidence: [],
    });
  }
  run.ledger = [...run.ledger, ...lines].toSorted((a, b) => a.time - b.time);
}

export function down(...replicas: readonly number[]): readonly FaultEffect[] {
  return replicas.map((replica) => ({
    on: "process",
    replica: `r${replica}`,
    condition: { kind: "down" },
  }));
}

export function lying(...replicas: readonly number[]): readonly FaultEffect[] {
  return replicas.map((replica) => ({
    on: "behaviour",
    replica: `r${replica}`,
    behaviour: "wrong-reply",
    parameters: {},
  }));
}

export function historyOf(operations: readonly FixtureOperation[]): HistoryEvent[] {
  const events: HistoryEvent[] = [];
  const recorder = new HistoryRecorder((event) => events.push(event));
  const acts = operations.flatMap((operation) => [
    { at: operation.at, act: () => invoke(recorder, operation) },
    { at: operation.until, act: () => answer(recorder, operation) },
  ]);
  for (const { act } of acts.toSorted((a, b) => a.at - b.at)) act();
  return events;
}

function invoke(recorder: HistoryRecorder, operation: FixtureOperation): void {
  const { client, t, f, key, value, at } = operation;
  const times = { time: at * MS, intended: at * MS, t };
  if (f === "read" || f === "delete") recorder.invoke(client, { f, key }, times);
  else if (f === "cas") {
    const [from, to] = value as readonly [string | null, string];
    recorder.invoke(client, { f, key, value: [from, to] }, times);
  } else recorder.invoke(client, { f, key, value: String(value) }, times);
}

function answer(recorder: HistoryRecorder, { client, f, value, swapped, until }: FixtureOperation) {
  const read = f === "read" && typeof value === "string" ? value : null;
  recorder.ok(client, { ok: swapped !== false, value: read }, { time: until * MS, view: 0 });
}

/** All replicas log the same moments: 20 ms after the first operation of a batch was sent. */
export function auditOf(replica: number, operations: readonly FixtureOperation[]): AuditRecord[] {
  const records: AuditRecord[] = [];
  const add = (ms: number, event: AuditEvent): void => {
    records.push({ ...event, time: ms * MS, replica, boot: 1 });
  };
  add(-100, { e: "boot", v: 0, h: 0, lastExec: 0 });
  for (const n of new Set(operations.map((operation) => operation.n))) {
    const batch = operations.filter((operation) => operation.n === n);
    const at = Math.max(...batch.map((operation) => operation.at)) + 20;
    const d = `batch-${n}`;
    const as = replica === 0 ? "primary" : "backup";
    add(at, { e: "preprepared", v: 0, n, d, as });
    add(at + 1, { e: "prepared", v: 0, n, d, by: [0, 1, 2] });
    add(at + 2, { e: "committed", v: 0, n, d, by: [0, 1, 2] });
    add(at + 3, { e: "executed", n, d, ops: batch.map(effectOf) });
    if (n % CHECKPOINT_INTERVAL !== 0) continue;
    add(at + 4, { e: "checkpoint", n, d: `state-${n}` });
    add(at + 5, { e: "stable", n, d: `state-${n}`, by: [0, 1, 2] });
  }
  return records;
}

function effectOf(operation: FixtureOperation): readonly [number, number, string, string] {
  const { client, t, f, key, value } = operation;
  const asked = f === "read" ? null : (value ?? null);
  return [client, t, `result of ${client} ${t}`, `operation ${JSON.stringify([f, key, asked])}`];
}

/** Small and quick: every step of it fits into two seconds. */
function plan(): Mutable<Plan> {
  const parameters = {
    timers: { requestMs: 100, statusMs: 50, clientMs: 50, clientCapMs: 100 },
    operationTimeoutMs: 1_000,
    checkpointInterval: CHECKPOINT_INTERVAL,
    window: 4,
    batchMax: 8,
    maxBatchDelayMs: 100,
  };
  const plain = planWith();
  return {
    ...plain,
    cluster: clusterWith({ audit: "full" }, parameters),
    workload: workloadWith({
      ratePerSecond: 10,
      clients: 2,
      keys: 2,
      mix: { read: 0.5, write: 0.5 },
    }),
    phases: { warmupMs: 50, faultsMs: 950, quietMs: 1_000 },
    expect: { ...plain.expect, minOperations: 5 },
    recoveryBound: { totalMs: BOUND_MS, parts: { all: BOUND_MS } },
  };
}
