import { monotonicNs, sleep } from "../clock.ts";
import { type AskedReplica, PageClient, type Question } from "./page-client.ts";
import { type Sighting, type Sightings, type StatusAnswer, statusAnswer } from "./sightings.ts";

/**
 * Asks every replica for its status once a period; a replica that does not answer is asked again,
 * never twice at a time.
 */
export class StatusPoller {
  readonly #replicas: readonly AskedReplica[];
  readonly #everyMs: number;
  readonly #sightings: Sightings;
  readonly #stop = new AbortController();
  readonly #pages = new PageClient();
  #loops: Promise<unknown> = Promise.resolve();

  constructor(options: {
    readonly replicas: readonly AskedReplica[];
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
    this.#pages.close();
  }

  /** One question now, outside the rhythm: with the state digest, which is costly. */
  async digest(name: string): Promise<StatusAnswer | null> {
    const replica = this.#replicas.find((candidate) => candidate.name === name);
    if (!replica) return null;
    return this.#ask(replica, { path: "/status?digest=1", deadlineMs: 2_000 });
  }

  async #follow(replica: AskedReplica): Promise<void> {
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

  /** Null for every kind of silence, and for nonsense. */
  async #ask(replica: AskedReplica, question: Question): Promise<StatusAnswer | null> {
    const text = await this.#pages.ask(replica, question);
    return text === null ? null : parseAnswer(text);
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
