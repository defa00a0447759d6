import type { AuditRecord, RecordOf } from "../../../nodes/protocols/contract/audit.ts";
import type { HistoryEvent } from "../../observations/observations.ts";
import { FILES } from "../../observations/store.ts";
import type { Checker, CheckerInput, Violation } from "../checker.ts";
import { CLOCK_TOLERANCE_NS, goodLogs, short, shownBy } from "../evidence.ts";
import { provenOutcome } from "../proof.ts";
import { UnseenNumbers } from "../unseen.ts";
import { inMs, livedOperations } from "../windows.ts";

type Executed = RecordOf<"executed">;

/**
 * S-5, the halves that the logs can show: all good replicas compute the same result for an
 * operation, and one of them had computed it when a client believed it. A right answer that none
 * had is luck: whoever gave it was bad, or guessed. That results are also the right ones is S-6.
 */
export const replyValidity: Checker = {
  id: "S-5",
  summary:
    "good replicas compute the same result for every operation, one of them before it is believed",
  idle: "no answer was accepted",
  promise: "safety",
  needs: ["audits", "history"],
  check(input) {
    const results = new Map<string, { readonly result: string; readonly record: Executed }>();
    const violations: Violation[] = [];
    const logs = goodLogs(input);
    for (const [, records] of logs) {
      for (const record of records) {
        if (record.e !== "executed") continue;
        for (const [client, t, result] of record.ops) {
          const name = `${client} ${t}`;
          const other = results.get(name);
          if (other !== undefined && other.result !== result) {
            const what =
              `(client ${client}, t=${t}): r${other.record.replica} computed ` +
              `${short(other.result)}, r${record.replica} ${short(result)}`;
            violations.push(shownBy(what, other.record, record));
          }
          if (other === undefined || record.time < other.record.time) {
            results.set(name, { result: other?.result ?? result, record });
          }
        }
      }
    }
    const unseen = new UnseenNumbers(logs);
    for (const { invoke, completion: event } of livedOperations(input.observations.history)) {
      if (event === null) continue;
      const first = results.get(`${event.client} ${event.t}`)?.record;
      const until = event.time + CLOCK_TOLERANCE_NS;
      if (first !== undefined && first.time <= until) continue;
      if (unseen.lowest({ asked: invoke.time, until }) !== null) continue;
      violations.push(believedTooEarly({ event, first, until }, input));
    }
    return provenOutcome(input, results.size, violations);
  },
};

/** Whoever executes says so in its log before it answers. */
function believedTooEarly(
  {
    event,
    first,
    until,
  }: {
    readonly event: HistoryEvent;
    readonly first: AuditRecord | undefined;
    readonly until: number;
  },
  { good }: CheckerInput,
): Violation {
  const which = `(client ${event.client}, t=${event.t}: ${event.f} of ${event.key})`;
  const later =
    first === undefined ? "" : ` (r${first.replica} did at ${inMs(first.time)} ms, the first)`;
  const what = `${which} was answered and no good replica had executed it${later}`;
  const rests = [...good].map((replica) => ({ file: FILES.audit(replica), until }));
  return { what, time: event.time, records: first === undefined ? [event] : [event, first], rests };
}
