import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import { FILES } from "../../observations/store.ts";
import type { Checker, CheckerInput } from "../checker.ts";
import { goodLogs, notApplicable, shownBy } from "../evidence.ts";
import { provenOutcome } from "../proof.ts";
import { endOfRun, type Window } from "../windows.ts";

/** L-7: without faults the first primary keeps its view, and where they are over the last one. */
export const noChurn: Checker = {
  id: "L-7",
  summary: "no view change in a run without faults, nor in the steady end of another",
  promise: "liveness",
  needs: ["audits"],
  judges: ["views"],
  check(input) {
    const calm = calmOf(input);
    if (calm === null) return notApplicable("the run had faults");
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
    return provenOutcome(input, logs.length, violations);
  },
};

/** When nobody had a reason to leave a view; null = never. */
function calmOf(input: CheckerInput): Window | null {
  const { plan, ledger } = input.observations;
  // A run may have had faults that no plan names.
  if (plan.entries.length > 0 || ledger.some(({ kind }) => kind === "intent")) {
    return steadyEnd(input);
  }
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
