/**
 * Samples by Prometheus's remote write: in batches, tried again while the receiver is away, for a
 * bounded time. Whatever becomes of it is told, not thrown: no run is worse for a Prometheus that
 * is not there.
 */
import { pushTimeseries } from "prometheus-remote-write";
import type { Point } from "./point.ts";

const BATCH_SAMPLES = 5_000;
const ANSWER_MS = 10_000;
const TRIES_MAX = 6;
const FIRST_PAUSE_MS = 200;
const PAUSE_MAX_MS = 3_000;
/** For all batches together. */
const DEADLINE_MS = 30_000;
const WORDS_MAX = 200;
const SLOW = `it takes more than ${DEADLINE_MS / 1_000} s to take all of them`;

export interface Delivery {
  readonly sent: number;
  /** Samples that the receiver does not want, however often it is asked. */
  readonly refused: number;
  /** Not sent, because the receiver was away for too long; in order. */
  readonly left: readonly Point[];
  /** Of the last trouble. */
  readonly why: string | null;
}

/** What a test puts in the place of the world. */
export interface Surroundings {
  readonly fetch: typeof fetch;
  readonly nowMs: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

interface Series {
  readonly labels: { __name__: string; [label: string]: string };
  readonly samples: { value: number; timestamp: number }[];
}

/** @param points of one series in order of time */
export async function remoteWrite(
  receiver: string,
  points: readonly Point[],
  world: Surroundings,
): Promise<Delivery> {
  const deadline = world.nowMs() + DEADLINE_MS;
  let [sent, refused] = [0, 0];
  let why: string | null = null;
  for (let from = 0; from < points.length; from += BATCH_SAMPLES) {
    if (world.nowMs() > deadline) {
      return { sent, refused, left: points.slice(from), why: why ?? SLOW };
    }
    const batch = points.slice(from, from + BATCH_SAMPLES);
    const { trouble, isFinal } = await deliver(receiver, batch, { world, deadline });
    why = trouble ?? why;
    // What comes later in the same series must not overtake it.
    if (trouble !== null && !isFinal) return { sent, refused, left: points.slice(from), why };
    if (trouble === null) sent += batch.length;
    else refused += batch.length;
  }
  return { sent, refused, left: [], why };
}

async function deliver(
  receiver: string,
  batch: readonly Point[],
  { world, deadline }: { readonly world: Surroundings; readonly deadline: number },
): Promise<Push> {
  const series = seriesOf(batch);
  for (let tries = 1; ; tries++) {
    const pushed = await push(receiver, series, world);
    const pauseMs = Math.min(PAUSE_MAX_MS, FIRST_PAUSE_MS * 2 ** (tries - 1));
    const isLast = tries === TRIES_MAX || world.nowMs() + pauseMs > deadline;
    if (pushed.isFinal || isLast) return pushed;
    await world.pause(pauseMs);
  }
}

interface Push {
  /** In words; null = it was taken. */
  readonly trouble: string | null;
  /** It is taken, or will not be another time either. */
  readonly isFinal: boolean;
}

async function push(url: string, series: Series[], world: Surroundings): Promise<Push> {
  try {
    const { status, statusText, errorMessage } = await pushTimeseries(series, {
      url,
      headers: { "X-Prometheus-Remote-Write-Version": "0.1.0", "Content-Encoding": "snappy" },
      fetch: async (to, request) => {
        const answer = await world.fetch(to, {
          method: "POST",
          headers: request?.headers ?? {},
          body: request === undefined ? null : new Uint8Array(request.body),
          // It would be followed without the samples, and its end taken for theirs.
          redirect: "manual",
          signal: AbortSignal.timeout(ANSWER_MS),
        });
        const { status, statusText } = answer;
        return { status, statusText, text: () => beginningOf(answer) };
      },
    });
    if (status >= 200 && status < 300) return { trouble: null, isFinal: true };
    const words = (errorMessage ?? "").slice(0, WORDS_MAX).trim();
    const isFinal = status < 500 && status !== 429;
    return { trouble: `it answers ${status} ${statusText}: ${words}`, isFinal };
  } catch (error) {
    return { trouble: reasonOf(error), isFinal: false };
  }
}

/** As much of it as is shown: whatever answers there may go on without end. */
async function beginningOf({ body }: Response): Promise<string> {
  let text = "";
  for await (const part of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += part;
    if (text.length >= WORDS_MAX) break;
  }
  return text;
}

/** `fetch` says only that it failed; why is below. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

function seriesOf(points: readonly Point[]): Series[] {
  const all = new Map<string, Series>();
  for (const { metric, part, labels, value, atMs } of points) {
    const name = metric.name + part;
    // The protocol wants the labels in the order of their names; `__name__` sorts first.
    const sorted = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
    const key = JSON.stringify([name, sorted]);
    const series = all.get(key) ?? {
      labels: { __name__: name, ...Object.fromEntries(sorted) },
      samples: [],
    };
    all.set(key, series);
    series.samples.push({ value, timestamp: atMs });
  }
  return [...all.values()];
}
