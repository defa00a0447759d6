/** For how long a replica that nothing strikes may lack something, and in which stretches. */
import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import { FILES } from "../../observations/store.ts";
import type { Absence, CheckerInput } from "../checker.ts";
import { goodLogs } from "../evidence.ts";
import { calmWindows, endOfRun, type Window } from "../windows.ts";
import { Bounds } from "./bounds.ts";
import { Strikes } from "./strikes.ts";

export interface Span extends Window {
  /** What began before it counts from its beginning. */
  readonly allowedNs: number;
  /** The good replicas that nothing strikes in it. */
  readonly spared: readonly number[];
  /** What a violation at that time rests on, of that replica. */
  rests(replica: number, until: number): readonly Absence[];
}

/**
 * While progress is owed and nothing begins or ends: so many times the bound of L-2. And the rest
 * that a run came to at its end: nothing moved any more, so what was missing then was missing.
 */
export function owedSpans(input: CheckerInput, bounds: number): readonly Span[] {
  const { observations, budget } = input;
  const bound = new Bounds(input);
  const strikes = new Strikes(observations);
  const logs = goodLogs(input).map(([replica]) => replica);
  const spanOf = ({ from, to }: Window, allowedNs: number): Span => ({
    from,
    to,
    allowedNs,
    spared: logs.filter((replica) => strikes.spare(replica, { from, to })),
    rests: (replica, until) =>
      [FILES.audit(replica), FILES.ledger]
        .map((file): Absence => ({ file, until }))
        .concat(bound.rests(from)),
  });
  const rest = restOf(input);
  const calm = calmWindows(observations, budget)
    .map((window) => spanOf(window, bounds * bound.ns(window.from)))
    .filter(({ from, to, allowedNs }) => to - from >= allowedNs);
  return rest === null ? calm : [...calm, spanOf(rest, rest.to - rest.from)];
}

/** Nobody votes, executes or changes its view for two request timers and two STATUS periods. */
function restOf(input: CheckerInput): Window | null {
  const { ledger, completeness, plan } = input.observations;
  if (!completeness.ended || !ledger.some(({ kind }) => kind === "converged")) return null;
  const moves = goodLogs(input).flatMap(([, records]) => records.findLast(isMove)?.time ?? []);
  const healed = ledger.findLast(({ kind }) => kind === "healed" || kind === "intent");
  const from = Math.max(0, healed?.time ?? 0, ...moves);
  const to = endOfRun(input.observations);
  const { requestMs, statusMs } = plan.cluster.parameters.timers;
  return to - from < 2 * (requestMs + statusMs) * 1e6 ? null : { from, to };
}

function isMove({ e }: AuditRecord): boolean {
  return e !== "stable" && e !== "reject" && e !== "timer" && e !== "keys";
}
