/** The model of every service, held against the service: neither may know the other's code. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Model } from "../../../../nodes/protocols/contract/model.ts";
import type {
  Operation,
  OperationResult,
  ServiceDefinition,
} from "../../../../nodes/protocols/contract/service.ts";
import { services } from "../../../../nodes/registry.ts";
import { kv } from "../../../../nodes/services/kv.ts";
import { kvModel } from "../../../../nodes/services/models/kv.ts";
import { anyOperationOf } from "../../../../nodes/services/operations.fixture.ts";
import { HistoryRecorder } from "../../../observations/history.ts";
import type { HistoryEvent } from "../../../observations/observations.ts";
import { checkHistory } from "./check-history.ts";

/** Histories from elsewhere show an absent key as the empty string, so no workload writes one. */
const written = fc.string({ unit: fc.constantFrom("a", "b", "é"), minLength: 1, maxLength: 3 });

const OPTIONS = { argumentBytes: 0, resultBytes: 0 };
const CLIENT = 65_537;

type Answer = readonly [operation: Operation, result: OperationResult];

/** One client that asks one thing after another. */
function answersOf(service: ServiceDefinition, operations: readonly Operation[]): Answer[] {
  const state = service.create(OPTIONS);
  return operations.map((operation) => {
    const bytes = state.execute(service.encode(operation, OPTIONS));
    const result = service.decode(operation, bytes);
    if (result === null) throw new Error(`no answer to ${JSON.stringify(operation)}`);
    return [operation, result];
  });
}

function isExplained(answers: readonly Answer[], model: Model): boolean {
  const history: HistoryEvent[] = [];
  const recorder = new HistoryRecorder((event) => history.push(event));
  for (const [t, [operation, result]] of answers.entries()) {
    recorder.invoke(CLIENT, operation, { time: 2 * t, intended: 2 * t, t });
    recorder.ok(CLIENT, result, { time: 2 * t + 1, view: 0 });
  }
  return checkHistory(history, model, { timeLimitMs: 5_000 }).outcome === "linearizable";
}

/** What the service would not have answered in this place. */
function falsified([operation, result]: Answer): Answer {
  if (operation.f === "read") return [operation, { ...result, value: "never written" }];
  return [operation, { ...result, ok: !result.ok }];
}

function observes([{ f }]: Answer): boolean {
  return f === "read" || f === "cas";
}

/** The first disagreement of a service and a model; null if there is none. */
function disagreement(service: ServiceDefinition, model: Model): unknown {
  const sequences = fc.array(anyOperationOf(service, written), { minLength: 1, maxLength: 30 });
  const result = fc.check(
    fc.property(sequences, fc.nat(), (operations, which) => {
      const answers = answersOf(service, operations);
      if (!isExplained(answers, model)) return false;
      const seen = [...answers.keys()].filter((index) => observes(answers[index] as Answer));
      const index = seen[which % Math.max(seen.length, 1)];
      if (index === undefined) return true;
      const lie = falsified(answers[index] as Answer);
      return !isExplained(answers.with(index, lie), model);
    }),
    { numRuns: 2_000 },
  );
  return result.counterexample;
}

const modelled = services.filter(({ model }) => model !== null);

describe.each(modelled)("$name", (service) => {
  test("its model explains whatever it answers one client, and nothing else", () => {
    expect(service.model && disagreement(service, service.model)).toBeNull();
  });
});

describe("a model that does not fit is found", () => {
  test.each<[string, Model["stepOf"]]>([
    [
      "failed cas are dropped",
      (asked, answer) => (answer?.type === "fail" ? null : kvModel.stepOf(asked, answer)),
    ],
    [
      "reads say nothing",
      (asked, answer) => (asked.f === "read" ? null : kvModel.stepOf(asked, answer)),
    ],
    [
      "deletes do nothing",
      (asked, answer) => (asked.f === "delete" ? null : kvModel.stepOf(asked, answer)),
    ],
    [
      "appends overwrite",
      (asked, answer) =>
        kvModel.stepOf(asked.f === "append" ? { ...asked, f: "write" } : asked, answer),
    ],
    [
      "it lacks an operation",
      (asked, answer) =>
        asked.f === "append" ? { kind: "misfit", why: "no append" } : kvModel.stepOf(asked, answer),
    ],
  ])("%s", (_what, stepOf) => {
    const attempt = () => disagreement(kv, { ...kvModel, stepOf });
    expect(attempt()).not.toBeNull();
  });
});
