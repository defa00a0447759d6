import type { Call } from "./call.ts";
import { written } from "./invented.ts";
import { searchKey } from "./search.ts";
import { observes } from "./step.ts";

/** How many calls before the failing one the first attempt looks at; doubled until it suffices. */
const FIRST_WINDOW = 8;

/**
 * The few calls of a violation that already contradict each other. Only what weakens the history
 * is tried (its beginning is replaced by "the key held anything", an observation is left out, an
 * effect becomes one that may or may not have happened), so whatever remains impossible proves
 * the whole impossible.
 * @param failing the call at whose return the search gave up
 * @returns indices into `calls`, in the order of their invocation
 */
export function minimalViolation(
  calls: readonly Call[],
  failing: number,
  expired: () => boolean,
): readonly number[] {
  const end = calls[failing]?.returned ?? Number.POSITIVE_INFINITY;
  // What happened after cannot be to blame, what was still open then may have any outcome.
  const before = [...calls.entries()]
    .filter(([, { invoked, returned }]) => invoked < end && returned !== null && returned <= end)
    .sort(([, a], [, b]) => a.invoked - b.invoked)
    .map(([index]) => index);
  const attempt = { calls, end, expired };
  const window = shortestWindow(before, attempt);
  return leaveOut(window.needed, { ...attempt, start: window.start });
}

interface Attempt {
  readonly calls: readonly Call[];
  readonly end: number;
  readonly expired: () => boolean;
  readonly start: "absent" | "anything";
}

function shortestWindow(
  before: readonly number[],
  attempt: Omit<Attempt, "start">,
): { readonly needed: readonly number[]; readonly start: Attempt["start"] } {
  const whole = { needed: before, start: "absent" } as const;
  // The beginnings of appended strings are too many to be "anything".
  if (attempt.calls.some(({ step }) => step.kind === "append")) return whole;
  for (let length = FIRST_WINDOW; length < before.length; length *= 2) {
    const needed = before.slice(-length);
    if (impossible(needed, { ...attempt, start: "anything" })) return { needed, start: "anything" };
  }
  return whole;
}

/** Leaves out ever smaller pieces, as long as what remains is impossible. */
function leaveOut(before: readonly number[], attempt: Attempt): readonly number[] {
  let needed = before;
  for (let size = Math.ceil(needed.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let end = needed.length; end > 0; end -= size) {
      const candidate = [...needed.slice(0, Math.max(0, end - size)), ...needed.slice(end)];
      if (attempt.expired()) return needed;
      if (impossible(candidate, attempt)) needed = candidate;
    }
  }
  return needed;
}

function impossible(needed: readonly number[], { calls, end, expired, start }: Attempt): boolean {
  const certain = new Set(needed);
  const first = Math.min(...needed.map((index) => calls[index]?.invoked ?? 0));
  const weakened: Call[] = [];
  for (const [index, call] of calls.entries()) {
    const { step, invoked, returned } = call;
    if (invoked >= end) continue;
    if (certain.has(index)) weakened.push(call);
    // Over before the window began: part of the "anything".
    else if (start === "anything" && returned !== null && returned < first) continue;
    else if (!observes(step)) weakened.push({ ...call, returned: null });
  }
  return searchKey(weakened, { expired, start }).outcome === "violation";
}

/** The last call before `index` that put there what `index` saw: no proof, but it helps to read. */
export function originOf(calls: readonly Call[], index: number): number | null {
  const seen = calls[index];
  if (seen === undefined || seen.step.kind !== "read") return null;
  const { value } = seen.step;
  let origin: number | null = null;
  for (const [candidate, { step, invoked }] of calls.entries()) {
    if (invoked >= (seen.returned ?? Infinity) || written(step) !== value) continue;
    if (origin === null || invoked > (calls[origin]?.invoked ?? 0)) origin = candidate;
  }
  return origin;
}
