/** Whether two plans ask the same of two clusters, so that what comes of them can be compared. */
import { durationText } from "../../faults/units.ts";
import type { Plan, PlanEntry } from "./plan.ts";
import { triggerText } from "./trigger.ts";

export interface PlanDifferences {
  /** Why they cannot be compared, each with the two values. */
  readonly refusals: readonly string[];
  /** What is not the same and has to be said beside every figure. */
  readonly notes: readonly string[];
  /** Both are offered as much, in the same way: what is done in a second says who is better. */
  readonly isLoadAlike: boolean;
}

/** Of the load: what the operations are, and not how many of them are offered. */
const OF_CONTENT: ReadonlySet<string> = new Set(["keys", "skew", "mix", "seed"]);

/** Sections of a scenario that a comparison may vary, and the part of the plan each is. */
const VARIED = { workload: "workload", phases: "phases", faults: "entries" } as const;

/**
 * Both clusters get the same load and the same faults at the same times (harness §5.6). What a
 * cluster is may differ: its size, and whom a fault strikes, follow from it.
 * @param varied the sections whose keys were varied on purpose
 */
export function planDifferences(
  first: Plan,
  second: Plan,
  varied: ReadonlySet<string>,
): PlanDifferences {
  const refusals: string[] = [];
  const notes: string[] = [];
  if (first.seed !== second.seed) refusals.push(apart("seed", first.seed, second.seed));
  for (const [section, part] of Object.entries(VARIED)) {
    const into = varied.has(section) ? notes : refusals;
    into.push(
      ...(part === "entries" ? entriesApart(first, second) : partApart(part, first, second)),
    );
  }
  notes.push(...sizesApart(first, second), ...targetsApart(first, second));
  const loadApart = keysApart(first.workload, second.workload);
  const isLoadAlike = loadApart.every(([key]) => OF_CONTENT.has(key));
  return { refusals, notes, isLoadAlike };
}

function partApart(part: "workload" | "phases", first: Plan, second: Plan): readonly string[] {
  return keysApart(first[part], second[part]).map(([key, one, other]) =>
    apart(`${part}.${key}`, one, other),
  );
}

/** What is injected when: whom it strikes is another matter. */
function entriesApart(first: Plan, second: Plan): readonly string[] {
  const ids = new Set([...first.entries, ...second.entries].map(({ id }) => id));
  return [...ids].flatMap((id) => {
    const [one, other] = [first, second].map(({ entries }) => whenOf(entries, id));
    return one === other ? [] : [`the fault ${id}: ${one} | ${other}`];
  });
}

function whenOf(entries: readonly PlanEntry[], id: string): string {
  const entry = entries.find((candidate) => candidate.id === id);
  if (entry === undefined) return "not there";
  const begins = triggerText(entry) ?? `at ${durationText(entry.atMs)}`;
  return `${entry.fault} ${begins} for ${durationText(entry.durationMs)}`;
}

function sizesApart({ cluster: one }: Plan, { cluster: other }: Plan): readonly string[] {
  const sizes = { n: "replicas", f: "faultsMax" } as const;
  return Object.entries(sizes).flatMap(([name, key]) => {
    const [here, there] = [one.parameters[key], other.parameters[key]];
    return here === there ? [] : [apart(name, here, there)];
  });
}

/** Of faults that both have. */
function targetsApart(first: Plan, second: Plan): readonly string[] {
  return first.entries.flatMap((one) => {
    const other = second.entries.find(({ id }) => id === one.id);
    if (other === undefined) return [];
    if (one.notApplicable !== other.notApplicable) {
      return [`the fault ${one.id}: ${injectedOf(one)} | ${injectedOf(other)}`];
    }
    return isSame(one.resolved, other.resolved)
      ? []
      : [apart(`the fault ${one.id}`, one.resolved, other.resolved)];
  });
}

function injectedOf({ notApplicable }: PlanEntry): string {
  return notApplicable === undefined ? "injected" : `not injected (${notApplicable})`;
}

function keysApart(
  one: object,
  other: object,
): readonly (readonly [key: string, one: unknown, other: unknown])[] {
  const [here, there] = [new Map(Object.entries(one)), new Map(Object.entries(other))];
  const keys = new Set([...here.keys(), ...there.keys()]);
  return [...keys].flatMap((key) =>
    isSame(here.get(key), there.get(key)) ? [] : [[key, here.get(key), there.get(key)] as const],
  );
}

/** A plan is plain JSON, its keys always in one order. */
function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function apart(what: string, one: unknown, other: unknown): string {
  return `${what}: ${JSON.stringify(one) ?? "none"} | ${JSON.stringify(other) ?? "none"}`;
}
