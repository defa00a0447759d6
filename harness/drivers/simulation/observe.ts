import { COMPLETE } from "../../observations/completeness.ts";
import type { Observations } from "../../observations/observations.ts";
import type { Plan } from "../../plan/plan.ts";
import { type Played, recoveryBoundMs } from "./play.ts";
import type { Schedule } from "./schedule.ts";

export interface ObservedAs {
  readonly protocol: string;
  readonly service: string;
  /** The command that plays the schedule again. */
  readonly rerun: string;
}

/** What was played, in the words of the run store: the checkers cannot tell it from a real run. */
export function observationsOf(played: Played, names: ObservedAs): Observations {
  const { schedule, history, ledger, audits, samples, shed } = played;
  return {
    run: {
      id: `seed-${schedule.seed}`,
      scenario: "explore",
      seed: schedule.seed,
      driver: "simulation",
      startedAt: new Date(0).toISOString(),
      zero: "0",
      rerun: names.rerun,
      host: {},
      versions: {},
      harness: { state: "ok" },
      residue: [],
    },
    plan: planOf(schedule, names),
    history,
    ledger,
    audits,
    metrics: [],
    samples,
    workload: { shed },
    completeness: COMPLETE,
  };
}

/** The faults of a schedule are in the ledger only: the plan's entries know no ambush. */
function planOf(schedule: Schedule, { protocol, service }: ObservedAs): Plan {
  const { cluster, chaosMs, durability, seed, workload } = schedule;
  const { clusterId: _, ...parameters } = cluster;
  const totalMs = recoveryBoundMs(schedule);
  return {
    version: 1,
    scenario: "explore",
    labels: {},
    seed,
    cluster: {
      protocol,
      service: { name: service, argumentBytes: 0, resultBytes: 0 },
      durability,
      links: "proxied",
      audit: "full",
      mutant: null,
      parameters,
    },
    workload,
    phases: { warmupMs: 0, faultsMs: chaosMs, quietMs: totalMs },
    entries: [],
    expect: {
      verdict: "PASS",
      check: null,
      recoverWithinMs: null,
      minOperations: 0,
      // Random trouble takes what it takes: here liveness is judged by the player itself.
      shedMax: 1,
      viewChanges: { min: 0, max: null },
    },
    recoveryBound: { totalMs, parts: { "after the heal": totalMs } },
    caveats: [],
  };
}
