/** What seeds come to, in their order, whoever plays them. */
import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { programBeside } from "../../drivers/processes/code.ts";
import { type SeedResult, seedResult } from "../../drivers/simulation/explore.ts";
import { type Assignment, seedOptionsOf } from "./assignment.ts";

export interface SeedRange {
  readonly firstSeed: number;
  readonly seeds: number;
}

/** What a thread is given at a time: less than a second of work. */
const SEEDS_AT_ONCE = 8;

/**
 * Ends the threads when nobody asks for more. However many there are, the results are the same.
 * @param jobs how many seeds are played at a time
 */
export function seedResults(
  assignment: Assignment,
  range: SeedRange,
  jobs: number,
): AsyncGenerator<SeedResult, void> {
  const threads = Math.min(jobs, Math.ceil(range.seeds / SEEDS_AT_ONCE));
  return threads === 1
    ? playedHere(assignment, range)
    : playedByThreads(assignment, range, threads);
}

async function* playedHere(
  assignment: Assignment,
  { firstSeed, seeds }: SeedRange,
): AsyncGenerator<SeedResult, void> {
  const options = await seedOptionsOf(assignment);
  for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
    yield seedResult(seed, options);
    // Ctrl-C is heard in between.
    await setImmediate();
  }
}

async function* playedByThreads(
  assignment: Assignment,
  range: SeedRange,
  threads: number,
): AsyncGenerator<SeedResult, void> {
  const { firstSeed, seeds } = range;
  const pool = new SeedThreads(assignment, range, threads);
  try {
    for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) yield await pool.result(seed);
  } finally {
    await pool.end();
  }
}

class SeedThreads {
  readonly #workers: readonly Worker[];
  readonly #endSeed: number;
  /** Results that nobody has asked for yet: of other threads than the one that is waited for. */
  readonly #early = new Map<number, SeedResult>();
  #nextSeed: number;
  #failure: { readonly error: unknown } | null = null;
  #arrived = Promise.withResolvers<void>();

  constructor(workerData: Assignment, { firstSeed, seeds }: SeedRange, threads: number) {
    this.#nextSeed = firstSeed;
    this.#endSeed = firstSeed + seeds;
    const program = programBeside(import.meta.url, "seed-player-main");
    this.#workers = Array.from({ length: threads }, () => {
      const worker = new Worker(program, { workerData });
      worker.on("message", (results: readonly SeedResult[]) => this.#take(results, worker));
      worker.on("error", (error) => this.#fail(error));
      this.#handOut(worker);
      return worker;
    });
  }

  async result(seed: number): Promise<SeedResult> {
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

  #take(results: readonly SeedResult[], worker: Worker): void {
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
