import type { Step, Value } from "../../../../nodes/protocols/contract/model.ts";
import { apply } from "./step.ts";

/** The number of a state; equal numbers behave equally in all steps of this history. */
export type State = number;

/** Every value that no step of the history can tell from any other such value. */
export const ELSEWHERE: State = 0;

/**
 * The states that the steps of one key can tell apart. Values that nobody ever reads or compares
 * with (nor could after appends) are one state: without this, fifty lost writes of fifty values
 * nobody saw would be fifty different worlds.
 */
export class StateSpace {
  readonly initial: State;
  readonly appends: boolean;
  readonly #values: Value[] = [null];
  readonly #numbers = new Map<Value, State>();
  readonly #observed: ReadonlySet<Value>;
  readonly #sorted: readonly string[];
  readonly #next = new Map<Step, Map<State, State | null>>();

  constructor(steps: readonly Step[]) {
    this.appends = steps.some((step) => step.kind === "append");
    this.#observed = new Set(steps.flatMap(observedValues));
    this.#sorted = [...this.#observed].filter((value) => value !== null).sort();
    this.initial = this.stateOf(null);
  }

  /** @returns null where the step cannot have happened in this state */
  apply(state: State, step: Step): State | null {
    let row = this.#next.get(step);
    if (row === undefined) {
      row = new Map();
      this.#next.set(step, row);
    }
    const known = row.get(state);
    if (known !== undefined) return known;
    const next = this.#compute(state, step);
    row.set(state, next);
    return next;
  }

  /** Every state there is before the first step. */
  states(): readonly State[] {
    const states = new Set<State>([ELSEWHERE, this.initial]);
    for (const value of this.#observed) states.add(this.stateOf(value));
    return [...states];
  }

  /** Two steps that change something are interchangeable if this is equal. */
  effectOf(step: Step): string {
    switch (step.kind) {
      case "set":
        return `set ${this.stateOf(step.value)}`;
      case "swap":
        return `swap ${this.stateOf(step.from)} ${this.stateOf(step.to)}`;
      case "append":
        return `append ${step.value}`;
      case "read":
      case "miss":
        return step.kind;
      default:
        return step satisfies never;
    }
  }

  #compute(state: State, step: Step): State | null {
    if (state === ELSEWHERE) {
      if (step.kind === "set") return this.stateOf(step.value);
      return step.kind === "append" || step.kind === "miss" ? ELSEWHERE : null;
    }
    const next = apply(this.#values[state] ?? null, step);
    return next === undefined ? null : this.stateOf(next);
  }

  /** The state of a key that holds this value. */
  stateOf(value: Value): State {
    const known = this.#numbers.get(value);
    if (known !== undefined) return known;
    let number = ELSEWHERE;
    if (this.#matters(value)) {
      number = this.#values.length;
      this.#values.push(value);
    }
    this.#numbers.set(value, number);
    return number;
  }

  #matters(value: Value): boolean {
    if (this.#observed.has(value)) return true;
    if (!this.appends) return false;
    // With appends a value also matters as the beginning of one that somebody saw; null begins all.
    if (value === null) return true;
    const candidate = this.#sorted[lowerBound(this.#sorted, value)];
    return candidate?.startsWith(value) === true;
  }
}

function observedValues(step: Step): readonly Value[] {
  switch (step.kind) {
    case "read":
      return [step.value];
    case "miss":
    case "swap":
      return [step.from];
    case "set":
    case "append":
      return [];
    default:
      return step satisfies never;
  }
}

/** The first index whose element is not below `value`. */
function lowerBound(sorted: readonly string[], value: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? "") < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
