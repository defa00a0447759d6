/**
 * Makes a failure small: takes away what can go and it still fails, until nothing more can. What
 * fails is a value like any other; who calls says which are simpler and which fail.
 */

/** A part of a value: how to read it, and the value with another one in its place. */
export interface Lens<Whole, Part> {
  get(whole: Whole): Part;
  set(whole: Whole, part: Part): Whole;
}

export function at<Whole extends object>(): <Key extends keyof Whole>(
  key: Key,
) => Lens<Whole, Whole[Key]> {
  return (key) => ({
    get: (whole) => whole[key],
    set: (whole, part) => ({ ...whole, [key]: part }),
  });
}

/** Values that are simpler, the boldest first; none where nothing can be taken from it. */
export type Reduction<Whole> = (whole: Whole) => Iterable<Whole>;

export function within<Whole, Part>(
  lens: Lens<Whole, Part>,
  reductions: readonly Reduction<Part>[],
): Reduction<Whole> {
  return function* simpler(whole) {
    const part = lens.get(whole);
    for (const reduction of reductions) {
      for (const simplerPart of reduction(part)) yield lens.set(whole, simplerPart);
    }
  };
}

/** In each member of a list. */
export function inEach<Item>(reductions: readonly Reduction<Item>[]): Reduction<readonly Item[]> {
  return function* simpler(items) {
    for (const [index, item] of items.entries()) {
      for (const reduction of reductions) {
        for (const other of reduction(item)) yield items.with(index, other);
      }
    }
  };
}

/** The list without half of its members, a quarter of them ..., one of them. */
export function fewer<Item>(least = 0): Reduction<readonly Item[]> {
  return function* simpler(items) {
    const { length } = items;
    for (let count = length - least; count >= 1; count = Math.floor(count / 2)) {
      for (let from = 0; from + count <= length; from += count) {
        yield items.toSpliced(from, count);
      }
      const rest = length % count;
      if (rest > 0 && length - rest >= least) yield items.slice(0, length - rest);
    }
  };
}

/** A number that is nearer to the least: at once, halfway, and a quarter of the way. */
export function smaller(least: number): Reduction<number> {
  return function* simpler(number) {
    if (number <= least) return;
    yield least;
    for (const share of [0.5, 0.75]) {
      // Rounded down, so that the last steps are steps of one; none leads back.
      const between = Math.floor(least + share * (number - least));
      if (between > least) yield between;
    }
  };
}

/** Something else in its place, if it is not there already. */
export function instead<Part>(value: Part): Reduction<Part> {
  return function* simpler(part) {
    if (JSON.stringify(part) !== JSON.stringify(value)) yield value;
  };
}

export interface Shrinking<Case> {
  readonly reductions: readonly Reduction<Case>[];
  /** No more are tried. */
  readonly triesMax: number;
  /** Is told before each try how many there were, and how many of them failed too. */
  readonly onTry?: (tries: number, steps: number) => void;
}

export interface Shrunk<Case> {
  readonly smallest: Case;
  /** Simpler ones that failed too, one after the other. */
  readonly steps: number;
  readonly tries: number;
  /** Nothing more can be taken away; false: the tries ran out. */
  readonly isMinimal: boolean;
}

/** @param fails whether it fails as the first one does */
export function shrink<Case>(
  first: Case,
  fails: (candidate: Case) => boolean,
  options: Shrinking<Case>,
): Shrunk<Case> {
  const search = shrinking(first, options);
  let step = search.next();
  while (step.done !== true) step = search.next(fails(step.value));
  return step.value;
}

/** Asks of one candidate after the other whether it fails as the first one does. */
export function* shrinking<Case>(
  first: Case,
  { reductions, triesMax, onTry }: Shrinking<Case>,
): Generator<Case, Shrunk<Case>, boolean> {
  const tried = new Set([JSON.stringify(first)]);
  let smallest = first;
  let steps = 0;
  for (let before = -1; before < steps; ) {
    before = steps;
    for (const reduction of reductions) {
      // Again with the same one as long as it helps.
      for (let found = true; found; ) {
        const onCandidate = () => onTry?.(tried.size - 1, steps);
        const next = yield* firstFailing(reduction(smallest), { tried, triesMax, onCandidate });
        found = next !== null;
        if (next === null) continue;
        smallest = next;
        steps += 1;
      }
    }
  }
  const tries = tried.size - 1;
  return { smallest, steps, tries, isMinimal: tries < triesMax };
}

function* firstFailing<Case>(
  candidates: Iterable<Case>,
  {
    tried,
    triesMax,
    onCandidate,
  }: {
    readonly tried: Set<string>;
    readonly triesMax: number;
    readonly onCandidate: () => void;
  },
): Generator<Case, Case | null, boolean> {
  for (const candidate of candidates) {
    const text = JSON.stringify(candidate);
    if (tried.has(text)) continue;
    if (tried.size > triesMax) return null;
    onCandidate();
    tried.add(text);
    if (yield candidate) return candidate;
  }
  return null;
}
