/** The bound of L-2, as it was for each stretch of a run. */
import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import { FILES } from "../../observations/store.ts";
import type { Absence, CheckerInput } from "../checker.ts";
import { goodLogs } from "../evidence.ts";

/** A time-out shrinks by one doubling after so many operations (protocols §10.1). */
const OPERATIONS_TO_SHRINK = 100;
/** No time-out grows beyond this. */
const TIMEOUT_MAX_MS = 64_000;

interface Doubling {
  readonly time: number;
  readonly doublings: number;
}

/**
 * The planned bound comes from the configured timers and f alone. What nothing was promised for may
 * have doubled the time-outs before (`2^k T` of protocols §10.1), so that much is added; what they
 * double in a stretch in which progress is owed is no excuse for it.
 */
export class Bounds {
  readonly #input: CheckerInput;
  readonly #steps: readonly (readonly Doubling[])[];

  constructor(input: CheckerInput) {
    this.#input = input;
    this.#steps = goodLogs(input).map(([, records]) => doublingsOf(records));
  }

  /** In ms, for a stretch that begins at `from` (ns). */
  ms(from: number): number {
    const { recoveryBound, cluster } = this.#input.observations.plan;
    const { timers, faultsMax } = cluster.parameters;
    const grownMs = this.timeoutMs(from) - timers.requestMs;
    return recoveryBound.totalMs + grownMs * 2 ** faultsMax;
  }

  /** What the time-outs had doubled to by then, at most. */
  timeoutMs(until: number): number {
    const { requestMs } = this.#input.observations.plan.cluster.parameters.timers;
    const doublings = this.#steps.map(
      (steps) => steps.findLast(({ time }) => time < until)?.doublings ?? 0,
    );
    const grown = requestMs * 2 ** Math.max(0, ...doublings);
    return Math.max(requestMs, Math.min(grown, TIMEOUT_MAX_MS));
  }

  ns(from: number): number {
    return this.ms(from) * 1e6;
  }

  /** A view change that is missing from a log would make it longer. */
  rests(from: number): readonly Absence[] {
    return [...this.#input.good].map((replica) => ({ file: FILES.audit(replica), until: from }));
  }
}

/** A view change doubles the time-outs if nothing was executed since the one before it. */
function doublingsOf(records: readonly AuditRecord[]): readonly Doubling[] {
  const steps: Doubling[] = [];
  let doublings = 0;
  let executed = 0;
  let vain = false;
  let waits = false;
  for (const record of records) {
    if (record.e === "boot") {
      doublings = 0;
      // Who had asked for a view and not entered it goes on waiting for it.
      vain = waits;
    } else if (record.e === "newview") {
      waits = false;
    } else if (record.e === "viewchange") {
      if (vain) doublings += 1;
      vain = true;
      waits = true;
      executed = 0;
    } else if (record.e === "executed") {
      vain = false;
      executed += record.ops.length;
      if (executed < OPERATIONS_TO_SHRINK || doublings === 0) continue;
      executed = 0;
      doublings -= 1;
    } else continue;
    if (steps.at(-1)?.doublings !== doublings) steps.push({ time: record.time, doublings });
  }
  return steps;
}
