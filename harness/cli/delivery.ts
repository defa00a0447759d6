/** What runs and benchmarks come to, on its way to a Prometheus. */
import { join } from "node:path";
import { monotonicMs, sleep } from "../drivers/clock.ts";
import { FILES } from "../observations/store.ts";
import { judgedPoints } from "../prometheus/judged-points.ts";
import { LiveFeed, type Sent } from "../prometheus/live-feed.ts";
import type { Point } from "../prometheus/point.ts";
import { remoteWrite } from "../prometheus/remote-write.ts";
import { recordedPoints } from "../prometheus/run-points.ts";
import type { FinishedRun, Recording } from "../run.ts";
import { printable } from "../scenario/printable.ts";

const EVERY_MS = 1_000;

/** Of one run after the other. A receiver that takes nothing changes nothing of any outcome. */
export class Delivery {
  readonly #receiver: string;
  #live: { readonly feed: LiveFeed; readonly over: AbortController } | null = null;

  constructor(receiver: string) {
    this.#receiver = receiver;
  }

  follow({ directory, run, plan }: Recording): void {
    const tail = (file: string) => ({ path: join(directory, file), offset: 0 });
    const feed = new LiveFeed({
      run,
      plan,
      zeroAtMs: Date.parse(run.zeroAt ?? run.startedAt),
      files: {
        history: tail(FILES.history),
        ledger: tail(FILES.ledger),
        metrics: tail(FILES.metrics),
      },
      send: (points) => this.#send(points),
    });
    const over = new AbortController();
    this.#live = { feed, over };
    void tickUntil(over.signal, feed);
  }

  /** Says how many samples arrived. */
  async finish({ judged }: Pick<FinishedRun, "judged">): Promise<void> {
    const recorded = judged === null ? [] : recordedPoints(judged.observations);
    const results = judged === null ? [] : judgedPoints(judged);
    const live = this.#live;
    this.#live = null;
    if (live === null) await this.deliver([...recorded, ...results]);
    else {
      live.over.abort();
      this.#tell(await live.feed.end(recorded, results));
    }
  }

  async deliver(points: readonly Point[]): Promise<void> {
    const { sent, refused, left, why } = await this.#send(points);
    this.#tell({ sent, lost: refused + left.length, why });
  }

  #send(points: readonly Point[]) {
    return remoteWrite(this.#receiver, points, {
      fetch,
      nowMs: monotonicMs,
      pause: (ms) => sleep(ms),
    });
  }

  #tell({ sent, lost, why }: Sent): void {
    const to = printable(this.#receiver);
    if (lost === 0) process.stdout.write(`${sent} samples sent to ${to}\n`);
    else {
      const of = `${lost} of ${sent + lost} samples were not sent to ${to}`;
      process.stderr.write(`${of}: ${printable(why ?? "it was away for too long")}\n`);
    }
  }
}

async function tickUntil(over: AbortSignal, feed: LiveFeed): Promise<void> {
  try {
    while (!over.aborted) {
      await sleep(EVERY_MS, over);
      if (!over.aborted) feed.tick(Date.now());
    }
  } catch {
    // No run ends because it could not be followed: from here on it is sent when it is over, and
    // what was wrong with its files is the judge's to say.
  }
}
