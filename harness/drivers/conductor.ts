/**
 * Plays a plan in real time: asks the executor what is due, has the world do it, and writes the
 * ledger around every act. The same for every driver of real clusters.
 */
import type { HarnessState } from "../observations/observations.ts";
import type { Executor, ExecutorCommand, ExecutorInput } from "../plan/executor.ts";
import type { Plan, PlanEntry } from "../plan/plan.ts";
import type { Attestation } from "./attestation.ts";
import { monotonicMs, sleep, withDeadline } from "./clock.ts";
import { OVERTIME_MS, type Progress, type RunContext } from "./driver.ts";
import type { RunLog } from "./run-log.ts";
import type { Act, ResolvedEntry, World } from "./world.ts";

export interface Conduct {
  readonly plan: Plan;
  readonly executor: Executor;
  readonly world: World;
  readonly log: RunLog;
  readonly context: Pick<RunContext, "onAbort" | "onProgress">;
}

const PROGRESS_EVERY_MS = 250;
const PROOF_DEADLINE_MS = 30_000;

export async function conduct(options: Conduct): Promise<HarnessState> {
  return new Conductor(options).play();
}

class Conductor {
  readonly #plan: Plan;
  readonly #executor: Executor;
  readonly #world: World;
  readonly #log: RunLog;
  readonly #context: Conduct["context"];
  readonly #inputs: ExecutorInput[] = [{ kind: "started" }];
  readonly #active = new Map<string, ResolvedEntry>();
  readonly #acts = new Set<Promise<void>>();
  readonly #startedMs = monotonicMs();
  #wake = new AbortController();
  readonly #watching = new AbortController();
  #finished = false;
  #stopping = false;
  #state: HarnessState = { state: "ok" };

  constructor({ plan, executor, world, log, context }: Conduct) {
    this.#plan = plan;
    this.#executor = executor;
    this.#world = world;
    this.#log = log;
    this.#context = context;
  }

  async play(): Promise<HarnessState> {
    this.#context.onAbort((level, why) => this.#abort(level, why));
    this.#world.failure.catch((error: unknown) => this.#fail(error));
    const progress = this.#reportProgress();
    while (!this.#finished) {
      const nowMs = monotonicMs() - this.#startedMs;
      if (nowMs > totalMs(this.#plan) + OVERTIME_MS) {
        this.#fail(new Error(`the run was not over ${OVERTIME_MS} ms after its planned end`));
        break;
      }
      const input = this.#inputs.shift() ?? { kind: "tick" };
      for (const command of this.#executor.step(input, nowMs))
        this.#record(() => this.#obey(command));
      if (!this.#finished && this.#inputs.length === 0) await this.#rest(nowMs);
    }
    this.#watching.abort();
    await this.#settle();
    await progress;
    return this.#state;
  }

  /** Until the executor wants to be called, or an input arrives. */
  async #rest(nowMs: number): Promise<void> {
    const nextMs = this.#executor.nextWakeMs();
    await sleep(Math.min(Math.max(0, (nextMs ?? Infinity) - nowMs), 1_000), this.#wake.signal);
    if (this.#wake.signal.aborted) this.#wake = new AbortController();
  }

  #feed(input: ExecutorInput): void {
    this.#inputs.push(input);
    this.#wake.abort();
  }

  #obey(command: ExecutorCommand): void {
    switch (command.kind) {
      case "phase":
        this.#log.ledger({ kind: "phase", phase: command.phase });
        return;
      case "load":
        this.#world.load(command.on);
        this.#log.ledger({ kind: "load", on: command.on });
        return;
      case "inject":
        return this.#act("inject", command.entry);
      case "heal":
        return this.#act("heal", command.entry);
      case "watch":
        return this.#watch();
      case "verify":
        return this.#verify();
      case "finish":
        this.#finished = true;
        this.#log.ledger({ kind: "phase", phase: "end" });
        return;
      default:
        return command satisfies never;
    }
  }

  #act(command: "inject" | "heal", entry: PlanEntry): void {
    const act = command === "inject" ? this.#inject(entry) : this.#heal(entry);
    const work = act
      // Whatever went wrong, the executor must hear of the end, or nothing would be healed.
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#acts.delete(work);
        this.#feed({ kind: "settled", command, entry: entry.id });
      });
    this.#acts.add(work);
  }

  async #inject(entry: PlanEntry): Promise<void> {
    const resolved = await this.#world.resolve(entry);
    const { targets, effects } = resolved;
    const { id, name, fault } = entry;
    this.#log.ledger({ kind: "intent", entry: id, name, fault, targets, effects });
    if (resolved.absent !== null) {
      this.#log.ledger({ kind: "installed", entry: id, ...resolved.absent });
      return;
    }
    this.#active.set(id, resolved);
    const act = await this.#world.inject(resolved);
    this.#prove("installed", entry, act);
  }

  async #heal(entry: PlanEntry): Promise<void> {
    const resolved = this.#active.get(entry.id);
    if (!resolved) return;
    // A ledger that cannot be written ends the run; it never keeps a fault in place.
    this.#record(() => this.#log.ledger({ kind: "healing", entry: entry.id }));
    this.#active.delete(entry.id);
    const act = await this.#world.heal(resolved);
    this.#prove("healed", entry, act);
  }

  /** The line carries the time of the act: the proof comes later and says what it measured. */
  #prove(kind: "installed" | "healed", of: PlanEntry, { doneNs, proof }: Act): void {
    const entry = of.id;
    const deadlineMs = of.durationMs + PROOF_DEADLINE_MS;
    const deadline = { what: `the proof that ${entry} is ${kind}`, deadlineMs };
    const work = withDeadline(proof, deadline)
      .catch(
        (error: unknown): Attestation => ({ outcome: "indeterminate", evidence: [String(error)] }),
      )
      .then(({ outcome, evidence }) => this.#log.ledger({ kind, entry, outcome, evidence }, doneNs))
      .catch((error: unknown) => this.#fail(error))
      .finally(() => this.#acts.delete(work));
    this.#acts.add(work);
  }

  #watch(): void {
    this.#world
      .converged(this.#watching.signal)
      .then(({ lastExec, digests }) => {
        this.#log.ledger({ kind: "converged", lastExec, digests });
        this.#feed({ kind: "converged" });
      })
      .catch((error: unknown) => {
        if (!this.#watching.signal.aborted) this.#fail(error);
      });
  }

  #verify(): void {
    this.#watching.abort();
    const work = this.#world
      .verify()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#acts.delete(work);
        this.#feed({ kind: "verified" });
      });
    this.#acts.add(work);
  }

  /** Acts and proofs that are still under way; each has a deadline of its own. */
  async #settle(): Promise<void> {
    while (this.#acts.size > 0) await Promise.all(this.#acts);
  }

  #abort(level: 1 | 2, why: string): void {
    if (this.#finished) return;
    this.#stopping = true;
    if (this.#state.state === "ok") this.#state = { state: "aborted", why };
    this.#record(() => this.#log.ledger({ kind: "abort", why: `${why}, level ${level}` }));
    this.#feed({ kind: "abort", level });
  }

  /** Only the first failure is told: those after it are its consequences. */
  #fail(error: unknown): void {
    if (this.#state.state === "failed") return;
    const why = error instanceof Error ? error.message : String(error);
    this.#state = { state: "failed", why };
    this.#stopping = true;
    this.#record(() => this.#log.ledger({ kind: "abort", why }));
    this.#feed({ kind: "abort", level: 1 });
  }

  /** A full disk is one of the failures: then the ledger cannot be told, and `run.json` tells. */
  #record(write: () => void): void {
    try {
      write();
    } catch (error) {
      if (this.#state.state !== "failed") this.#fail(error);
    }
  }

  async #reportProgress(): Promise<void> {
    while (!this.#finished) {
      this.#context.onProgress({
        phase: this.#phase(),
        remainingMs: this.#remainingMs(),
        activeFaults: [...this.#active.values()].map(({ entry }) => entry.name),
        ...this.#world.progress(),
      });
      await sleep(PROGRESS_EVERY_MS);
    }
  }

  #phase(): Progress["phase"] {
    if (this.#stopping) return "stopping";
    const { phase } = this.#executor;
    return phase === "finished" ? "verifying" : phase;
  }

  #remainingMs(): number {
    return Math.max(0, totalMs(this.#plan) - (monotonicMs() - this.#startedMs));
  }
}

function totalMs({ phases }: Plan): number {
  return phases.warmupMs + phases.faultsMs + phases.quietMs;
}
