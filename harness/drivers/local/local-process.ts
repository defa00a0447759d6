/** One OS process on this machine: started, killed, stopped, continued, looked up in /proc. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { createInterface } from "node:readline";
import {
  identify,
  kill,
  type ProcessIdentity,
  resume,
  stop,
} from "../../../faults/injectors/signals.ts";
import { spawnTethered } from "../../../faults/injectors/tether.ts";
import { withDeadline } from "../clock.ts";
import { lastWords } from "../processes/last-words.ts";
import { parseLine } from "../processes/parse-line.ts";
import type { Ending, ProcessLook, SpawnedProcess } from "../processes/platform.ts";
import { cpuMsOf, stateOf } from "../processes/proc.ts";
import type { CpuUsage } from "../throttles.ts";
import type { CpuQuota } from "./cpu-quota.ts";

export interface LocalProcessSetup {
  readonly program: string;
  readonly configFile: string;
  /** Everything it says on stderr is kept in the run store. */
  readonly stderrFile: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Of whatever process goes by this name; null = it has none, and nobody asks for one. */
  readonly quota: CpuQuota | null;
}

export class LocalProcess implements SpawnedProcess {
  readonly #child: ChildProcess;
  readonly #stderrFile: string;
  readonly #quota: CpuQuota | null;
  /** Null if it was gone before anybody could look: its pid may be somebody else's by now. */
  readonly #identity: Promise<ProcessIdentity | null>;
  readonly #endListeners: ((ending: Ending) => void)[] = [];
  #onLine: (line: unknown) => void = () => {};
  #ending: Ending | null = null;

  constructor({ program, configFile, stderrFile, environment, quota }: LocalProcessSetup) {
    this.#stderrFile = stderrFile;
    this.#quota = quota;
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
    this.#child = child;
    this.#identity = child.pid === undefined ? Promise.resolve(null) : identify(child.pid);
    // A failed write is followed by the exit of the child, which is reported there.
    child.stdin?.on("error", () => {});
    child.once("error", ({ message }) => this.#end({ code: null, signal: null, words: message }));
    child.once("exit", (code, signal) => {
      const words = signal === null ? `exit code ${code}` : `signal ${signal}`;
      this.#end({ code, signal, words });
    });
    if (child.stdout) {
      createInterface({ input: child.stdout }).on("line", (text) => this.#onLine(parseLine(text)));
    }
  }

  get title(): string {
    return `process ${this.#child.pid ?? "that never was"}`;
  }

  get ending(): Ending | null {
    return this.#ending;
  }

  onLine(listener: (line: unknown) => void): void {
    this.#onLine = listener;
  }

  onEnd(listener: (ending: Ending) => void): void {
    if (this.#ending) listener(this.#ending);
    else this.#endListeners.push(listener);
  }

  tell(line: string): void {
    if (this.#ending === null) this.#child.stdin?.write(line);
  }

  async kill(): Promise<void> {
    const identity = await this.#identity;
    if (identity) await kill(identity);
    // /proc calls it dead as soon as its first thread is; its sockets live until the last one is
    // gone.
    if (this.#ending !== null) return;
    const ended = once(this.#child, "exit");
    await withDeadline(ended, { what: `the end of ${this.title}`, deadlineMs: 5_000 });
  }

  async stop(): Promise<void> {
    const identity = await this.#identity;
    if (identity) await stop(identity);
  }

  async resume(): Promise<void> {
    const identity = await this.#identity;
    if (identity) await resume(identity);
  }

  async look(): Promise<ProcessLook> {
    const { pid } = this.#child;
    const state = pid === undefined ? null : stateOf(pid);
    if (state === null || state === "Z" || state === "X") {
      return { state: "gone", words: `${this.title} is gone from /proc` };
    }
    if (state === "T") return { state: "stopped", words: `${this.title} is stopped (state T)` };
    return { state: "running", words: `${this.title} is in state ${state}` };
  }

  async limit(share: number): Promise<void> {
    const { pid } = this.#child;
    if (pid !== undefined && this.#ending === null) this.#quota?.limit(pid, share);
  }

  async usage(): Promise<CpuUsage | null> {
    const { pid } = this.#child;
    const usedMs = pid === undefined ? null : cpuMsOf(pid);
    if (usedMs === null || this.#quota === null) return null;
    return { usedMs, ...this.#quota.counts() };
  }

  lastWords(): string {
    return lastWords(this.#stderrFile);
  }

  #end(ending: Ending): void {
    if (this.#ending !== null) return;
    this.#ending = ending;
    for (const listener of this.#endListeners.splice(0)) listener(ending);
  }
}
