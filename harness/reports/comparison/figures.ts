/** What is compared of two runs: one entry a figure, for terminal, page and JSON. */
import { costOf } from "../cost.ts";
import { count, milliseconds, perSecond } from "../format.ts";
import type { JudgedRun } from "../report.ts";
import { availabilityOf } from "./availability.ts";

/** Of one run; null where it was not measured. */
export type Figures = Readonly<Record<FigureName, number | null>>;

interface Measured {
  readonly run: JudgedRun;
  /** Null where the replicas were not asked. */
  readonly cost: ReturnType<typeof costOf>;
}

interface Figure {
  /** As people read it; the name in JSON ends in its unit. */
  readonly title: string;
  readonly better: "more" | "less";
  /** It follows what is offered: of two sides that are offered another load neither is better. */
  readonly ofLoad?: true;
  readonly of: (measured: Measured) => number | null;
  readonly text: (value: number) => string;
  /** Where a difference is not told as the figure is. */
  readonly differenceText?: (value: number) => string;
}

const plain = (value: number): string => String(Number(value.toFixed(1)));
const percent = (value: number): number => Number((100 * value).toFixed(2));

export const figures = {
  availability: {
    title: "availability",
    better: "more",
    of: ({ run }) => availabilityOf(run.observations),
    text: (value) => `${percent(value)}%`,
    // Of 50% and 60% it would be hard to say what a difference of 10% is.
    differenceText: (value) => `${percent(value)} points`,
  },
  outageMs: {
    title: "outage",
    better: "less",
    of: ({ run }) => run.judgement.outageMs,
    text: milliseconds,
  },
  recoveryMs: {
    title: "recovery",
    better: "less",
    of: ({ run }) => run.judgement.recoveryMs,
    text: milliseconds,
  },
  viewChanges: {
    title: "view changes",
    better: "less",
    of: ({ run }) => run.judgement.views.changes,
    text: plain,
  },
  p50Ms: {
    title: "latency p50",
    better: "less",
    of: ({ run }) => run.judgement.latencyMs?.p50 ?? null,
    text: milliseconds,
  },
  p99Ms: {
    title: "latency p99",
    better: "less",
    of: ({ run }) => run.judgement.latencyMs?.p99 ?? null,
    text: milliseconds,
  },
  operationsPerSecond: {
    title: "throughput",
    better: "more",
    ofLoad: true,
    of: ({ run }) => run.judgement.throughput.achieved,
    text: perSecond,
  },
  cpuMsPerOperation: {
    title: "CPU an operation",
    better: "less",
    of: ({ cost }) => cost?.cpuMsPerOperation ?? null,
    text: (value) => `${Number((1_000 * value).toFixed(0))} µs`,
  },
  messagesPerOperation: {
    title: "messages an operation",
    better: "less",
    of: ({ cost }) => cost?.messagesPerOperation ?? null,
    text: plain,
  },
  bytesPerOperation: {
    title: "bytes an operation",
    better: "less",
    of: ({ cost }) => cost?.bytesPerOperation ?? null,
    text: count,
  },
} as const satisfies Readonly<Record<string, Figure>>;

export type FigureName = keyof typeof figures;

export function figureNamed(name: FigureName): Figure {
  return figures[name];
}

export const FIGURE_NAMES = Object.keys(figures) as readonly FigureName[];

export function figuresOf(run: JudgedRun): Figures {
  const measured = { run, cost: costOf(run.observations) };
  const all = FIGURE_NAMES.map((name) => [name, figureNamed(name).of(measured)] as const);
  return Object.fromEntries(all) as Figures;
}
