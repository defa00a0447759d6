/** The harness's side of the client host process (`c0`): all logical clients live in it. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { spawnTethered } from "../../../faults/injectors/tether.ts";
import { monotonicNs, withDeadline } from "../clock.ts";
import { DriverError } from "../driver.ts";
import {
  type Figures,
  type FromClientHost,
  fromClientHost,
  type ToClientHost,
} from "./client-messages.ts";
import { programBeside } from "./code.ts";
import { lastWords } from "./last-words.ts";
import type { Sightings } from "./sightings.ts";

const MAIN = programBeside(import.meta.url, "client-host-main");

export interface ClientHostSetup {
  readonly name: string;
  readonly configFile: string;
  readonly stderrFile: string;
  readonly environment: Readonly<Record<string, string>>;
}

export class ClientHostProcess {
  readonly #setup: ClientHostSetup;
  readonly #sightings: Sightings;
  readonly #onDeath: (error: DriverError) => void;
  readonly #waiting = new Set<{
    kind: FromClientHost["kind"];
    take: (said: FromClientHost) => void;
  }>();
  #child: ChildProcess | null = null;
  #expectExit = false;
  #figures: Figures | null = null;

  constructor(setup: ClientHostSetup, sightings: Sightings, onDeath: (error: DriverError) => void) {
    this.#setup = setup;
    this.#sightings = sightings;
    this.#onDeath = onDeath;
  }

  get figures(): Figures | null {
    return this.#figures;
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  async start(): Promise<void> {
    const { configFile, stderrFile, environment, name } = this.#setup;
    const stderr = openSync(stderrFile, "a");
    const child = spawnTethered(process.execPath, [MAIN, configFile], {
      detached: true,
      cwd: "/",
      stdio: ["ignore", "ignore", stderr, "ipc"],
      env: { ...process.env, ...environment },
    });
    closeSync(stderr);
    this.#child = child;
    child.on("message", (message) => this.#hear(fromClientHost.parse(message)));
    child.once("exit", (code, signal) => {
      if (this.#expectExit) return;
      const how = signal ?? `exit code ${code}`;
      this.#onDeath(
        new DriverError(
          "CLIENT_DIED",
          `client host ${name} ended with ${how}${lastWords(stderrFile)}`,
        ),
      );
    });
    child.on("error", (error) => {
      if (!this.#expectExit) this.#onDeath(new DriverError("CLIENT_DIED", error.message));
    });
    await this.#answer("ready", 20_000);
  }

  /** @returns whether one operation was answered */
  async probe(deadlineMs: number): Promise<boolean> {
    this.tell({ kind: "probe" });
    return (await this.#answer("probed", deadlineMs)).answered;
  }

  /** @returns whether every key was read */
  async verify(forMs: number, deadlineMs: number): Promise<boolean> {
    this.tell({ kind: "verify", forMs });
    return (await this.#answer("verified", deadlineMs)).complete;
  }

  /** @returns the closing figures; the history is complete then */
  async end(): Promise<Figures> {
    const child = this.#child;
    if (!child?.connected) throw new DriverError("CLIENT_DIED", "the client host is gone");
    this.#expectExit = true;
    const exited = once(child, "exit");
    this.tell({ kind: "end" });
    const { figures } = await this.#answer("ended", 10_000);
    await withDeadline(exited, { what: "the client host to leave", deadlineMs: 5_000 });
    return figures;
  }

  /** For the way out after a failure: no questions asked. */
  kill(): void {
    this.#expectExit = true;
    this.#child?.kill("SIGKILL");
  }

  tell(message: ToClientHost): void {
    // A failed send is followed by the exit of the child, which is reported there.
    if (this.#child?.connected) this.#child.send(message, () => {});
  }

  #hear(said: FromClientHost): void {
    if (said.kind === "figures") {
      const atNs = monotonicNs();
      this.#figures = said.figures;
      this.#sightings.add({ endpoint: this.#setup.name, askedNs: atNs, atNs, peers: said.peers });
    }
    if (said.kind === "failed") {
      this.#expectExit = true;
      this.#onDeath(new DriverError("CLIENT_FAILED", said.why));
    }
    for (const waiter of this.#waiting) {
      if (waiter.kind !== said.kind) continue;
      this.#waiting.delete(waiter);
      waiter.take(said);
    }
  }

  async #answer<Kind extends FromClientHost["kind"]>(
    kind: Kind,
    deadlineMs: number,
  ): Promise<Extract<FromClientHost, { kind: Kind }>> {
    const answer = new Promise<FromClientHost>((resolve, reject) => {
      this.#waiting.add({ kind, take: resolve });
      this.#child?.once("exit", () =>
        reject(
          new DriverError(
            "CLIENT_DIED",
            `client host ${this.#setup.name} is gone${lastWords(this.#setup.stderrFile)}`,
          ),
        ),
      );
    });
    const what = `the client host to say "${kind}"`;
    return (await withDeadline(answer, { what, deadlineMs })) as Extract<
      FromClientHost,
      { kind: Kind }
    >;
  }
}
