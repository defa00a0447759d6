import { FILES } from "../../observations/store.ts";
import { toleranceOf } from "../../plan/tolerance.ts";
import type { Checker, CheckerInput, Violation } from "../checker.ts";
import { provenOutcome } from "../proof.ts";
import { inMs } from "../windows.ts";
import { Bounds } from "./bounds.ts";
import { Paces } from "./paces.ts";
import { type Stretch, strickenStretches } from "./stricken-stretches.ts";

/** So many answers there have to be, or to be expected: of fewer a share says little. */
const ANSWERS_MIN = 50;

/**
 * L-8: who crashes and does not lead takes his own work along and nothing else. What is left of the
 * fault-free throughput meanwhile is measured and held against the scenario's own share; what a
 * slow primary leaves is only told. Fault-free is the load of the same run with nothing in force,
 * the bound of L-2 after the last heal and the last change of view. Where the wire loses frames
 * nothing can be said: without the crashed one each vote that is lost has to be said again.
 */
export const degradation: Checker = {
  id: "L-8",
  summary: "with f backups crashed the stated share of the fault-free throughput is left",
  idle: "f backups were never down long enough beside a load that had been measured before",
  promise: "liveness",
  needs: ["ledger", "history", "audits"],
  check(input) {
    const { expect } = input.observations.plan;
    const violations: Violation[] = [];
    const notes: string[] = [];
    let judged = 0;
    const measured = isComparable(input) && expect.degradedMin !== undefined ? measure(input) : [];
    for (const { stretch, share, expected } of measured) {
      if (expected < ANSWERS_MIN) continue;
      const left = `${Math.round(100 * share)}%`;
      const while_ = `${stretch.what} from ${inMs(stretch.from)} to ${inMs(stretch.to)} ms`;
      notes.push(`${left} with ${stretch.what}`);
      if (stretch.kind === "slow") continue;
      judged += 1;
      if (share >= (expect.degradedMin ?? 0)) continue;
      const asked = `${Math.round(100 * (expect.degradedMin ?? 0))}%`;
      const what = `${left} of the fault-free throughput was left with ${while_}; at least ${asked} is owed`;
      const { records, from, to: time } = stretch;
      const files = [FILES.history, FILES.ledger, ...[...input.good].map(FILES.audit)];
      const rests = files.map((file) => ({ file, until: time }));
      violations.push({ what, time: Math.max(from, time), records, rests });
    }
    return provenOutcome(input, judged, violations, notes.join(", "));
  },
};

interface Measured {
  readonly stretch: Stretch;
  /** Of the fault-free throughput. */
  readonly share: number;
  /** Answers that the fault-free throughput would have come to. */
  readonly expected: number;
}

function measure(input: CheckerInput): readonly Measured[] {
  const { observations } = input;
  const tolerated = toleranceOf(observations.plan.cluster).crashed;
  const stretches = strickenStretches(input, tolerated, new Bounds(input));
  const paces = new Paces(observations);
  const free = paces.of(stretches.filter(({ kind }) => kind === "free"));
  if (free.answers < ANSWERS_MIN) return [];
  const perSecond = free.answers / free.seconds;
  return stretches.flatMap((stretch): readonly Measured[] => {
    if (stretch.kind === "free") return [];
    const { answers, seconds } = paces.of([stretch]);
    if (seconds === 0) return [];
    const expected = perSecond * seconds;
    return [{ stretch, share: answers / expected, expected }];
  });
}

/** The load of a script may change as it likes, and so it is no measure. */
function isComparable({ observations: { run, plan } }: CheckerInput): boolean {
  const wire = run.driver === "simulation" ? plan.simulation?.network : undefined;
  return plan.workload.script === undefined && (wire?.loss ?? 0) === 0;
}
