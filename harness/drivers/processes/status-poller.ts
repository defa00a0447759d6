import { Agent, get } from "node:http";
import { monotonicNs, sleep } from "../clock.ts";
import { type Sighting, type Sightings, type StatusAnswer, statusAnswer } from "./sightings.ts";

export interface PolledReplica {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/**
 * Asks every replica for its status once a period; a replica that does not answer is asked again,
 * never twice at a time.
 */
export class StatusPoller {
  readonly #replicas: readonly PolledReplica[];
  readonly #everyMs: number;
  readonly #sightings: Sightings;
  readonly #stop = new AbortController();
  readonly #agents = new Map<string, Agent>();
  #loops: Promise<unknown> = Promise.resolve();

  constructor(options: {
    readonly replicas: readonly PolledReplica[];
    readonly everyMs: number;
    readonly sightings: Sightings;
  }) {
    this.#replicas = options.replicas;
    this.#everyMs = options.everyMs;
    this.#sightings = options.sightings;
  }

  start(): void {
    this.#loops = Promise.all(this.#replicas.map((replica) => this.#follow(replica)));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loops;
    for (const agent of this.#agents.values()) agent.destroy();
  }

  /** One question now, outside the rhythm: with the state digest, which is costly. */
  async digest(name: string): Promise<StatusAnswer | null> {
    const replica = this.#replicas.find((candidate) => candidate.name === name);
    if (!replica) return null;
    return this.#ask(replica, { path: "/status?digest=1", deadlineMs: 2_000 });
  }

  async #follow(replica: PolledReplica): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const askedNs = monotonicNs();
      const answer = await this.#ask(replica, { path: "/status", deadlineMs: 3 * this.#everyMs });
      if (this.#stop.signal.aborted) return;
      const atNs = monotonicNs();
      const seen: Sighting = { endpoint: replica.name, askedNs, atNs };
      this.#sightings.add(answer ? { ...seen, answer, peers: answer.peers } : seen);
      await sleep(this.#everyMs - Number(atNs - askedNs) / 1e6, this.#stop.signal);
    }
  }

  /** Null for every kind of silence: refused, stopped, killed in the middle, or nonsense. */
  #ask(
    replica: PolledReplica,
    { path, deadlineMs }: { path: string; deadlineMs: number },
  ): Promise<StatusAnswer | null> {
    const agent = this.#agents.get(replica.name) ?? new Agent({ keepAlive: true, maxSockets: 2 });
    this.#agents.set(replica.name, agent);
    return new Promise((resolve) => {
      const { host, port } = replica;
      const request = get({ host, port, path, agent, timeout: deadlineMs }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (part: string) => (text += part));
        response.on("error", () => resolve(null));
        response.on("end", () => resolve(parseAnswer(text)));
      });
      // Covers a connection that is accepted and never answered, which `timeout` alone only
      // announces.
      request.on("timeout", () => request.destroy());
      request.on("error", () => resolve(null));
      request.on("close", () => resolve(null));
    });
  }
}

function parseAnswer(text: string): StatusAnswer | null {
  try {
    return statusAnswer.parse(JSON.parse(text));
  } catch {
    // Cut off by a kill in the middle, or a liar: either way there is no status.
    return null;
  }
}
