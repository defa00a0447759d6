/** What a night does next: three sources, each with its share of the time. */
import type { Night, NotRun, Source } from "../../reports/night/night.ts";

/** Something that could be done next. */
export interface Candidate {
  readonly key: string;
  readonly name: string;
  /** It is not begun with less than this left. */
  readonly upToMs: number;
}

export interface Agenda<Run extends Candidate, Chunk extends Candidate> {
  /** Endless; null once it has shown enough. */
  readonly exploration: (number: number) => Chunk | null;
  /** Endless. */
  readonly drawn: (number: number) => Run;
  readonly suites: readonly Run[];
}

export type Choice<Run, Chunk> =
  | { readonly source: "exploration"; readonly candidate: Chunk }
  | { readonly source: "drawn" | "suites"; readonly candidate: Run };

/**
 * Suites say what must hold, the other two look for what nobody thought of. Of equals the first
 * goes first.
 */
const SHARES: Readonly<Record<Source, number>> = { suites: 2, exploration: 1, drawn: 1 };
const SOURCES = Object.keys(SHARES) as readonly Source[];

type Done = Pick<Night, "steps">;

/**
 * The source that is furthest behind its share, of those that have something that fits into
 * `leftMs`; null if none has. Depends on what was done alone, so that a night that is taken up
 * again goes on as it would have.
 */
export function nextChoice<Run extends Candidate, Chunk extends Candidate>(
  agenda: Agenda<Run, Chunk>,
  night: Done,
  leftMs: number,
): Choice<Run, Chunk> | null {
  const behind = (source: Source) => spentOn(source, night) / SHARES[source];
  for (const source of SOURCES.toSorted((a, b) => behind(a) - behind(b))) {
    const choice = candidateOf(source, { agenda, night, leftMs });
    if (choice !== null) return choice;
  }
  return null;
}

interface Position<Run extends Candidate, Chunk extends Candidate> {
  readonly agenda: Agenda<Run, Chunk>;
  readonly night: Done;
  readonly leftMs: number;
}

function candidateOf<Run extends Candidate, Chunk extends Candidate>(
  source: Source,
  { agenda, night, leftMs }: Position<Run, Chunk>,
): Choice<Run, Chunk> | null {
  const fits = ({ upToMs }: Candidate) => upToMs <= leftMs;
  switch (source) {
    case "exploration": {
      const candidate = agenda.exploration(doneOf(source, night).length);
      return candidate !== null && fits(candidate) ? { source, candidate } : null;
    }
    case "drawn": {
      const candidate = agenda.drawn(doneOf(source, night).length);
      return fits(candidate) ? { source, candidate } : null;
    }
    case "suites": {
      // A long one that no longer fits does not keep a short one from its turn.
      const candidate = undone(agenda.suites, night).find(fits);
      return candidate === undefined ? null : { source, candidate };
    }
    default:
      return source satisfies never;
  }
}

/** What was asked for and not done. */
export function leftOut<Run extends Candidate, Chunk extends Candidate>(
  agenda: Agenda<Run, Chunk>,
  night: Done,
  why: (candidate: Candidate) => string,
): readonly NotRun[] {
  const drawn = agenda.drawn(doneOf("drawn", night).length);
  return [
    ...undone(agenda.suites, night).map((run) => ({
      source: "suites" as const,
      name: run.name,
      why: why(run),
    })),
    { source: "drawn", name: `${drawn.name} and those after it`, why: why(drawn) },
  ];
}

function undone<Run extends Candidate>(suites: readonly Run[], night: Done): readonly Run[] {
  const done = new Set(doneOf("suites", night).map(({ key }) => key));
  return suites.filter(({ key }) => !done.has(key));
}

function doneOf(source: Source, { steps }: Done): Done["steps"] {
  return steps.filter((step) => step.source === source);
}

function spentOn(source: Source, night: Done): number {
  return doneOf(source, night).reduce((sum, { tookMs }) => sum + tookMs, 0);
}
