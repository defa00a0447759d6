import { BAD_CLIENT, isAbsent } from "../../../faults/fault.ts";
import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import type { LedgerEntry } from "../../observations/observations.ts";
import { FILES } from "../../observations/store.ts";
import { timelyMs } from "../../plan/link-delay.ts";
import type { Plan } from "../../plan/plan.ts";
import type { WireParameters } from "../../plan/simulation.ts";
import type { Checker, CheckerInput, Violation } from "../checker.ts";
import { goodLogs, notApplicable, shownBy } from "../evidence.ts";
import { provenOutcome } from "../proof.ts";
import { endOfRun, type Window } from "../windows.ts";

/**
 * L-7: without faults the first primary keeps its view, and where they are over the last one. On a
 * simulated wire that is slow, or loses frames, a request may wait longer than its timer allows.
 */
export const noChurn: Checker = {
  id: "L-7",
  summary:
    "on a timely wire no view change in a run without faults, nor in the steady end of another; " +
    "nor at its rest",
  idle: "the whole run was disturbed",
  promise: "liveness",
  needs: ["audits"],
  judges: ["views"],
  check(input) {
    const calm = calmOf(input);
    const rest = restOf(input);
    if (calm === null && rest === null) return notApplicable(whyNot(input));
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
function restOf({ observations: { ledger, plan } }: CheckerInput): Converged | null {
  // Requests of a bad client that somebody believes wait until a view change, and who counts them?
  if (ledger.some((line) => line.kind === "intent" && line.fault === BAD_CLIENT)) return null;
  const wires = wiresOf(plan);
  if (wires.some(({ loss }) => loss > 0)) return null;
  // The last reads are asked for then, and may take longer than their timer.
  if (!isTimely(wires.at(-1), plan.cluster.parameters.timers.requestMs)) return null;
  const last = ledger.findLast((line) => line.kind === "converged");
  return last?.viewsLeft === undefined ? null : last;
}

/**
 * A request whose client gave up may still wait at a backup, and be carried into the next view by
 * its timer: once for each that waits, a client has one at most. What was executed under load waits
 * nowhere, since all have come to one state.
 */
function churnAtRest(converged: Converged, input: CheckerInput): Churn {
  const { viewsLeft = 0, time } = converged;
  const { history, plan } = input.observations;
  const executed = executedRequests(input);
  const waiting = history.filter(
    ({ type, client, t }) => type === "info" && !executed.has(`${client} ${t}`),
  ).length;
  const leftovers = Math.min(waiting, plan.workload.clients);
  if (viewsLeft <= leftovers + leftToLiars(input, time)) return { judged: 1, violations: [] };
  const what = `the idle cluster left ${counted(viewsLeft, "view")} that had held, and ${counted(leftovers, "request")} could wait`;
  const files = [FILES.history, ...goodLogs(input).map(([each]) => FILES.audit(each))];
  const rests = files.map((file) => ({ file, until: time }));
  return { judged: 1, violations: [{ what, time, records: [converged], rests }] };
}

/** Views of liars that were left once the load was off: the last reads may wait for them, too. */
function leftToLiars(input: CheckerInput, until: number): number {
  const { good, subject } = input;
  const from = loadOffNs(input);
  const left = goodLogs(input).flatMap(([, records]) =>
    records.flatMap((line) =>
      line.e === "viewchange" && line.time >= from && line.time <= until ? [line.v - 1] : [],
    ),
  );
  return new Set(left.filter((view) => !good.has(subject.leaderOf(view) ?? -1))).size;
}

function loadOffNs({ observations: { ledger } }: CheckerInput): number {
  const off = ledger.findLast((line) => line.kind === "load" && !line.on);
  return off?.time ?? Number.NEGATIVE_INFINITY;
}

/** Before the load was off: later it may be the next view that has brought it. */
function executedRequests(input: CheckerInput): ReadonlySet<string> {
  const until = loadOffNs(input);
  const lines = goodLogs(input).flatMap(([, records]) => records);
  return new Set(
    lines.flatMap((line) =>
      line.e === "executed" && line.time < until
        ? line.ops.map(([client, t]) => `${client} ${t}`)
        : [],
    ),
  );
}

/** When nobody had a reason to leave a view; null = never. */
function calmOf(input: CheckerInput): Window | null {
  const { plan } = input.observations;
  const { requestMs } = plan.cluster.parameters.timers;
  const [first, last = first] = wiresOf(plan);
  if (!isTimely(last, requestMs)) return null;
  const isUneasy = isAsked(input) || isTroubled(input) || !isTimely(first, requestMs);
  if (isUneasy) return steadyEnd(input);
  return { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
}

/** Who begins in the middle of a view change has to finish it. */
function isAsked({ observations: { plan } }: CheckerInput): boolean {
  return plan.simulation?.view !== undefined;
}

/** What never happened troubles nobody. A run may have had faults that no plan names. */
function isTroubled({ observations: { plan, ledger } }: CheckerInput): boolean {
  const absent = new Set(
    ledger.flatMap((line) =>
      line.kind === "installed" && isAbsent(line.outcome) ? [line.entry] : [],
    ),
  );
  const planned = plan.entries.filter(({ notApplicable: why }) => why === undefined);
  const begun = ledger.flatMap((line) => (line.kind === "intent" ? [line.entry] : []));
  return [...planned.map(({ id }) => id), ...begun].some((entry) => !absent.has(entry));
}

/** The simulated wire, and what it is like once the faults phase is over; none is a fast one. */
function wiresOf({ simulation }: Plan): readonly WireParameters[] {
  if (simulation === undefined) return [];
  const { network, calm = network } = simulation;
  return [network, calm];
}

function isTimely(wire: WireParameters | undefined, requestMs: number): boolean {
  return wire === undefined || (wire.loss === 0 && wire.delayMaxMs < timelyMs(requestMs));
}

function whyNot(input: CheckerInput): string {
  if (isTroubled(input)) return "the run had faults";
  return isAsked(input)
    ? "it began in the middle of a view change"
    : "its wire loses frames, or takes a fifth of the request timer";
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
