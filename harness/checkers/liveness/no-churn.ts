import { BAD_CLIENT } from "../../../faults/fault.ts";
import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import type { LedgerEntry } from "../../observations/observations.ts";
import { FILES } from "../../observations/store.ts";
import type { Checker, CheckerInput, Violation } from "../checker.ts";
import { goodLogs, notApplicable, shownBy } from "../evidence.ts";
import { provenOutcome } from "../proof.ts";
import { endOfRun, type Window } from "../windows.ts";

/** L-7: without faults the first primary keeps its view, and where they are over the last one. */
export const noChurn: Checker = {
  id: "L-7",
  summary: "no view change in a run without faults, nor in the steady end or the rest of another",
  idle: "the whole run was disturbed",
  promise: "liveness",
  needs: ["audits"],
  judges: ["views"],
  check(input) {
    const calm = calmOf(input);
    const rest = restOf(input);
    if (calm === null && rest === null) return notApplicable("the run had faults");
    const steady = calm === null ? NOTHING : churnIn(calm, input);
    const restless = rest === null ? NOTHING : churnAtRest(rest, input);
    return provenOutcome(input, steady.judged + restless.judged, [
      ...steady.violations,
      ...restless.violations,
    ]);
  },
};

interface Churn {
  readonly judged: number;
  readonly violations: readonly Violation[];
}

const NOTHING: Churn = { judged: 0, violations: [] };

function churnIn(calm: Window, input: CheckerInput): Churn {
  const logs = goodLogs(input);
  const violations = logs.flatMap(([replica, records]) =>
    records
      .filter(({ time }) => time >= calm.from && time <= calm.to)
      .filter((record) => record.e === "viewchange" || record.e === "newview")
      .map((record) => ({
        ...shownBy(`r${replica}: ${record.e} to view ${record.v}`, record),
        rests: logs.map(([each]) => ({ file: FILES.audit(each), until: calm.from })),
      })),
  );
  return { judged: logs.length, violations };
}

type Converged = Extract<LedgerEntry, { readonly kind: "converged" }>;

/** The rest at the end, where the plan asks for one; null also where nothing can be told of it. */
function restOf({ observations: { ledger } }: CheckerInput): Converged | null {
  // Requests of a bad client that somebody believes wait until a view change, and who counts them?
  if (ledger.some((line) => line.kind === "intent" && line.fault === BAD_CLIENT)) return null;
  const last = ledger.findLast((line) => line.kind === "converged");
  return last?.viewsLeft === undefined ? null : last;
}

/**
 * A request whose client gave up may still wait at a backup, and be carried into the next view by
 * its timer: once for each that waits, a client has one at most.
 */
function churnAtRest(converged: Converged, { observations }: CheckerInput): Churn {
  const { viewsLeft = 0, time } = converged;
  const givenUp = observations.history.filter(({ type }) => type === "info").length;
  const leftovers = Math.min(givenUp, observations.plan.workload.clients);
  if (viewsLeft <= leftovers) return { judged: 1, violations: [] };
  const what = `the idle cluster left ${counted(viewsLeft, "view")} that had held, and ${counted(leftovers, "request")} could wait`;
  const rests = [{ file: FILES.history, until: time }];
  return { judged: 1, violations: [{ what, time, records: [converged], rests }] };
}

/** When nobody had a reason to leave a view; null = never. */
function calmOf(input: CheckerInput): Window | null {
  const { plan, ledger } = input.observations;
  // A run may have had faults that no plan names.
  const isTroubled = plan.entries.length > 0 || ledger.some(({ kind }) => kind === "intent");
  // Who begins in the middle of a view change has to finish it.
  const isAsked = plan.simulation?.view !== undefined;
  if (isTroubled || isAsked) return steadyEnd(input);
  return { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
}

/** All are back and have converged, and the load is on again; who led a view leads it on. */
function steadyEnd(input: CheckerInput): Window | null {
  const { observations } = input;
  const { plan, ledger } = observations;
  const converged = ledger.findIndex(({ kind }) => kind === "converged");
  if (plan.ending?.steadyMs === undefined || converged === -1) return null;
  const after = ledger.slice(converged);
  const from = after.find((line) => line.kind === "load" && line.on)?.time;
  if (from === undefined || !isOneView(input, from)) return null;
  const off = after.find((line) => line.kind === "load" && !line.on && line.time > from);
  return { from, to: off?.time ?? endOfRun(observations) };
}

/** Up to f may have given it up, its primary among them, and then it may be left. */
function isOneView(input: CheckerInput, time: number): boolean {
  const views = goodLogs(input).map(([, records]) => {
    const last = records.findLast((record) => tellsView(record) && record.time < time);
    if (last === undefined) return 0;
    return last.e === "boot" || last.e === "newview" ? last.v : null;
  });
  return new Set(views).size === 1 && views[0] !== null;
}

function tellsView({ e }: AuditRecord): boolean {
  return e === "boot" || e === "viewchange" || e === "newview";
}

function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
