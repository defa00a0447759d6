/**
 * A k6 beside the client host: started when the cluster serves, read while it runs, told when its
 * load is over. What it did is in its history, what it could not do in its summary.
 */
import type { ChildProcess } from "node:child_process";
import { appendFileSync, closeSync, openSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { spawnTethered } from "../../../faults/injectors/tether.ts";
import type { HistoryEvent } from "../../observations/observations.ts";
import { monotonicNs, sleep } from "../clock.ts";
import type { Figures } from "./client-messages.ts";
import { GrowingHistory } from "./growing-history.ts";
import { K6Operations } from "./k6-operations.ts";
import { errorIn, readSummary, tellsOfScript } from "./k6-output.ts";
import type { K6Work } from "./k6-work.ts";

export interface K6LoadParts {
  readonly work: K6Work;
  /** Receives events with absolute monotonic times, in ns. */
  readonly emit: (event: HistoryEvent) => void;
  /** The run is worth nothing any more. */
  readonly fail: (why: string) => void;
  /** Worth telling, and nobody's failure. */
  readonly note: (what: string) => void;
}

/** To start, with all its virtual users, on a machine that is busy. */
const FIRST_ANSWER_MS = 40_000;
/** For its last words, after what was outstanding has ended. */
const GRACE_MS = 8_000;

/** Its own end (0), crossed thresholds (99), and `test.abort()` or `test.fail()` in the script. */
const OF_ITSELF: readonly (number | null)[] = [0, 99, 108, 110];
const INTERRUPTED = 105;

export class K6Load {
  readonly #parts: K6LoadParts;
  readonly #history: GrowingHistory;
  readonly #operations = new K6Operations();
  readonly #first = Promise.withResolvers<boolean>();
  readonly #gone = Promise.withResolvers<void>();
  readonly #over = new AbortController();
  #child: ChildProcess | null = null;
  #stopping = false;
  #hasFailed = false;
  #lastError: string | null = null;
  #shed = 0;

  constructor(parts: K6LoadParts) {
    this.#parts = parts;
    this.#history = new GrowingHistory(parts.work.settings.history);
  }

  get keys(): readonly string[] {
    return this.#operations.keys;
  }

  /** @returns whether an operation of the script was answered */
  async start(): Promise<boolean> {
    this.#spawn();
    const late = new AbortController();
    const gaveUp = sleep(FIRST_ANSWER_MS, late.signal).then(() => {
      if (!late.signal.aborted) this.#fail(this.#silence());
      return false;
    });
    const answered = await Promise.race([this.#first.promise, gaveUp]);
    late.abort();
    return answered;
  }

  /** Takes in what it has done since the last call. */
  poll(): void {
    const { emit, work } = this.#parts;
    for (const event of this.#history.read()) {
      this.#operations.add(event);
      emit(event);
    }
    if (this.#operations.answered) this.#first.resolve(true);
    const { length } = this.#operations.keys;
    if (length <= work.keysMax) return;
    this.#fail(`its script has used ${length} keys, and workload.keys allows ${work.keysMax}`);
  }

  /** The load is over: nothing more is sent, and what is outstanding is awaited. */
  stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#child?.stdin?.end();
    // A script without operations has nobody who hears that.
    if (this.#operations.issued === 0) this.#child?.kill("SIGINT");
    else void this.#interruptAfter(this.#parts.work.operationTimeoutMs + GRACE_MS);
  }

  /** Resolves once it is gone, and everything it did is taken in. */
  async end(): Promise<void> {
    if (this.#child === null) return;
    this.stop();
    void this.#interruptAfter(0);
    await this.#gone.promise;
  }

  figures(): Figures {
    const idle = this.#child === null || this.#over.signal.aborted;
    return { ...this.#operations.figures(Number(monotonicNs())), shed: this.#shed, idle };
  }

  #spawn(): void {
    const { program, script, settings, settingsFile, variables, summaryFile, logFile } =
      this.#parts.work;
    writeFileSync(settingsFile, JSON.stringify(settings), { mode: 0o600 });
    writeFileSync(script.file, script.text);
    const set = Object.entries(variables).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
    const told = ["--quiet", "--no-color", "--no-usage-report", "--log-format", "json"];
    const args = ["run", ...told, "--summary-export", summaryFile, ...set, script.file];
    const log = openSync(logFile, "a");
    const child = spawnTethered(program, args, {
      stdio: ["pipe", log, "pipe"],
      env: { ...process.env, BFT_CLIENT: settingsFile, K6_AUTO_EXTENSION_RESOLUTION: "false" },
    });
    closeSync(log);
    this.#child = child;
    child.stdin?.on("error", () => {});
    child.once("error", ({ message }) => this.#ended(message, false));
    child.once("close", (code, signal) => {
      const words = signal === null ? `exit code ${code}` : `signal ${signal}`;
      this.#ended(words, OF_ITSELF.includes(code) || (this.#stopping && code === INTERRUPTED));
    });
    if (child.stderr)
      createInterface({ input: child.stderr }).on("line", (line) => this.#hear(line));
  }

  #hear(line: string): void {
    appendFileSync(this.#parts.work.logFile, `${line}\n`);
    const error = errorIn(line);
    if (error === null) return;
    this.#lastError = error;
    // What ends with the load may well surprise a script.
    if (tellsOfScript(line) && !this.#stopping) this.#fail(`its script threw: ${error}`);
  }

  #ended(words: string, isExpected: boolean): void {
    if (this.#over.signal.aborted) return;
    this.poll();
    this.#over.abort();
    for (const event of this.#operations.abandoned(Number(monotonicNs()))) {
      this.#operations.add(event);
      this.#parts.emit(event);
    }
    const said = this.#lastError === null ? "" : `; it said: ${this.#lastError}`;
    if (isExpected) this.#takeStock(words);
    else this.#fail(`it ended with ${words}${said} (logs/k6.log)`);
    this.#first.resolve(false);
    this.#gone.resolve();
  }

  #takeStock(words: string): void {
    const { work, note } = this.#parts;
    const summary = readSummary(work.summaryFile);
    if (summary === null) return this.#fail(`it ended with ${words} and left no summary`);
    this.#shed = summary.droppedIterations;
    if (!this.#stopping) note(`its script ended by itself, with ${words}`);
    for (const threshold of summary.crossed) note(`threshold crossed: ${threshold}`);
  }

  /** @param ms how long it is waited for before it is told a second time, and then killed */
  async #interruptAfter(ms: number): Promise<void> {
    await sleep(ms, this.#over.signal);
    if (!this.#over.signal.aborted) this.#child?.kill("SIGINT");
    await sleep(GRACE_MS, this.#over.signal);
    if (!this.#over.signal.aborted) this.#child?.kill("SIGKILL");
  }

  #silence(): string {
    const inTime = `in ${FIRST_ANSWER_MS / 1_000} s`;
    return this.#operations.issued > 0
      ? `none of its operations was answered ${inTime}`
      : `its script has recorded no operation ${inTime}; it needs a client of k6/x/bft, made by ` +
          "new Client(), which then has its options and its history from the run";
  }

  #fail(why: string): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#parts.fail(`k6: ${why}`);
  }
}
