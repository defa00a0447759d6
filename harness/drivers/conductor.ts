/**
 * Plays a plan in a world: asks the executor what is due, has the world begin it, and writes the
 * ledger around every act. A step machine like the executor: the world tells it the time, what has
 * settled, and calls `tick` when it is due.
 */
import type { Endpoint } from "../../faults/fault.ts";
import { safetyFaults } from "../plan/budget.ts";
import type {
  Cause,
  Executor,
  ExecutorCommand,
  ExecutorInput,
  WorldEvent,
} from "../plan/executor.ts";
import type { Plan, PlanEntry } from "../plan/plan.ts";
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
  /** What has set entries off. */
  readonly #causes = new Map<string, Cause>();
  /** B only grows. */
  readonly #unsafe = new Set<Endpoint>();
  #isStepping = false;
  #isFinished = false;
  #isStopping = false;
  #isVerifying = false;
  #isWatching = false;

  constructor(parts: ConductorParts) {
    this.#parts = parts;
  }

  /** The plan is over; proofs may still be awaited. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** Convergence is awaited: later it tells nothing. */
  get isWatching(): boolean {
    return this.#isWatching;
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
    this.#parts.log.onAlarm(({ by, what, about = null }, atNs) => {
      const nowhere = { role: null, slot: null, view: null };
      this.happened({
        name: "alarm",
        by: about,
        what: `${by}: ${what}`,
        ...nowhere,
        ageMs: 0,
        atNs,
      });
    });
    this.#feed({ kind: "started" });
  }

  tick(): void {
    this.#feed({ kind: "tick" });
  }

  /** Whether anything waits for such an event. */
  awaits(event: string): boolean {
    return this.#parts.executor.awaits(event);
  }

  /** Something happened that an entry may wait for. */
  happened(event: WorldEvent): void {
    if (this.awaits(event.name)) this.#feed({ kind: "event", event });
  }

  /** @returns whether there is anything to inject */
  intend(resolved: ResolvedEntry): boolean {
    const { log } = this.#parts;
    const { entry, targets, effects } = resolved;
    const { id } = entry;
    this.#writeIntent(entry, { targets, effects });
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

  #writeIntent(
    { id: entry, name, fault }: PlanEntry,
    whom: Pick<ResolvedEntry, "targets" | "effects">,
  ): void {
    const cause = this.#causes.get(entry);
    const setOffBy = cause === undefined ? {} : { setOffBy: causeText(cause) };
    this.#parts.log.ledger({ kind: "intent", entry, name, fault, ...whom, ...setOffBy });
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
    const absent = command === "inject" && !this.#active.has(entry);
    this.#feed({ kind: "settled", command, entry, absent });
  }

  /** The line carries the time of the act: the proof comes later and says what it measured. */
  proven({ kind, entry, attestation, doneNs }: Proven): void {
    const { outcome } = attestation;
    const cause = kind === "installed" ? this.#causes.get(entry) : undefined;
    const reaction = cause === undefined ? [] : [reactionText(cause, doneNs)];
    const evidence = [...attestation.evidence, ...reaction];
    this.#parts.log.ledger({ kind, entry, outcome, evidence }, doneNs);
  }

  converged({ lastExec, digests, viewsLeft }: Convergence): void {
    if (!this.#isWatching) return;
    this.#isWatching = false;
    const rest = viewsLeft === undefined ? {} : { viewsLeft };
    this.#parts.log.ledger({ kind: "converged", lastExec, digests, ...rest });
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
        this.#isWatching = false;
        world.load(command.on);
        return log.ledger({ kind: "load", on: command.on });
      case "inject":
        if (command.cause !== null) this.#causes.set(command.entry.id, command.cause);
        return world.inject(command.entry, command.cause);
      case "skip":
        return this.#skip(command.entry, command.why);
      case "heal":
        return this.#heal(command.entry.id);
      case "watch":
        this.#isWatching = true;
        return world.watch(command);
      case "verify":
        this.#isWatching = false;
        this.#isVerifying = true;
        return world.verify();
      case "finish":
        this.#isWatching = false;
        this.#isFinished = true;
        return log.ledger({ kind: "phase", phase: "end" });
      default:
        return command satisfies never;
    }
  }

  /** What was never set off is on record like what had nobody to strike. */
  #skip(entry: PlanEntry, why: string): void {
    this.#writeIntent(entry, { targets: {}, effects: [] });
    const absent = { outcome: "skipped", evidence: [why] } as const;
    this.#parts.log.ledger({ kind: "installed", entry: entry.id, ...absent });
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

/** At most. */
function totalMs({ phases, ending, entries }: Plan): number {
  const goesOn = ending !== undefined || entries.some(({ outlasts }) => outlasts === true);
  // What comes after the reads may take as long as the convergence before them, each time.
  const endingMs = goesOn ? 2 * phases.quietMs + (ending?.steadyMs ?? 0) : 0;
  return phases.warmupMs + phases.faultsMs + phases.quietMs + endingMs;
}

function causeText({ what, delayMs }: Cause): string {
  return delayMs === 0 ? what : `${what}; ${delayMs} ms later`;
}

/** How soon it was done: what is asked for on real processes takes its time. */
function reactionText(cause: Cause, doneNs: bigint): string {
  const { what, delayMs, heardMs, atNs } = cause;
  if (atNs === null) return `set off: ${causeText(cause)}`;
  const tookMs = Number(doneNs - atNs) / 1e6;
  const asked = delayMs === 0 ? "" : `, ${delayMs} ms of delay asked for`;
  const heard = `heard ${heardMs.toFixed(1)} ms after it`;
  return `set off: ${what}; ${heard}, done ${tookMs.toFixed(1)} ms after it${asked}`;
}
