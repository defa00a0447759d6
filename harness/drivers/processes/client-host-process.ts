/** The harness's side of the client host process (`c0`): all logical clients live in it. */
import { CLIENT_HOST } from "../client-host.ts";
import { monotonicNs, withDeadline } from "../clock.ts";
import { DriverError } from "../driver.ts";
import {
  type Figures,
  type FromClientHost,
  fromClientHost,
  type ToClientHost,
} from "./client-messages.ts";
import type { Platform, SpawnedProcess } from "./platform.ts";
import type { RunningClientHost } from "./running-cluster.ts";
import type { Sightings } from "./sightings.ts";

const START_DEADLINE_MS = 20_000;
const END_DEADLINE_MS = 10_000;

export interface ClientHostListener {
  readonly death: (error: DriverError) => void;
  readonly note: (what: string, detail: string) => void;
  readonly service: (said: Extract<FromClientHost, { silentMs: number | null }>) => void;
}

export class ClientHostProcess implements RunningClientHost {
  readonly #platform: Pick<Platform, "spawn">;
  readonly #sightings: Sightings;
  readonly #on: ClientHostListener;
  readonly #waiting = new Set<{
    kind: FromClientHost["kind"];
    take: (said: FromClientHost) => void;
  }>();
  #process: SpawnedProcess | null = null;
  #expectExit = false;
  #figures: Figures | null = null;

  constructor(
    platform: Pick<Platform, "spawn">,
    sightings: Sightings,
    listener: ClientHostListener,
  ) {
    this.#platform = platform;
    this.#sightings = sightings;
    this.#on = listener;
  }

  get figures(): Figures | null {
    return this.#figures;
  }

  async start(): Promise<void> {
    const process = this.#platform.spawn(CLIENT_HOST);
    this.#process = process;
    process.onLine((line) => {
      if (line !== null) this.#hear(fromClientHost.parse(line));
    });
    process.onEnd(({ words }) => {
      if (this.#expectExit) return;
      const why = `client host ${CLIENT_HOST} ended with ${words}${process.lastWords()}`;
      this.#on.death(new DriverError("CLIENT_DIED", why));
    });
    await this.#answer("ready", START_DEADLINE_MS);
  }

  async probe(deadlineMs: number): Promise<boolean> {
    this.tell({ kind: "probe" });
    return (await this.#answer("probed", deadlineMs)).answered;
  }

  async verify(forMs: number, deadlineMs: number): Promise<boolean> {
    this.tell({ kind: "verify", forMs });
    return (await this.#answer("verified", deadlineMs)).complete;
  }

  async end(): Promise<Figures> {
    const process = this.#process;
    if (process === null || process.ending !== null) {
      throw new DriverError("CLIENT_DIED", "the client host is gone");
    }
    this.#expectExit = true;
    const left = new Promise<void>((resolve) => process.onEnd(() => resolve()));
    this.tell({ kind: "end" });
    const { figures } = await this.#answer("ended", END_DEADLINE_MS);
    await withDeadline(left, { what: "the client host to leave", deadlineMs: 5_000 });
    return figures;
  }

  /** For the way out after a failure: no questions asked. */
  async kill(): Promise<void> {
    this.#expectExit = true;
    await this.#process?.kill();
  }

  tell(message: ToClientHost): void {
    this.#process?.tell(`${JSON.stringify(message)}\n`);
  }

  #hear(said: FromClientHost): void {
    if (said.kind === "figures") {
      const atNs = monotonicNs();
      this.#figures = said.figures;
      this.#sightings.add({
        endpoint: CLIENT_HOST,
        askedNs: atNs,
        atNs,
        peers: said.peers,
        acts: said.acts,
      });
    }
    if ("silentMs" in said) this.#on.service(said);
    if (said.kind === "failed") {
      this.#expectExit = true;
      this.#on.death(new DriverError("CLIENT_FAILED", said.why));
    }
    if (said.kind === "note") this.#on.note(said.what, said.detail);
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
      const process = this.#process;
      process?.onEnd(() => {
        const why = `client host ${CLIENT_HOST} is gone${process.lastWords()}`;
        reject(new DriverError("CLIENT_DIED", why));
      });
    });
    const what = `the client host to say "${kind}"`;
    return (await withDeadline(answer, { what, deadlineMs })) as Extract<
      FromClientHost,
      { kind: Kind }
    >;
  }
}
