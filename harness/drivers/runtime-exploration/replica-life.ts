/** One replica, start after start: what its process is made of, and how each of its lives ends. */
import { nodeName } from "../../../nodes/protocols/contract/core.ts";
import type { Protocol } from "../../../nodes/protocols/contract/protocol.ts";
import type { ReplicaConfig } from "../../../nodes/runtime/config.ts";
import type { RunningReplica } from "../../../nodes/runtime/start-replica.ts";
import { nullService } from "../../../nodes/services/null.ts";
import type { Judge } from "./judge.ts";
import type { LinkedRuntime } from "./linked-runtime.ts";
import type { MemoryHost } from "./memory-host.ts";
import type { MemoryProcess } from "./memory-process.ts";
import type { RuntimeCheck } from "./runtime-checks.ts";

/** `nodes/runtime/exit-codes.ts`, by what is thrown on the way to each. */
const REFUSALS: ReadonlySet<string> = new Set(["LogCorruptError", "ForeignLogError"]);
const CORRUPT_LOG = 65;
const DISK = 74;
/** After this a start or a stop will never come to its end. */
const PATIENCE_MS = 20_000;
/** Each byte in its block, with all blocks, and of what it writes then. */
const LOOKS_MAX = 3;
const LOOKS_SLACK_BYTES = 16 * 1024;

export interface LifeParts {
  readonly host: MemoryHost;
  readonly judge: Judge;
  readonly runtime: LinkedRuntime;
  readonly protocol: Protocol;
  readonly config: ReplicaConfig;
}

export class ReplicaLife {
  readonly #parts: LifeParts;
  #running: RunningReplica | null = null;
  /** Somebody did something to its disk since it last ran: it may fail, or refuse. */
  #isTroubled = false;
  /** What its folder held before somebody spoilt it. */
  #before: ReadonlyMap<string, Buffer> | null = null;
  /** It is told to stop, and does not come back by itself. */
  #isStopping = false;
  starts = 0;
  refusals = 0;

  constructor(parts: LifeParts) {
    this.#parts = parts;
  }

  get id(): number {
    return this.#parts.config.id;
  }

  get host(): MemoryHost {
    return this.#parts.host;
  }

  get isUp(): boolean {
    return this.#running !== null && this.host.process?.isAlive === true;
  }

  /** An fsync or a write may fail from now on. */
  trouble(): void {
    this.#isTroubled = true;
  }

  /** Its files change while it is dead; as soon as it has refused them they are put back. */
  spoil(change: () => void): void {
    this.#before ??= this.host.disk.copyOf(this.host.dataFolder);
    change();
  }

  start(): void {
    const { host, runtime, config, protocol } = this.#parts;
    if (host.process?.isAlive === true) return;
    const process = host.boot();
    const before = host.disk.copyOf(host.dataFolder);
    this.#running = null;
    this.starts += 1;
    const program = {
      protocol,
      service: nullService,
      onFatal: (exit: number, why: string) => this.#fatal(process, exit, why),
      onTrouble: () => undefined,
      onAudit: () => undefined,
    };
    host.world.soon(process, () => {
      host.world.stir();
      runtime.startReplica(config, program).then(
        (running) => {
          if (!process.isAlive) return;
          this.#looked(process, before);
          this.#started(running);
        },
        (error: unknown) => {
          if (!process.isAlive) return;
          this.#looked(process, before);
          this.#refused(process, error, before);
        },
      );
    });
    host.world.after(PATIENCE_MS, process, () => {
      if (this.#running === null)
        this.#break("comes-back", "does not come to the end of its start");
    });
  }

  #started(running: RunningReplica): void {
    this.#running = running;
  }

  #looked({ summedBytes }: MemoryProcess, found: ReadonlyMap<string, Buffer>): void {
    const bytes = [...found.values()].reduce((sum, { length }) => sum + length, 0);
    if (summedBytes <= LOOKS_MAX * bytes + LOOKS_SLACK_BYTES) return;
    this.#break("recovery-work", `has ${bytes} bytes on its disk and sums up ${summedBytes}`);
  }

  /** It has accepted what it found: that is its log from now on. */
  recovered(): void {
    this.#before = null;
  }

  #break(check: RuntimeCheck, what: string): void {
    this.#parts.judge.break(check, `${nodeName(this.id)} ${what}`);
  }

  #refused(process: MemoryProcess, error: unknown, before: ReadonlyMap<string, Buffer>): void {
    const { host } = this.#parts;
    const name = error instanceof Error ? error.name : "";
    const why = error instanceof Error ? error.message : String(error);
    process.end("closed");
    if (!REFUSALS.has(name)) {
      this.#ended(error instanceof Error && "syscall" in error ? DISK : 70, why);
      return;
    }
    this.refusals += 1;
    if (this.#before === null)
      this.#break("false-alarm", `refuses a log that nobody spoilt: ${why}`);
    else if (!isSame(before, host.disk.copyOf(host.dataFolder))) {
      this.#break("refusal", "refuses its log and changes it all the same");
    }
    if (this.#before !== null) host.disk.putBack(host.dataFolder, this.#before);
    this.#before = null;
  }

  #fatal(process: MemoryProcess, exit: number, why: string): void {
    process.end("closed");
    this.#ended(exit, why);
  }

  #ended(exit: number, why: string): void {
    this.#running = null;
    if (exit === DISK && this.#isTroubled) return;
    if (exit === CORRUPT_LOG && this.#before !== null) return;
    this.#break("exception", `ends with ${exit}: ${why.split("\n", 2).join(" ")}`);
  }

  crashed(error: unknown): void {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.host.process?.end("closed");
    this.#ended(70, what);
  }

  kill(): void {
    this.#isStopping = false;
    this.#running = null;
    this.host.kill();
  }

  powerCut(): void {
    this.#isStopping = false;
    this.#running = null;
    this.host.powerCut();
  }

  /** As SIGTERM does; what is left of it then is too much. */
  stop(done: () => void = () => undefined): void {
    const running = this.#running;
    const { process, world } = this.host;
    if (running === null || process === null || this.#isStopping) return;
    this.#isStopping = true;
    process.isLeaving = true;
    let isDone = false;
    world.soon(process, () => {
      world.stir();
      running.stop().then(
        () => {
          isDone = true;
          if (process.isAlive) this.#stopped(process);
          world.soon(null, done);
        },
        (error: unknown) => this.#ended(70, String(error)),
      );
    });
    world.after(PATIENCE_MS, null, () => {
      if (!isDone && process.isAlive)
        this.#break("residue", "does not come to the end of its stop");
    });
  }

  #stopped(process: MemoryProcess): void {
    this.#isStopping = false;
    this.#running = null;
    // Sockets that were destroyed close in the next turn.
    this.host.world.after(1, process, () => {
      const { files, handles, timers } = process;
      const left = { files: files.size, sockets: handles.size, timers: timers.size };
      const isClean = files.size + handles.size + timers.size === 0;
      if (!isClean) this.#break("residue", `has stopped and leaves ${JSON.stringify(left)}`);
      process.end("closed");
    });
  }
}

function isSame(one: ReadonlyMap<string, Buffer>, other: ReadonlyMap<string, Buffer>): boolean {
  const named = [...one].every(([path, bytes]) => other.get(path)?.equals(bytes) === true);
  return named && one.size === other.size;
}
