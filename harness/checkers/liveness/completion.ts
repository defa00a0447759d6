import type { Checker, CheckerInput, Evidence, Violation } from "../checker.ts";
import { CLOCK_TOLERANCE_NS } from "../evidence.ts";
import { provenOutcome } from "../proof.ts";
import { calmWindows, inMs, type Lived, livedOperations, type Window } from "../windows.ts";
import { Bounds } from "./bounds.ts";
import { Waits } from "./waits.ts";

/** L-1: while liveness is owed, every operation is answered within the bound. */
export const completion: Checker = {
  id: "L-1",
  summary: "every operation completes within the bound while liveness is owed",
  idle: "no operation waited while liveness was owed",
  promise: "liveness",
  needs: ["ledger", "history"],
  check(input) {
    const { observations, budget } = input;
    const windows = calmWindows(observations, budget);
    const operations = livedOperations(observations.history);
    const deadlines = new Deadlines(input, operations);
    const waits = new Waits(input);
    const violations: Violation[] = [];
    let judged = 0;
    for (const lived of operations) {
      const since = waits.since(lived);
      const endedAt = endOf(lived);
      const owed = windows.filter(({ from, to }) => lived.invoke.time < to && endedAt > from);
      if (owed.length > 0) judged += 1;
      const [missed] = owed.flatMap((window) => deadlines.missed({ lived, since }, window) ?? []);
      if (missed !== undefined) violations.push(missed);
    }
    return provenOutcome(input, judged, violations);
  },
};

interface Waiting {
  readonly lived: Lived;
  /** When its client began to wait: a client that gives up and asks again waits on. */
  readonly since: number;
}

class Deadlines {
  readonly #input: CheckerInput;
  readonly #bounds: Bounds;
  /** When anybody waited for an answer, in order and apart. */
  readonly #asked: readonly Window[];

  constructor(input: CheckerInput, operations: readonly Lived[]) {
    this.#input = input;
    this.#asked = united(
      operations.map((lived) => ({ from: lived.invoke.time, to: endOf(lived) })),
    );
    this.#bounds = new Bounds(input);
  }

  missed({ lived, since }: Waiting, { from, to }: Window): Violation | null {
    const { invoke, completion: answer, givenUp } = lived;
    const boundNs = this.#bounds.ns(from);
    const sentIn = Math.max(invoke.time, from);
    const shown = (what: string, time: number) => ({
      ...late(lived, { what, time, boundNs }),
      rests: this.#bounds.rests(from),
    });
    if (answer !== null) {
      const deadline = sentIn + boundNs;
      if (deadline > to || answer.time <= deadline) return null;
      return shown(`took ${inMs(answer.time - sentIn)} ms`, answer.time);
    }
    const deadline = Math.max(since, from) + boundNs;
    if (deadline <= Math.min(to, givenUp)) return shown("was never answered", deadline);
    // Whom the end of the run cut off might have been answered yet.
    if (givenUp - invoke.time < this.#patienceNs()) return null;
    // With a liar about, any moment may be the one from which the others need the bound again.
    const askedNs = this.#askedNs({ from, to: givenUp });
    if (givenUp > to || askedNs < boundNs || this.#liesBefore(to)) return null;
    const asked = inMs(askedNs);
    return shown(`was given up when somebody had been waiting for ${asked} ms in all`, givenUp);
  }

  /**
   * What a disturbance has cost is noticed while somebody asks (protocols §10.2): in between who
   * lags may still leave its view alone, and nobody miss it.
   */
  #askedNs({ from, to }: Window): number {
    const within = this.#asked.map((asked) => Math.min(asked.to, to) - Math.max(asked.from, from));
    return within.reduce((sum, length) => sum + Math.max(0, length), 0);
  }

  /** How long a client waits that gives up by itself. */
  #patienceNs(): number {
    const { operationTimeoutMs } = this.#input.observations.plan.cluster.parameters;
    return operationTimeoutMs * 1e6 - CLOCK_TOLERANCE_NS;
  }

  #liesBefore(time: number): boolean {
    const { steps } = this.#input.budget;
    return (steps.findLast(({ fromMs }) => fromMs * 1e6 < time)?.safety.length ?? 0) > 0;
  }
}

function united(stretches: readonly Window[]): readonly Window[] {
  const apart: { from: number; to: number }[] = [];
  for (const { from, to } of stretches.toSorted((a, b) => a.from - b.from)) {
    const last = apart.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else apart.push({ from, to });
  }
  return apart;
}

/** When it was answered or given up; Infinity = never. */
function endOf({ completion: answer, givenUp }: Lived): number {
  return Math.min(answer?.time ?? Number.POSITIVE_INFINITY, givenUp);
}

function late(
  { invoke, completion: answer }: Lived,
  {
    what,
    time,
    boundNs,
  }: { readonly what: string; readonly time: number; readonly boundNs: number },
): Evidence {
  const which = `(client ${invoke.client}, t=${invoke.t}: ${invoke.f})`;
  const records = answer === null ? [invoke] : [invoke, answer];
  return { what: `${which} ${what}; the bound is ${inMs(boundNs)} ms`, time, records };
}
