import { monotonicNs, sleep } from "../clock.ts";
import { readMetricsPage } from "./metrics-page.ts";
import { type AskedReplica, PageClient } from "./page-client.ts";

export interface MetricsPollerOptions {
  readonly replicas: readonly AskedReplica[];
  readonly everyMs: number;
  readonly onMetrics: (
    replica: string,
    values: Readonly<Record<string, number>>,
    atNs: bigint,
  ) => void;
}

/** Asks every replica for its metrics once a period; who does not answer is asked at the next. */
export class MetricsPoller {
  readonly #options: MetricsPollerOptions;
  readonly #pages = new PageClient();
  readonly #stop = new AbortController();
  #loops: Promise<unknown> = Promise.resolve();

  constructor(options: MetricsPollerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loops = Promise.all(this.#options.replicas.map((replica) => this.#follow(replica)));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#pages.close();
    await this.#loops;
  }

  async #follow(replica: AskedReplica): Promise<void> {
    const { everyMs, onMetrics } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const askedNs = monotonicNs();
      const page = await this.#pages.ask(replica, { path: "/metrics", deadlineMs: everyMs });
      if (signal.aborted) return;
      const atNs = monotonicNs();
      if (page !== null) onMetrics(replica.name, readMetricsPage(page), atNs);
      await sleep(everyMs - Number(atNs - askedNs) / 1e6, signal);
    }
  }
}
