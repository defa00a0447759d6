/** Plays a plan in real time, the same for every driver of real clusters. */
import type { HarnessState } from "../../observations/observations.ts";
import type { Cause, Executor } from "../../plan/executor.ts";
import type { Plan, PlanEntry } from "../../plan/plan.ts";
import type { Attestation } from "../attestation.ts";
import { monotonicMs, sleep, withDeadline } from "../clock.ts";
import { Conductor, type Proven } from "../conductor.ts";
import type { RunContext } from "../driver.ts";
import type { RunLog } from "../run-log.ts";
import type { ResolvedEntry, World } from "../world.ts";
import type { Act, RealWorld } from "./real-world.ts";

export interface Conduct {
  readonly plan: Plan;
  readonly executor: Executor;
  readonly world: RealWorld;
  readonly log: RunLog;
  readonly context: Pick<RunContext, "onAbort" | "onProgress">;
}

const PROGRESS_EVERY_MS = 250;
const PROOF_DEADLINE_MS = 30_000;
const REST_MAX_MS = 1_000;

export async function conduct(options: Conduct): Promise<HarnessState> {
  return new Conducted(options).play();
}

/** What the conductor begins, as promises that are waited for. */
class Conducted implements World {
  readonly #world: RealWorld;
  readonly #context: Conduct["context"];
  readonly #conductor: Conductor;
  readonly #acts = new Set<Promise<void>>();
  readonly #startedMs = monotonicMs();
  #watching = new AbortController();
  #wake = new AbortController();
  #isOver = false;
  #state: HarnessState = { state: "ok" };

  constructor({ plan, executor, world, log, context }: Conduct) {
    this.#world = world;
    this.#context = context;
    this.#conductor = new Conductor({
      plan,
      executor,
      world: this,
      log,
      now: () => monotonicMs() - this.#startedMs,
      guard: (work) => this.#guard(work),
    });
  }

  async play(): Promise<HarnessState> {
    this.#context.onAbort((level, why) => this.#abort(level, why));
    this.#world.onEvent((event) => this.#conductor.happened(event));
    this.#world.failure.catch((error: unknown) => this.#fail(error));
    const progress = this.#reportProgress();
    this.#conductor.begin();
    while (!this.#conductor.isFinished) {
      const { overtime } = this.#conductor;
      if (overtime !== null) {
        this.#fail(new Error(overtime));
        break;
      }
      await this.#rest();
      this.#conductor.tick();
    }
    this.#isOver = true;
    this.#watching.abort();
    await this.#settle();
    await progress;
    return this.#state;
  }

  inject(entry: PlanEntry, cause: Cause | null): void {
    this.#act("inject", entry, async () => {
      const resolved = await this.#world.resolve(entry, cause);
      if (!this.#conductor.intend(resolved)) return;
      this.#prove("installed", entry, await this.#world.inject(resolved));
    });
  }

  heal(resolved: ResolvedEntry): void {
    const { entry } = resolved;
    this.#act("heal", entry, async () => {
      this.#prove("healed", entry, await this.#world.heal(resolved));
    });
  }

  standings(): ReturnType<World["standings"]> {
    return this.#world.standings();
  }

  load(on: boolean): void {
    this.#world.load(on);
  }

  watch({ isLast }: Parameters<World["watch"]>[0]): void {
    this.#watching.abort();
    const watching = new AbortController();
    this.#watching = watching;
    this.#world
      .converged({ isLast, signal: watching.signal })
      .then((convergence) => {
        if (!watching.signal.aborted) this.#conductor.converged(convergence);
      })
      .catch((error: unknown) => {
        if (!watching.signal.aborted) this.#fail(error);
      });
  }

  verify(): void {
    this.#watching.abort();
    this.#keep(
      this.#world
        .verify()
        .catch((error: unknown) => {
          this.#fail(error);
          return true;
        })
        .then((complete) => this.#conductor.verified(complete)),
    );
  }

  stepped(): void {
    this.#wake.abort();
  }

  /** Until the executor wants to be called, or something has happened. */
  async #rest(): Promise<void> {
    const wake = new AbortController();
    this.#wake = wake;
    const nextMs = this.#conductor.nextWakeMs ?? Infinity;
    const waitMs = Math.max(0, nextMs - (monotonicMs() - this.#startedMs));
    await sleep(Math.min(waitMs, REST_MAX_MS), wake.signal);
  }

  #act(command: "inject" | "heal", entry: PlanEntry, work: () => Promise<void>): void {
    this.#keep(
      work()
        // Whatever went wrong, the executor must hear of the end, or nothing would be healed.
        .catch((error: unknown) => this.#fail(error))
        .then(() => this.#conductor.settled(command, entry.id)),
    );
  }

  #prove(kind: Proven["kind"], of: PlanEntry, { doneNs, proof }: Act): void {
    const entry = of.id;
    const deadlineMs = of.durationMs + PROOF_DEADLINE_MS;
    const deadline = { what: `the proof that ${entry} is ${kind}`, deadlineMs };
    this.#keep(
      withDeadline(proof, deadline)
        .catch(
          (error: unknown): Attestation => ({
            outcome: "indeterminate",
            evidence: [String(error)],
          }),
        )
        .then((attestation) => this.#conductor.proven({ kind, entry, attestation, doneNs })),
    );
  }

  #keep(act: Promise<void>): void {
    const kept = act
      .catch((error: unknown) => this.#fail(error))
      .finally(() => this.#acts.delete(kept));
    this.#acts.add(kept);
  }

  /** Acts and proofs that are still under way; each has a deadline of its own. */
  async #settle(): Promise<void> {
    while (this.#acts.size > 0) await Promise.all(this.#acts);
  }

  #abort(level: 1 | 2, why: string): void {
    if (this.#conductor.isFinished) return;
    if (this.#state.state === "ok") this.#state = { state: "aborted", why };
    this.#conductor.abort(level, `${why}, level ${level}`);
  }

  /** Only the first failure is told: those after it are its consequences. */
  #fail(error: unknown): void {
    if (this.#state.state === "failed") return;
    const why = error instanceof Error ? error.message : String(error);
    this.#state = { state: "failed", why };
    this.#conductor.abort(1, why);
  }

  /** A full disk is one of the failures: then the ledger cannot be told, and `run.json` tells. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#fail(error);
    }
  }

  async #reportProgress(): Promise<void> {
    while (!this.#isOver) {
      this.#context.onProgress({ ...this.#conductor.progress(), ...this.#world.progress() });
      await sleep(PROGRESS_EVERY_MS);
    }
  }
}
