/** The plan of the example run, and what its faults do to it. */
import type { FaultEffect } from "../../faults/fault.ts";
import type { Judgement } from "../checkers/verdict/judgement.ts";
import { clusterWith, planWith, workloadWith } from "../plan/plan.fixture.ts";
import type { Plan, PlanEntry } from "../plan/plan.ts";

/** Run times are integer nanoseconds. */
export const ns = (ms: number): number => Math.round(ms * 1e6);

export interface ExampleOptions {
  readonly scenario?: string;
  readonly faultsMax?: 1 | 2;
  readonly durationMs?: number;
  readonly ratePerSecond?: number;
  readonly mutant?: string;
  readonly judgement?: Partial<Judgement>;
}

export interface ExampleFault {
  readonly name: string;
  readonly fault: string;
  /** Fractions of the run. */
  readonly at: number;
  readonly for: number;
  /** How long nothing is served after its start. */
  readonly outageMs: number;
  readonly slowMs: number;
  readonly effects: (replicas: number) => readonly FaultEffect[];
  readonly evidence: readonly string[];
  readonly down: string | null;
}

export const FAULTS: readonly ExampleFault[] = [
  {
    name: "kill-primary",
    fault: "crash",
    at: 0.12,
    for: 0.1,
    outageMs: 1500,
    slowMs: 0,
    effects: () => [{ on: "process", replica: "r0", condition: { kind: "down" } }],
    evidence: [
      "r0: process 4121 gone from /proc 3 ms after SIGKILL",
      "r0: up again as process 4188, 212 ms after heal",
    ],
    down: "r0",
  },
  {
    name: "slow-backup",
    fault: "delay",
    at: 0.3,
    for: 0.14,
    outageMs: 0,
    slowMs: 4,
    effects: () => [
      {
        on: "network",
        from: "r1",
        to: "r3",
        condition: { kind: "delay", latencyMs: 40, jitterMs: 0 },
      },
    ],
    evidence: [
      "r1->r3: one-way time 0.3 ms before, 40.6 ms during (40 ms asked)",
      "r1->r3: 0.4 ms after heal",
    ],
    down: null,
  },
  {
    name: "cut-primary",
    fault: "partition",
    at: 0.5,
    for: 0.1,
    outageMs: 2100,
    slowMs: 0,
    effects: (replicas) =>
      Array.from({ length: replicas }, (_, other) => other)
        .filter((other) => other !== 1)
        .map((other) => ({
          on: "network",
          from: "r1",
          to: `r${other}`,
          condition: { kind: "drop" },
        })),
    evidence: [
      "r1->r0: sent 41 beats, received 0 in 3 periods",
      "r1->r2: sent 41 beats, received 0 in 3 periods",
    ],
    down: null,
  },
  {
    name: "lying-backup",
    fault: "byzantine",
    at: 0.66,
    for: 0.12,
    outageMs: 0,
    slowMs: 1,
    effects: () => [{ on: "behaviour", replica: "r3", behaviour: "wrong-reply", parameters: {} }],
    evidence: ["r3: 1 402 replies rewritten by wrong-reply"],
    down: null,
  },
];

export function windowOf(fault: ExampleFault, durationMs: number) {
  const fromMs = Math.round(fault.at * durationMs);
  return { fromMs, toMs: fromMs + Math.round(fault.for * durationMs) };
}

export function examplePlan(options: ExampleOptions, durationMs: number): Plan {
  const faultsMax = options.faultsMax ?? 1;
  const entries = FAULTS.map((fault): PlanEntry => {
    const { fromMs, toMs } = windowOf(fault, durationMs);
    const { name } = fault;
    return {
      id: name,
      name,
      fault: fault.fault,
      atMs: fromMs - 1000,
      durationMs: toMs - fromMs,
      resolved: {},
    };
  });
  const parameters = {
    replicas: 3 * faultsMax + 1,
    faultsMax,
    timers: { requestMs: 1000, statusMs: 150, clientMs: 300, clientCapMs: 2000 },
    checkpointInterval: 64,
    window: 128,
    pipeline: 8,
  };
  const plain = planWith();
  return {
    ...plain,
    scenario: options.scenario ?? "bad-minute",
    labels: { suite: "example" },
    seed: 42,
    cluster: clusterWith({ audit: "full", mutant: options.mutant ?? null }, parameters),
    workload: workloadWith({ ratePerSecond: options.ratePerSecond ?? 200, clients: 16, seed: 7 }),
    phases: { warmupMs: 1000, faultsMs: durationMs * 0.85 - 1000, quietMs: durationMs * 0.15 },
    entries,
    expect: {
      ...plain.expect,
      recoverWithinMs: 5000,
      minOperations: 500,
      viewChanges: { min: 1, max: null },
    },
    recoveryBound: {
      totalMs: 7400,
      parts: { request: 1000, "view change": 2000, client: 2000, rest: 2400 },
    },
    caveats: ["jitter on slow-backup is drawn by Toxiproxy"],
  };
}
