/** One replica as an OS process: started, killed, stopped, continued, and told how to misbehave. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { createInterface } from "node:readline";
import { switchLine } from "../../../faults/byzantine/switch-line.ts";
import type { Endpoint } from "../../../faults/fault.ts";
import {
  identify,
  kill,
  type ProcessIdentity,
  resume,
  stop,
} from "../../../faults/injectors/signals.ts";
import { spawnTethered } from "../../../faults/injectors/tether.ts";
import type { BehaviourState, ProcessState } from "../../../faults/link-state.ts";
import { EXIT } from "../../../nodes/runtime/exit-codes.ts";
import { cutToSyncedMark } from "../../../nodes/runtime/log-cut.ts";
import { withDeadline } from "../clock.ts";
import { DriverError } from "../driver.ts";
import { lastWords } from "./last-words.ts";

export interface ReplicaSetup {
  readonly name: Endpoint;
  /** The honest executable, or the one that can be told to lie; and its one argument. */
  readonly program: string;
  readonly configFile: string;
  readonly dataDirectory: string;
  /** Everything it says on stderr is kept in the run store. */
  readonly stderrFile: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** What a replica that nobody killed tells the run. */
export interface ReplicaEvents {
  /** By a bug of its own: the run goes on and is judged. */
  readonly onBug: (why: string) => void;
  /** By a full disk, a taken port, somebody's signal: nothing that the run could judge. */
  readonly onTrouble: (error: DriverError) => void;
}

/** Ways to end that are a replica's own doing; an abort is what a full heap comes to. */
const BUG_CODES: ReadonlySet<number> = new Set([EXIT.bug, EXIT.corruptLog]);
const BUG_SIGNALS: ReadonlySet<string> = new Set([
  "SIGABRT",
  "SIGBUS",
  "SIGFPE",
  "SIGILL",
  "SIGSEGV",
  "SIGTRAP",
]);

const START_DEADLINE_MS = 20_000;
const SWITCH_DEADLINE_MS = 5_000;
/** Fewer than any record holds, so what follows the mark after a power cut is torn, not whole. */
const TORN_BYTES = 7;

export class ReplicaProcess {
  readonly name: Endpoint;
  readonly #setup: ReplicaSetup;
  readonly #events: ReplicaEvents;
  #state: "running" | "paused" | "down" = "down";
  #child: ChildProcess | null = null;
  #identity: ProcessIdentity | null = null;
  /** The exit is our doing. */
  #expectExit = false;
  #powerWasCut = false;
  #disturbances = 0;
  #hasServed = false;
  /** What it shall do; a restarted process is honest until it is told again. */
  #behaviours: readonly BehaviourState[] = [];
  #behavioursTold = true;
  #onLine: (line: unknown) => void = () => {};
  /** One transition at a time, in the order they were asked for. */
  #transitions: Promise<unknown> = Promise.resolve();

  constructor(setup: ReplicaSetup, events: ReplicaEvents) {
    this.name = setup.name;
    this.#setup = setup;
    this.#events = events;
  }

  get state(): "running" | "paused" | "down" {
    return this.#state;
  }

  get pid(): number | null {
    return this.#identity?.pid ?? null;
  }

  /** How often it was killed, stopped or found dead. */
  get disturbances(): number {
    return this.#disturbances;
  }

  /** @returns what was done beside the change itself, in words */
  reach(state: ProcessState): Promise<readonly string[]> {
    const transition = this.#transitions.then(() => this.#change(state));
    this.#transitions = transition.catch(() => {});
    return transition;
  }

  /** Resolves once the process says that it holds, or at once where it cannot say anything. */
  behave(behaviours: readonly BehaviourState[]): Promise<void> {
    const transition = this.#transitions.then(async () => {
      this.#behaviours = behaviours;
      this.#behavioursTold = false;
      if (this.#state === "running") await this.#tellBehaviours();
    });
    this.#transitions = transition.catch(() => {});
    return transition;
  }

  async #tellBehaviours(): Promise<void> {
    if (this.#behavioursTold) return;
    this.#behavioursTold = true;
    const held = Promise.withResolvers<void>();
    this.#onLine = (line) => {
      if (isRecord(line) && Array.isArray(line["behaviours"])) held.resolve();
    };
    this.#child?.stdin?.write(switchLine(this.#behaviours));
    const what = `${this.name} to take its behaviour`;
    await withDeadline(held.promise, { what, deadlineMs: SWITCH_DEADLINE_MS });
  }

  async #change(state: ProcessState): Promise<readonly string[]> {
    switch (state) {
      case "running":
      case "paused": {
        const notes = this.#state === "down" ? await this.#start() : [];
        if (state === "paused") await this.#pause();
        else await this.#continue();
        return notes;
      }
      case "down":
      case "power-cut":
        this.#powerWasCut ||= state === "power-cut";
        await this.#kill();
        return [];
      default:
        return state satisfies never;
    }
  }

  async #start(): Promise<readonly string[]> {
    const notes = this.#powerWasCut ? [this.#cutLog()] : [];
    this.#powerWasCut = false;
    this.#expectExit = false;
    const { name, program, configFile, stderrFile, environment } = this.#setup;
    const stderr = openSync(stderrFile, "a");
    const child = spawnTethered(process.execPath, [program, configFile], {
      // In a session of its own: Ctrl-C in the terminal is for the harness.
      detached: true,
      // No Node starts in a working directory that was removed.
      cwd: "/",
      stdio: ["pipe", "pipe", stderr],
      env: { ...process.env, ...environment },
    });
    closeSync(stderr);
    child.stdin?.on("error", () => {});
    this.#child = child;
    try {
      const ready = this.#hear(child);
      await withDeadline(ready, { what: `${name} to start`, deadlineMs: START_DEADLINE_MS });
      this.#identity = await identify(child.pid ?? 0);
      if (!this.#identity) throw new Error("it ended right after it was ready");
    } catch (cause) {
      child.kill("SIGKILL");
      const said = cause instanceof Error ? cause.message : String(cause);
      const why = `${name} did not start: ${said}${lastWords(stderrFile)}`;
      if (!this.#hasServed || !isBug(child)) {
        throw new DriverError("REPLICA_START", why, { cause });
      }
      // What it wrote itself, it cannot read again.
      this.#events.onBug(why);
      return [...notes, why];
    }
    this.#state = "running";
    this.#hasServed = true;
    child.once("exit", () => this.#ended(child));
    // It may have ended between its ready line and here.
    if (child.exitCode !== null || child.signalCode !== null) this.#ended(child);
    this.#behavioursTold = this.#behaviours.length === 0;
    await this.#tellBehaviours();
    return notes;
  }

  /** Listens to its lines. Resolves at the ready line; rejects if it ends before that. */
  #hear(child: ChildProcess): Promise<void> {
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code, signal) =>
        reject(new Error(`it ended with ${signal ?? `exit code ${code}`}`)),
      );
      if (!child.stdout) return reject(new Error("it has no standard output"));
      createInterface({ input: child.stdout }).on("line", (text) => {
        const line = parseLine(text);
        if (isRecord(line) && line["ready"] === true) resolve();
        else this.#onLine(line);
      });
    });
  }

  #ended(child: ChildProcess): void {
    if (child !== this.#child || this.#expectExit) return;
    this.#expectExit = true;
    this.#disturbances++;
    this.#state = "down";
    const manner = child.signalCode ? `signal ${child.signalCode}` : `exit code ${child.exitCode}`;
    const why = `${this.name} ended by itself with ${manner}${lastWords(this.#setup.stderrFile)}`;
    if (isBug(child)) this.#events.onBug(why);
    else this.#events.onTrouble(new DriverError("REPLICA_DIED", why));
  }

  async #kill(): Promise<void> {
    if (this.#state === "down") return;
    this.#expectExit = true;
    this.#disturbances++;
    this.#state = "down";
    const child = this.#child;
    if (!this.#identity || !child) return;
    await kill(this.#identity);
    // /proc calls it dead as soon as its first thread is; its sockets live until the last one is
    // gone.
    if (child.exitCode !== null || child.signalCode !== null) return;
    await withDeadline(once(child, "exit"), { what: `the end of ${this.name}`, deadlineMs: 5_000 });
  }

  async #pause(): Promise<void> {
    if (this.#state !== "running" || !this.#identity) return;
    this.#disturbances++;
    this.#state = "paused";
    await stop(this.#identity);
  }

  async #continue(): Promise<void> {
    if (this.#state !== "paused" || !this.#identity) return;
    await resume(this.#identity);
    this.#state = "running";
    await this.#tellBehaviours();
  }

  #cutLog(): string {
    const { mark, lostBytes, tornBytes } = cutToSyncedMark(this.#setup.dataDirectory, {
      tornBytes: TORN_BYTES,
    });
    const where = mark ? `segment ${mark.segment}, offset ${mark.offset}` : "nothing";
    return `${this.name}: log cut back to ${where}: ${lostBytes} bytes lost, ${tornBytes} left of a torn record`;
  }
}

function isBug({ exitCode, signalCode }: ChildProcess): boolean {
  return signalCode === null ? BUG_CODES.has(exitCode ?? 0) : BUG_SIGNALS.has(signalCode);
}

/** Null for what is no JSON: a line cut off by a kill. */
function parseLine(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
