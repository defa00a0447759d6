/** What an operation cost the replicas, from what their counters grew by while the load was on. */
import { isAnswer } from "../observations/history.ts";
import type { Observations, StatusSample } from "../observations/observations.ts";

export interface Cost {
  /** Answered after the warm-up while the load was on: what the other figures are shared among. */
  readonly operations: number;
  /** Requests in a batch; null where the protocol has no batches. */
  readonly batchMean: number | null;
  /** What all replicas sent, and what clients sent them; heartbeats and STATUS included. */
  readonly messagesPerOperation: number;
  readonly bytesPerOperation: number;
  /** Of the replicas, in user and kernel; null where no CPU time is measured: in the simulator. */
  readonly cpuMsPerOperation: number | null;
}

/** Null if nothing was answered, or the replicas were not asked twice meanwhile. */
export function costOf({ history, ledger, samples }: Observations): Cost | null {
  const window = loadedWindow(ledger);
  const inside = samples.filter(({ time, up }) => up && time >= window.from && time <= window.to);
  const [first] = inside;
  const last = inside.at(-1);
  if (first === undefined || last === undefined) return null;
  const operations = history.filter(
    (event) => isAnswer(event) && event.time >= first.time && event.time <= last.time,
  ).length;
  const spent = totalOf([...Map.groupBy(inside, ({ replica }) => replica).values()].map(growth));
  if (operations === 0 || spent.messages === 0) return null;
  const share = (total: number) => Math.round((total / operations) * 1_000) / 1_000;
  return {
    operations,
    batchMean:
      spent.batches === 0 ? null : Math.round((spent.requests / spent.batches) * 100) / 100,
    messagesPerOperation: share(spent.messages),
    bytesPerOperation: share(spent.bytes),
    cpuMsPerOperation: spent.cpuMs === 0 ? null : share(spent.cpuMs),
  };
}

/** From the end of the warm-up to the last time the load went off. */
function loadedWindow(ledger: Observations["ledger"]): {
  readonly from: number;
  readonly to: number;
} {
  const faults = ledger.find((line) => line.kind === "phase" && line.phase === "faults");
  const off = ledger.findLast((line) => line.kind === "load" && !line.on);
  return { from: faults?.time ?? 0, to: off?.time ?? Number.POSITIVE_INFINITY };
}

type Counted = Record<"requests" | "batches" | "messages" | "bytes" | "cpuMs", number>;

function counted({ status, peers, process }: StatusSample): Counted {
  const ends = Object.entries(peers ?? {});
  const sum = (of: (peer: (typeof ends)[number]) => number) =>
    ends.reduce((total, end) => total + of(end), 0);
  return {
    requests: status?.counters["requests"] ?? 0,
    batches: status?.counters["batches"] ?? 0,
    messages: sum(([name, peer]) => peer.sent + (isClient(name) ? peer.received : 0)),
    bytes: sum(([name, peer]) => peer.sentBytes + (isClient(name) ? peer.receivedBytes : 0)),
    cpuMs: (process?.cpuSeconds ?? 0) * 1_000,
  };
}

function isClient(name: string): boolean {
  return name.startsWith("c");
}

/** Of one replica, in order of time; a restart begins again at 0. */
function growth(samples: readonly StatusSample[]): Counted {
  const counts = samples.map(counted);
  const steps = counts.slice(1).map((next, index) => {
    const before = counts[index] ?? next;
    return eachFigure((figure) => {
      const grown = next[figure] - before[figure];
      return grown >= 0 ? grown : next[figure];
    });
  });
  return totalOf(steps);
}

function totalOf(all: readonly Counted[]): Counted {
  return eachFigure((figure) => all.reduce((total, each) => total + each[figure], 0));
}

function eachFigure(of: (figure: keyof Counted) => number): Counted {
  return {
    requests: of("requests"),
    batches: of("batches"),
    messages: of("messages"),
    bytes: of("bytes"),
    cpuMs: of("cpuMs"),
  };
}
