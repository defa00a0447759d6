/** What runs under a name, as a container: started, killed, paused, resumed, inspected. */
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import { withDeadline } from "../clock.ts";
import { lastWords } from "../processes/last-words.ts";
import { parseLine } from "../processes/parse-line.ts";
import type { Ending, ProcessLook, SpawnedProcess } from "../processes/platform.ts";
import type { CpuUsage } from "../throttles.ts";
import { begin, type ContainerLife } from "./container-life.ts";
import type { Engine } from "./engine.ts";

export interface DockerProcessSetup {
  readonly engine: Engine;
  /** As evidence names it: `r0`. */
  readonly name: string;
  /** Made, and not running. */
  readonly container: string;
  readonly stderrFile: string;
}

const END_DEADLINE_MS = 10_000;

export class DockerProcess implements SpawnedProcess {
  readonly #setup: DockerProcessSetup;
  /** Null where it could not be started. */
  readonly #life: Promise<ContainerLife | null>;
  readonly #over = Promise.withResolvers<void>();
  readonly #endListeners: ((ending: Ending) => void)[] = [];
  #pid = 0;
  #onLine: (line: unknown) => void = () => {};
  #ending: Ending | null = null;

  constructor(setup: DockerProcessSetup) {
    this.#setup = setup;
    this.#life = this.#begin().catch((error: unknown) => {
      const words = error instanceof Error ? error.message : String(error);
      this.#end({ code: null, signal: null, words });
      return null;
    });
  }

  get title(): string {
    return `container ${this.#setup.name} (process ${this.#pid || "that never was"})`;
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
    void this.#life.then((life) => {
      if (this.#ending === null) life?.input.write(line);
    });
  }

  async kill(): Promise<void> {
    if ((await this.#life) === null || this.#ending !== null) return;
    await this.#setup.engine.kill(this.#setup.container);
    const what = `the end of ${this.title}`;
    await withDeadline(this.#over.promise, { what, deadlineMs: END_DEADLINE_MS });
  }

  async stop(): Promise<void> {
    if (await this.#life) await this.#setup.engine.pause(this.#setup.container);
  }

  async resume(): Promise<void> {
    if (await this.#life) await this.#setup.engine.resume(this.#setup.container);
  }

  async look(): Promise<ProcessLook> {
    const sight = await this.#setup.engine.inspect(this.#setup.container);
    switch (sight?.state) {
      case "paused":
        return { state: "stopped", words: `${this.title} is frozen (state paused)` };
      case "running":
        return { state: "running", words: `${this.title} is in state running` };
      default:
        return { state: "gone", words: `${this.title} is ${sight?.state ?? "removed"}` };
    }
  }

  async limit(share: number): Promise<void> {
    if (await this.#life) await this.#setup.engine.limit(this.#setup.container, share);
  }

  usage(): Promise<CpuUsage | null> {
    return this.#setup.engine.usage(this.#setup.container);
  }

  lastWords(): string {
    return lastWords(this.#setup.stderrFile);
  }

  async #begin(): Promise<ContainerLife> {
    const { engine, container, stderrFile } = this.#setup;
    const out = new PassThrough();
    createInterface({ input: out }).on("line", (text) => this.#onLine(parseLine(text)));
    const err = createWriteStream(stderrFile, { flags: "a" });
    const life = await begin(engine, container, { out, err });
    this.#pid = life.pid;
    void life.over.then((ending) => this.#end(ending));
    return life;
  }

  #end(ending: Ending): void {
    this.#ending = ending;
    this.#over.resolve();
    for (const listener of this.#endListeners.splice(0)) listener(ending);
  }
}
