/**
 * Plays a plan in a world: asks the executor what is due, has the world begin it, and writes the
 * ledger around every act. A step machine like the executor: the world tells it the time, what has
 * settled, and calls `tick` when it is due.
 */
import type { Endpoint } from "../../faults/fault.ts";
import { safetyFaults } from "../plan/budget.ts";
import type { Executor, ExecutorCommand, ExecutorInput } from "../plan/executor.ts";
import type { Plan } from "../plan/plan.ts";
import { budgetCluster } from "../plan/planned-budget.ts";
import type { Attestation } from "./attestation.ts";
import { OVERTIME_MS, type Progress } from "./driver.ts";
import { guardedBy } from "./guarding.ts";
import type { RunLog } from "./run-log.ts";
import type { Absence, Convergence, ResolvedEntry, World } from "./world.ts";

export interface ConductorParts {
  readonly plan: Plan;
  readonly executor: Executor;
  readonly world: World;
  readonly log: RunLog;
  /** Since the plan began. */
  readonly now: () => number;
  /** Does one piece of work; a world that goes on after a failure catches it here. */
  readonly guard: (work: () => void) => void;
}

/** What was shown of an act, and when the act itself was done. */
export interface Proven {
  readonly kind: "installed" | "healed";
  readonly entry: string;
  readonly attestation: Attestation;
  /** In the clock of the log. */
  readonly doneNs: bigint;
}

export class Conductor {
  readonly #parts: ConductorParts;
  readonly #inputs: ExecutorInput[] = [];
  readonly #active = new Map<string, ResolvedEntry>();
  /** B only grows. */
  readonly #unsafe = new Set<Endpoint>();
  #isStepping = false;
  #isFinished = false;
  #isStopping = false;
  #isVerifying = false;

  constructor(parts: ConductorParts) {
    this.#parts = parts;
  }

  /** The plan is over; proofs may still be awaited. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** Convergence is awaited: later it tells nothing. */
  get isWatching(): boolean {
    return this.#parts.executor.phase === "quiet" && !this.#isVerifying;
  }

  /** When to tick next, since the plan began; null = only after something has happened. */
  get nextWakeMs(): number | null {
    return this.#parts.executor.nextWakeMs();
  }

  /** Why it cannot go on, if it was to be over long ago. */
  get overtime(): string | null {
    if (this.#parts.now() <= totalMs(this.#parts.plan) + OVERTIME_MS) return null;
    return `the run was not over ${OVERTIME_MS} ms after its planned end`;
  }

  /** The cluster is up and verified. */
  begin(): void {
    this.#feed({ kind: "started" });
  }

  tick(): void {
    this.#feed({ kind: "tick" });
  }

  /** @returns whether there is anything to inject */
  intend(resolved: ResolvedEntry): boolean {
    const { log } = this.#parts;
    const { entry, targets, effects } = resolved;
    const { id, name, fault } = entry;
    log.ledger({ kind: "intent", entry: id, name, fault, targets, effects });
    const absent = resolved.absent ?? this.#refused(resolved);
    if (absent !== null) {
      log.ledger({ kind: "installed", entry: id, ...absent });
      return false;
    }
    const cluster = budgetCluster(this.#parts.plan.cluster);
    for (const replica of safetyFaults(effects, cluster)) this.#unsafe.add(replica);
    this.#active.set(id, resolved);
    return true;
  }

  /** At the moment of the act: of two at once the second is asked with the first in place. */
  #refused(resolved: ResolvedEntry): Absence | null {
    const { plan, world } = this.#parts;
    const active = [...this.#active.values()].flatMap(({ effects }) => effects);
    const scene = { plan, active, unsafe: this.#unsafe, standings: () => world.standings() };
    return guardedBy(resolved, scene);
  }

  /** Whatever came of it: else the executor would wait for ever, and heal nothing. */
  settled(command: "inject" | "heal", entry: string): void {
    this.#feed({ kind: "settled", command, entry });
  }

  /** The line carries the time of the act: the proof comes later and says what it measured. */
  proven({ kind, entry, attestation, doneNs }: Proven): void {
    const { outcome, evidence } = attestation;
    this.#parts.log.ledger({ kind, entry, outcome, evidence }, doneNs);
  }

  converged({ lastExec, digests }: Convergence): void {
    this.#parts.log.ledger({ kind: "converged", lastExec, digests });
    this.#feed({ kind: "converged" });
  }

  /** @param complete false: the final reads were given up */
  verified(complete: boolean): void {
    const given = "given up: a read was not answered in time";
    if (!complete) this.#parts.guard(() => this.#parts.log.note("final reads", given));
    this.#feed({ kind: "verified" });
  }

  abort(level: 1 | 2, why: string): void {
    this.#isStopping = true;
    this.#parts.guard(() => this.#parts.log.ledger({ kind: "abort", why }));
    this.#feed({ kind: "abort", level });
  }

  progress(): Pick<Progress, "phase" | "remainingMs" | "activeFaults"> {
    const { plan, now } = this.#parts;
    return {
      phase: this.#phase(),
      remainingMs: Math.max(0, totalMs(plan) - now()),
      activeFaults: [...this.#active.values()].map(({ entry }) => entry.name),
    };
  }

  #phase(): Progress["phase"] {
    if (this.#isStopping) return "stopping";
    const { phase } = this.#parts.executor;
    return phase === "finished" || this.#isVerifying ? "verifying" : phase;
  }

  /** Also from within a step: what settles at once is taken after it. */
  #feed(input: ExecutorInput): void {
    this.#inputs.push(input);
    if (this.#isStepping) return;
    this.#isStepping = true;
    const { executor, guard, now, world } = this.#parts;
    try {
      for (let next = this.#inputs.shift(); next; next = this.#inputs.shift()) {
        for (const command of executor.step(next, now())) guard(() => this.#obey(command));
      }
    } finally {
      this.#isStepping = false;
    }
    world.stepped();
  }

  #obey(command: ExecutorCommand): void {
    const { world, log } = this.#parts;
    switch (command.kind) {
      case "phase":
        return log.ledger({ kind: "phase", phase: command.phase });
      case "load":
        world.load(command.on);
        return log.ledger({ kind: "load", on: command.on });
      case "inject":
        return world.inject(command.entry);
      case "heal":
        return this.#heal(command.entry.id);
      case "watch":
        return world.watch();
      case "verify":
        this.#isVerifying = true;
        return world.verify();
      case "finish":
        this.#isFinished = true;
        return log.ledger({ kind: "phase", phase: "end" });
      default:
        return command satisfies never;
    }
  }

  #heal(entry: string): void {
    const { world, log, guard } = this.#parts;
    const resolved = this.#active.get(entry);
    if (!resolved) return this.settled("heal", entry);
    // A ledger that cannot be written ends the run; it never keeps a fault in place.
    guard(() => log.ledger({ kind: "healing", entry }));
    this.#active.delete(entry);
    return world.heal(resolved);
  }
}

function totalMs({ phases }: Plan): number {
  return phases.warmupMs + phases.faultsMs + phases.quietMs;
}
