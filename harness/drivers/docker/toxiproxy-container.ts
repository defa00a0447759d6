/** Toxiproxy in a container of its own: started, watched, started again. */
import { createWriteStream } from "node:fs";
import type { ProxyServer } from "../../../faults/injectors/links.ts";
import { ToxiproxyClient } from "../../../faults/injectors/toxiproxy.ts";
import { linesOfLoss } from "../../../faults/injectors/toxiproxy-server.ts";
import { waitFor, withDeadline } from "../clock.ts";
import { DriverError } from "../driver.ts";
import type { Ending } from "../processes/platform.ts";
import { begin } from "./container-life.ts";
import type { Engine } from "./engine.ts";

export interface ToxiproxyContainerSetup {
  readonly engine: Engine;
  readonly container: string;
  readonly url: string;
  readonly logFile: string;
  /** It ended, and nobody had asked it to. */
  readonly onDeath: (why: string) => void;
}

const START_MS = 10_000;
const END_MS = 10_000;

export class ToxiproxyContainer implements ProxyServer {
  readonly #setup: ToxiproxyContainerSetup;
  #over: Promise<Ending> | null = null;
  /** Set before we end it ourselves. */
  #isWanted = false;

  constructor(setup: ToxiproxyContainerSetup) {
    this.#setup = setup;
  }

  get url(): string {
    return this.#setup.url;
  }

  async start(): Promise<void> {
    const { engine, container, logFile, url, onDeath } = this.#setup;
    const log = () => createWriteStream(logFile, { flags: "a" });
    const { over } = await begin(engine, container, { out: log(), err: log() });
    this.#over = over;
    this.#isWanted = true;
    let ended: Ending | null = null;
    void over.then((ending) => {
      ended = ending;
      if (this.#isWanted) onDeath(ending.words);
    });
    const api = new ToxiproxyClient(url, 500);
    await waitFor(
      async () => {
        if (ended !== null) throw new DriverError("TOXIPROXY", `it ended with ${ended.words}`);
        return api.version().then(
          () => ({ found: true }),
          (error: unknown) => ({ saw: error instanceof Error ? error.message : String(error) }),
        );
      },
      { what: `Toxiproxy's container to answer at ${url}`, deadlineMs: START_MS },
    );
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Lines of its log that say that bytes were cut out of the middle of a live stream. */
  async lostBytes(): Promise<readonly string[]> {
    return linesOfLoss(this.#setup.logFile);
  }

  async stop(): Promise<void> {
    if (this.#over === null) return;
    this.#isWanted = false;
    await this.#setup.engine.kill(this.#setup.container);
    await withDeadline(this.#over, { what: "the end of Toxiproxy", deadlineMs: END_MS });
  }
}
