/**
 * A run that could have been: four or seven replicas, one minute, 200 operations a second, a killed
 * primary, a slow backup, a cut primary and a lying backup. Tests of the reports are made from it,
 * so that they need neither a cluster nor a clock. The same options give the same run.
 */

import type { AuditRecord } from "../../nodes/protocols/contract/audit.ts";
import type { FaultResult, Judgement } from "../checkers/verdict/judgement.ts";
import { percentile } from "../checkers/verdict/percentile.ts";
import { COMPLETE } from "../observations/completeness.ts";
import type { HistoryEvent, LedgerEntry, StatusSample } from "../observations/observations.ts";
import type { BudgetStep } from "../plan/budget.ts";
import { keyName } from "../plan/keys.ts";
import type { Plan } from "../plan/plan.ts";
import { toleranceOf } from "../plan/tolerance.ts";
import { exampleChecks } from "./example-checks.fixture.ts";
import {
  type ExampleFault,
  type ExampleOptions,
  examplePlan,
  FAULTS,
  ns,
  windowOf,
} from "./example-plan.fixture.ts";
import type { JudgedRun } from "./report.ts";
import { timeSeries } from "./time-series.ts";

export function exampleRun(options: ExampleOptions = {}): JudgedRun {
  const durationMs = options.durationMs ?? 60_000;
  const plan = examplePlan(options, durationMs);
  const { history, shed } = exampleHistory(plan, durationMs);
  const observations = {
    run: {
      id: "7f3a91c2",
      scenario: plan.scenario,
      seed: plan.seed,
      driver: "local",
      startedAt: "2026-11-21T02:14:07.000Z",
      zero: "81234567890123",
      rerun: `npx bft-chaos run scenarios/smoke/${plan.scenario}.yaml --seed ${plan.seed}`,
      host: {
        system: "linux 6.1",
        cpus: 2,
        cpu: "example CPU",
        memoryMegabytes: 8192,
        loadAverage: 0.8,
      },
      versions: { "bft-chaos": "0.1.0", node: "24.21.0", "toxiproxy-server": "2.12.0" },
      harness: { state: "ok" },
      residue: [],
    },
    plan,
    history,
    ledger: exampleLedger(plan, durationMs),
    audits: exampleAudits(plan, durationMs),
    samples: exampleSamples(plan, durationMs),
    metrics: [],
    workload: { shed },
    completeness: COMPLETE,
  } satisfies JudgedRun["observations"];
  return { observations, judgement: exampleJudgement(plan, history, durationMs, options) };
}

/** A small generator of its own, so that the example never changes with a library. */
function* fractions(seed: number): Generator<number, never> {
  let state = seed >>> 0;
  while (true) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** When it would end, and whether it was answered at all. */
function fate(atMs: number, draw: () => number, durationMs: number) {
  let latencyMs = 2.2 + 1.4 * draw() + (draw() < 0.03 ? 6 * draw() : 0);
  let answered = true;
  for (const fault of FAULTS) {
    const { fromMs, toMs } = windowOf(fault, durationMs);
    if (atMs >= fromMs && atMs < fromMs + fault.outageMs) {
      latencyMs = fromMs + fault.outageMs - atMs + 5 + 40 * draw();
      if (draw() < 0.04) answered = false;
    } else if (atMs >= fromMs && atMs < toMs) {
      latencyMs += fault.slowMs * (0.5 + draw());
    }
  }
  return answered
    ? { endMs: atMs + latencyMs, type: "ok" as const }
    : { endMs: atMs + 4000, type: "info" as const };
}

function exampleHistory(plan: Plan, durationMs: number) {
  const source = fractions(plan.seed);
  const draw = (): number => source.next().value;
  const events: Omit<HistoryEvent, "index">[] = [];
  const loadMs = plan.phases.warmupMs + plan.phases.faultsMs;
  const everyMs = 1000 / plan.workload.ratePerSecond;
  let process = 0;
  for (let atMs = 0; atMs < loadMs; atMs += everyMs) {
    process += 1;
    const key = keyName(Math.floor(draw() * plan.workload.keys));
    const isRead = draw() < 0.4;
    const { endMs, type } = fate(atMs, draw, durationMs);
    const shared = { process, f: isRead ? "read" : "write", key } as const;
    const value = isRead ? null : `v${process}`;
    events.push({
      ...shared,
      type: "invoke",
      time: ns(atMs),
      value,
      intended: ns(atMs),
      client: 65_537,
      t: process,
    });
    if (endMs < durationMs)
      events.push({ ...shared, type, time: ns(endMs), value, client: 65_537, t: process });
  }
  events.sort((a, b) => a.time - b.time);
  return { history: events.map((event, index) => ({ ...event, index })), shed: 12 };
}

function exampleLedger(plan: Plan, durationMs: number): readonly LedgerEntry[] {
  const faults = FAULTS.flatMap((fault): LedgerEntry[] => {
    const { fromMs, toMs } = windowOf(fault, durationMs);
    const { name: entry, evidence } = fault;
    const effects = fault.effects(plan.cluster.parameters.replicas);
    return [
      {
        kind: "intent",
        time: ns(fromMs),
        entry,
        name: entry,
        fault: fault.fault,
        targets: {},
        effects,
      },
      {
        kind: "installed",
        time: ns(fromMs + 20),
        entry,
        outcome: "installed",
        evidence: evidence.slice(0, 1),
      },
      { kind: "healing", time: ns(toMs), entry },
      {
        kind: "healed",
        time: ns(toMs + 210),
        entry,
        outcome: "installed",
        evidence: evidence.slice(1),
      },
    ];
  });
  const { warmupMs, faultsMs } = plan.phases;
  const ledger: LedgerEntry[] = [
    { kind: "phase", time: 0, phase: "warmup" },
    { kind: "load", time: 0, on: true },
    { kind: "load", time: ns(warmupMs + faultsMs), on: false },
    { kind: "phase", time: ns(warmupMs), phase: "faults" },
    { kind: "phase", time: ns(warmupMs + faultsMs), phase: "quiet" },
    ...faults,
    { kind: "phase", time: ns(durationMs), phase: "end" },
  ];
  return ledger.sort((a, b) => a.time - b.time);
}

/**
 * The view changes that the two outages force: the killed primary of view 0, the cut one of view 1.
 */
function viewEntries(durationMs: number): readonly { atMs: number; view: number }[] {
  return FAULTS.filter(({ outageMs }) => outageMs > 0).map((fault, index) => ({
    atMs: windowOf(fault, durationMs).fromMs + fault.outageMs - 60,
    view: index + 1,
  }));
}

function exampleAudits(
  plan: Plan,
  durationMs: number,
): ReadonlyMap<number, readonly AuditRecord[]> {
  const { replicas } = plan.cluster.parameters;
  return new Map(
    Array.from({ length: replicas }, (_, replica) => [
      replica,
      viewEntries(durationMs).map(
        ({ atMs, view }): AuditRecord => ({
          e: "newview",
          v: view,
          from: [1, 2, 3],
          base: 64,
          selected: [],
          time: ns(atMs + replica),
          replica,
          boot: 1,
        }),
      ),
    ]),
  );
}

function exampleSamples(plan: Plan, durationMs: number): readonly StatusSample[] {
  const { replicas, timers } = plan.cluster.parameters;
  const samples: StatusSample[] = [];
  for (let atMs = 0; atMs < durationMs; atMs += timers.statusMs) {
    for (let replica = 0; replica < replicas; replica += 1) {
      samples.push(sampleOf(replica, atMs, durationMs));
    }
  }
  return samples;
}

function sampleOf(replica: number, atMs: number, durationMs: number): StatusSample {
  const during = FAULTS.filter((fault) => {
    const { fromMs, toMs } = windowOf(fault, durationMs);
    return fromMs <= atMs && atMs < toMs;
  });
  const time = ns(atMs + replica);
  if (during.some(({ down }) => down === `r${replica}`)) return { time, replica, up: false };
  const entered = viewEntries(durationMs).filter((entry) => entry.atMs <= atMs);
  const isCut = replica === 1 && during.some(({ name }) => name === "cut-primary");
  const inOutage = during.some(
    (fault) => atMs < windowOf(fault, durationMs).fromMs + fault.outageMs,
  );
  const lag = isCut
    ? Math.max(0, atMs - windowOf(FAULTS[2] as ExampleFault, durationMs).fromMs) / 10
    : 0;
  return {
    time,
    replica,
    up: true,
    status: {
      view: isCut ? 1 : (entered.at(-1)?.view ?? 0),
      active: !inOutage || atMs % 1500 < 900,
      lastExec: Math.floor(Math.min(atMs, durationMs * 0.85) / 10 - lag),
      stable: 0,
      rejected: {},
      counters: {},
    },
  };
}

function exampleJudgement(
  plan: Plan,
  history: readonly HistoryEvent[],
  durationMs: number,
  options: ExampleOptions,
): Judgement {
  const { latencies } = timeSeries(history, {
    endMs: durationMs,
    warmupMs: plan.phases.warmupMs,
  });
  const of = (type: HistoryEvent["type"]): number =>
    history.filter((event) => event.type === type).length;
  const loadSeconds = (plan.phases.warmupMs + plan.phases.faultsMs) / 1000;
  const at = (fraction: number): number => percentile(latencies, fraction) ?? 0;
  return {
    verdict: "PASS",
    text: "In contract (B=1, C=1, f=1): all promised properties held.",
    asExpected: true,
    deviation: null,
    checks: exampleChecks,
    budget: {
      steps: exampleBudget(durationMs),
      tolerates: toleranceOf(plan.cluster),
      upperBound: false,
    },
    faults: FAULTS.map((fault): FaultResult => {
      const { fromMs, toMs } = windowOf(fault, durationMs);
      const { name, evidence } = fault;
      return {
        entry: name,
        name,
        fault: fault.fault,
        outcome: "installed",
        planned: { atMs: fromMs, forMs: toMs - fromMs },
        when: null,
        installedAtMs: fromMs + 20,
        healedAtMs: toMs + 210,
        deviation: null,
        outageMs: fault.outageMs,
        evidence,
      };
    }),
    operations: {
      issued: of("ok") + of("info"),
      ok: of("ok"),
      failed: 0,
      unknown: of("info"),
      shed: 12,
    },
    latencyMs: { p50: at(0.5), p95: at(0.95), p99: at(0.99), p999: at(0.999), max: at(1) },
    throughput: { offered: plan.workload.ratePerSecond, achieved: of("ok") / loadSeconds },
    views: { changes: 2, last: 2 },
    outageMs: 2141,
    recoveryMs: 214,
    hangover: { outcome: "regained", ms: 500 },
    redundancyLostMs: 31_200,
    ...options.judgement,
  };
}

function exampleBudget(durationMs: number): readonly BudgetStep[] {
  const within = { safety: [], unavailable: 0, safetyOwed: true, livenessOwed: true };
  const steps = FAULTS.filter(({ fault }) => fault !== "delay").flatMap((fault): BudgetStep[] => {
    const { fromMs, toMs } = windowOf(fault, durationMs);
    const lies = fault.fault === "byzantine";
    return [
      { ...within, fromMs, safety: lies ? ["r3"] : [], unavailable: lies ? 0 : 1 },
      { ...within, fromMs: toMs + 210 },
    ];
  });
  return [{ ...within, fromMs: 0 }, ...steps];
}
