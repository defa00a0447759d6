/** One replica through all its lives: what it shall be, and what it has become. */
import { switchLine } from "../../../faults/byzantine/switch-line.ts";
import type { Endpoint } from "../../../faults/fault.ts";
import { type BehaviourState, type ProcessState, WHOLE_CPU } from "../../../faults/link-state.ts";
import { EXIT } from "../../../nodes/runtime/exit-codes.ts";
import { withDeadline } from "../clock.ts";
import { DriverError } from "../driver.ts";
import type { CpuUsage } from "../throttles.ts";
import { type AnnouncedLine, announcedLine } from "./announced-line.ts";
import type { Ending, Platform, ProcessLook, SpawnedProcess } from "./platform.ts";
import type { RunningReplica } from "./running-cluster.ts";

/** What a replica that nobody killed tells the run. */
export interface ReplicaEvents {
  /** By a bug of its own: the run goes on and is judged. */
  readonly onBug: (why: string) => void;
  /** By a full disk, a taken port, somebody's signal: nothing that the run could judge. */
  readonly onTrouble: (error: DriverError) => void;
  /** It has written a line into its audit log, of a kind that it was to tell of. */
  readonly onAudit: (line: AnnouncedLine) => void;
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

export class ReplicaProcess implements RunningReplica {
  readonly name: Endpoint;
  readonly #platform: Pick<Platform, "spawn" | "cutLog">;
  readonly #events: ReplicaEvents;
  #state: "running" | "paused" | "down" = "down";
  #process: SpawnedProcess | null = null;
  /** The exit is our doing. */
  #expectExit = false;
  #powerWasCut = false;
  #disturbances = 0;
  #hasServed = false;
  /** What it shall do; a restarted process is honest until it is told again. */
  #behaviours: readonly BehaviourState[] = [];
  #behavioursTold = true;
  /** Of one CPU; a restarted process has all of it until it is ready. */
  #share = WHOLE_CPU;
  /** There is a quota by its name, which outlives the process. */
  #isLimited = false;
  #onLine: (line: unknown) => void = () => {};
  /** One transition at a time, in the order they were asked for. */
  #transitions: Promise<unknown> = Promise.resolve();

  constructor(name: Endpoint, platform: Pick<Platform, "spawn" | "cutLog">, events: ReplicaEvents) {
    this.name = name;
    this.#platform = platform;
    this.#events = events;
  }

  get state(): "running" | "paused" | "down" {
    return this.#state;
  }

  get title(): string {
    return this.#process?.title ?? `no process of ${this.name}`;
  }

  get disturbances(): number {
    return this.#disturbances;
  }

  async look(): Promise<ProcessLook> {
    return (await this.#process?.look()) ?? { state: "gone", words: "it was never started" };
  }

  async usage(): Promise<CpuUsage | null> {
    return this.#state === "down" ? null : ((await this.#process?.usage()) ?? null);
  }

  limit(share: number): Promise<void> {
    const transition = this.#transitions.then(async () => {
      this.#share = share;
      this.#isLimited ||= share < WHOLE_CPU;
      if (this.#state !== "down") await this.#process?.limit(share);
    });
    this.#transitions = transition.catch(() => {});
    return transition;
  }

  reach(state: ProcessState): Promise<readonly string[]> {
    const transition = this.#transitions.then(() => this.#change(state));
    this.#transitions = transition.catch(() => {});
    return transition;
  }

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
    this.#process?.tell(switchLine(this.#behaviours));
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
    const { name } = this;
    const notes = this.#powerWasCut ? [await this.#platform.cutLog(name)] : [];
    this.#powerWasCut = false;
    this.#expectExit = false;
    const process = this.#platform.spawn(name);
    this.#process = process;
    try {
      const ready = this.#hear(process);
      await withDeadline(ready, { what: `${name} to start`, deadlineMs: START_DEADLINE_MS });
      const { state } = await process.look();
      if (state === "gone") throw new Error("it ended right after it was ready");
    } catch (cause) {
      const wasBug = process.ending !== null && isBug(process.ending);
      await process.kill();
      const said = cause instanceof Error ? cause.message : String(cause);
      const why = `${name} did not start: ${said}${process.lastWords()}`;
      if (!this.#hasServed || !wasBug) throw new DriverError("REPLICA_START", why, { cause });
      // What it wrote itself, it cannot read again.
      this.#events.onBug(why);
      return [...notes, why];
    }
    this.#state = "running";
    this.#hasServed = true;
    process.onEnd((ending) => this.#ended(process, ending));
    // Also a whole CPU: the quota was lifted while nobody was there to lift it from.
    if (this.#isLimited) await process.limit(this.#share);
    this.#behavioursTold = this.#behaviours.length === 0;
    await this.#tellBehaviours();
    return notes;
  }

  /** Listens to its lines. Resolves at the ready line; rejects if it ends before that. */
  #hear(process: SpawnedProcess): Promise<void> {
    return new Promise((resolve, reject) => {
      process.onEnd(({ words }) => reject(new Error(`it ended with ${words}`)));
      process.onLine((line) => {
        if (isRecord(line) && line["ready"] === true) resolve();
        else if (isRecord(line) && "audit" in line) this.#announced(line["audit"]);
        else this.#onLine(line);
      });
    });
  }

  /** It may be a lying one: what is no such line tells nothing. */
  #announced(line: unknown): void {
    const { data } = announcedLine.safeParse(line);
    if (data !== undefined) this.#events.onAudit(data);
  }

  #ended(process: SpawnedProcess, ending: Ending): void {
    if (process !== this.#process || this.#expectExit) return;
    this.#expectExit = true;
    this.#disturbances++;
    this.#state = "down";
    const why = `${this.name} ended by itself with ${ending.words}${process.lastWords()}`;
    if (isBug(ending)) this.#events.onBug(why);
    else this.#events.onTrouble(new DriverError("REPLICA_DIED", why));
  }

  async #kill(): Promise<void> {
    if (this.#state === "down") return;
    this.#expectExit = true;
    this.#disturbances++;
    this.#state = "down";
    await this.#process?.kill();
  }

  async #pause(): Promise<void> {
    if (this.#state !== "running") return;
    this.#disturbances++;
    this.#state = "paused";
    await this.#process?.stop();
  }

  async #continue(): Promise<void> {
    if (this.#state !== "paused") return;
    await this.#process?.resume();
    this.#state = "running";
    await this.#tellBehaviours();
  }
}

function isBug({ code, signal }: Ending): boolean {
  return signal === null ? BUG_CODES.has(code ?? 0) : BUG_SIGNALS.has(signal);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
