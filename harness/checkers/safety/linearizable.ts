import type { Model } from "../../../nodes/protocols/contract/model.ts";
import type { HistoryEvent } from "../../observations/observations.ts";
import type { Checker, CheckOutcome, Evidence } from "../checker.ts";
import { notApplicable, outcomeOf } from "../evidence.ts";
import { checkHistory } from "./linearizability/check-history.ts";
import { HistoryError } from "./linearizability/history-calls.ts";

const TIME_LIMIT_MS = 60_000;

/** S-6: what the clients saw is what some order of the operations in real time explains. */
export const linearizable: Checker = {
  id: "S-6",
  summary: "the clients' history is linearizable, key by key, unknown outcomes left open",
  idle: "no operation was sent",
  promise: "safety",
  needs: ["history"],
  check({ observations, subject }) {
    const { history } = observations;
    const { name, model } = subject.service;
    if (model === null) {
      return notApplicable(`the service ${name} keeps nothing that could be read`);
    }
    const nonsense = history.filter(
      ({ type, f, error }) => type === "fail" && f !== "cas" && error === undefined,
    );
    if (nonsense.length > 0) return outcomeOf(history.length, nonsense.map(answeredNonsense));
    return judged(history, model);
  },
};

/** A store that somebody has edited may hold a history that no client can have produced. */
function judged(history: readonly HistoryEvent[], model: Model): CheckOutcome {
  try {
    return judge(history, model);
  } catch (error) {
    if (!(error instanceof HistoryError)) throw error;
    const because = `line ${error.position + 1} of the history: ${error.message}`;
    return { outcome: "unknown", judged: 0, because };
  }
}

function answeredNonsense(event: HistoryEvent): Evidence {
  const what = `the accepted answer to a ${event.f} of ${event.key} is none the service gives`;
  return { what, time: event.time, records: [event] };
}

function judge(history: readonly HistoryEvent[], model: Model): CheckOutcome {
  const result = checkHistory(history, model, { timeLimitMs: TIME_LIMIT_MS });
  const { operations, violation, undecided } = result;
  switch (result.outcome) {
    case "linearizable":
      return outcomeOf(operations, []);
    case "unknown": {
      const because = `no answer within ${TIME_LIMIT_MS} ms for ${undecided.length} keys`;
      return { outcome: "unknown", judged: operations, because };
    }
    case "violation": {
      const records = violation?.events.flatMap((position) => history[position] ?? []) ?? [];
      const time = history[violation?.at ?? 0]?.time;
      const what = `no order of these operations on ${violation?.key} explains what was seen`;
      return outcomeOf(operations, [{ what, records, ...(time === undefined ? {} : { time }) }]);
    }
    default:
      return result.outcome satisfies never;
  }
}
