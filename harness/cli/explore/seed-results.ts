/** What seeds come to, in their order, whoever plays them. */
import { setImmediate } from "node:timers/promises";
import type { MessagePort } from "node:worker_threads";
import { Worker } from "node:worker_threads";
import { programBeside } from "../../drivers/processes/code.ts";
import {
  type RuntimeSeedResult,
  runtimeSeedResult,
} from "../../drivers/runtime-exploration/explore-runtime.ts";
import { type SeedResult, seedResult } from "../../drivers/simulation/explore.ts";
import { type Assignment, seedOptionsOf } from "./assignment.ts";
import { type RuntimeAssignment, runtimeMutantOf } from "./runtime-assignment.ts";

export interface SeedRange {
  readonly firstSeed: number;
  readonly seeds: number;
}

/** How seeds of one kind are played: here, or by threads. Results are plain data. */
export interface SeedPlayer<Result> {
  play(seed: number): Result | Promise<Result>;
}

/** What is played, and by whom. */
export interface SeedKind<Result> {
  readonly player: () => Promise<SeedPlayer<Result>>;
  /** The program of a thread, beside this file. */
  readonly program: string;
  /** What that is given: plain data. */
  readonly given: unknown;
}

export function protocolSeeds(assignment: Assignment): SeedKind<SeedResult> {
  return {
    player: () => protocolPlayer(assignment),
    program: "seed-player-main",
    given: assignment,
  };
}

export async function protocolPlayer(assignment: Assignment): Promise<SeedPlayer<SeedResult>> {
  const options = await seedOptionsOf(assignment);
  return { play: (seed) => seedResult(seed, options) };
}

export function runtimeSeeds(assignment: RuntimeAssignment): SeedKind<RuntimeSeedResult> {
  return {
    player: () => runtimePlayer(assignment),
    program: "runtime-seed-player-main",
    given: assignment,
  };
}

export function runtimePlayer(
  assignment: RuntimeAssignment,
): Promise<SeedPlayer<RuntimeSeedResult>> {
  const mutant = runtimeMutantOf(assignment);
  return Promise.resolve({ play: (seed) => runtimeSeedResult(seed, mutant) });
}

/** What a thread is given at a time: some seconds of work at most. */
const SEEDS_AT_ONCE = 8;

/**
 * Ends the threads when nobody asks for more. However many there are, the results are the same.
 * @param jobs how many seeds are played at a time
 */
export function seedResults<Result extends { readonly seed: number }>(
  kind: SeedKind<Result>,
  range: SeedRange,
  jobs: number,
): AsyncGenerator<Result, void> {
  const threads = Math.min(jobs, Math.ceil(range.seeds / SEEDS_AT_ONCE));
  return threads === 1 ? playedHere(kind, range) : playedByThreads(kind, range, threads);
}

async function* playedHere<Result>(
  kind: SeedKind<Result>,
  { firstSeed, seeds }: SeedRange,
): AsyncGenerator<Result, void> {
  const player = await kind.player();
  for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
    yield await player.play(seed);
    // Ctrl-C is heard in between.
    await setImmediate();
  }
}

async function* playedByThreads<Result extends { readonly seed: number }>(
  kind: SeedKind<Result>,
  range: SeedRange,
  threads: number,
): AsyncGenerator<Result, void> {
  const { firstSeed, seeds } = range;
  const pool = new SeedThreads(kind, range, threads);
  try {
    for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) yield await pool.result(seed);
  } finally {
    await pool.end();
  }
}

/** The program of a thread: told which seeds, it says of each what it came to. */
export function playFor<Result>(port: MessagePort, player: SeedPlayer<Result>): void {
  const play = async ({ firstSeed, seeds }: SeedRange): Promise<void> => {
    const results: Result[] = [];
    for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
      results.push(await player.play(seed));
    }
    port.postMessage(results);
  };
  // What it throws ends the thread, and so whoever waits for it.
  port.on("message", (range: SeedRange) => void play(range));
}

class SeedThreads<Result extends { readonly seed: number }> {
  readonly #workers: readonly Worker[];
  readonly #endSeed: number;
  /** Results that nobody has asked for yet: of other threads than the one that is waited for. */
  readonly #early = new Map<number, Result>();
  #nextSeed: number;
  #failure: { readonly error: unknown } | null = null;
  #arrived = Promise.withResolvers<void>();

  constructor(kind: SeedKind<Result>, { firstSeed, seeds }: SeedRange, threads: number) {
    this.#nextSeed = firstSeed;
    this.#endSeed = firstSeed + seeds;
    const program = programBeside(import.meta.url, kind.program);
    this.#workers = Array.from({ length: threads }, () => {
      const worker = new Worker(program, { workerData: kind.given });
      worker.on("message", (results: readonly Result[]) => this.#take(results, worker));
      worker.on("error", (error) => this.#fail(error));
      this.#handOut(worker);
      return worker;
    });
  }

  async result(seed: number): Promise<Result> {
    for (;;) {
      const result = this.#early.get(seed);
      if (result !== undefined) {
        this.#early.delete(seed);
        return result;
      }
      if (this.#failure !== null) throw this.#failure.error;
      await this.#arrived.promise;
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #handOut(worker: Worker): void {
    const seeds = Math.min(SEEDS_AT_ONCE, this.#endSeed - this.#nextSeed);
    if (seeds === 0) return;
    const range: SeedRange = { firstSeed: this.#nextSeed, seeds };
    this.#nextSeed += seeds;
    worker.postMessage(range);
  }

  #take(results: readonly Result[], worker: Worker): void {
    for (const result of results) this.#early.set(result.seed, result);
    this.#handOut(worker);
    this.#wake();
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  #wake(): void {
    this.#arrived.resolve();
    this.#arrived = Promise.withResolvers();
  }
}
