import { expect, test } from "vitest";
import type { Completion } from "../../nodes/protocols/contract/core.ts";
import { kv } from "../../nodes/services/kv.ts";
import { nullService } from "../../nodes/services/null.ts";
import type { HistoryEvent } from "../observations/observations.ts";
import type { PlannedWorkload } from "../plan/plan.ts";
import { ClientLoad } from "./client-load.ts";

const workload: PlannedWorkload = {
  executor: "closed-loop",
  ratePerSecond: 0,
  clients: 2,
  keys: 3,
  skew: 0,
  mix: { write: 1 },
  operationsMax: 4,
  seed: 1,
};
const sizes = { argumentBytes: 0, resultBytes: 0 };

/** A cluster of one honest service that answers when the test says so. */
function cluster(changes: Partial<ConstructorParameters<typeof ClientLoad>[0]> = {}) {
  const service = kv.create(sizes);
  const waiting: { client: number; answer: (outcome: "ok" | "unknown") => void }[] = [];
  const history: HistoryEvent[] = [];
  const clock = { ms: 0 };
  let timestamp = 0;
  const load = new ClientLoad({
    host: 0,
    workload,
    service: kv,
    serviceOptions: sizes,
    emit: (event) => history.push(event),
    now: () => clock.ms,
    wakeAt: () => {},
    invoke(client, operation, onCompletion) {
      timestamp += 1;
      const t = timestamp;
      const answer = (outcome: "ok" | "unknown") => {
        const result = service.execute(operation);
        const ok: Completion = { outcome: "ok", timestamp: t, result, view: 0, repliers: [0, 1] };
        onCompletion(outcome === "ok" ? ok : { outcome, timestamp: t });
      };
      waiting.push({ client, answer });
      return t;
    },
    ...changes,
  });
  const answerAll = (outcome: "ok" | "unknown" = "ok") => {
    for (const { answer } of waiting.splice(0)) answer(outcome);
  };
  return { load, history, waiting, answerAll, clock };
}

test("every answer frees its client for the next operation, up to the maximum", () => {
  const { load, history, answerAll } = cluster();
  load.switch(true);
  answerAll();
  answerAll();
  expect(load.figures()).toMatchObject({ issued: 4, ok: 4, unknown: 0, idle: true });
  expect(history.map(({ type }) => type)).toEqual(
    "invoke invoke ok invoke ok invoke ok ok".split(" "),
  );
});

test("an operation without an answer is unknown, and its client goes on under a new number", () => {
  const { load, history, answerAll } = cluster();
  load.switch(true);
  answerAll("unknown");
  answerAll();
  expect(load.figures()).toMatchObject({ issued: 4, ok: 2, unknown: 2 });
  expect(new Set(history.map(({ process }) => process)).size).toBe(4);
});

test("what is outstanding at the end is unknown, and a later answer changes nothing", () => {
  const { load, history, waiting } = cluster();
  load.switch(true);
  load.end();
  const written = history.length;
  for (const { answer } of waiting) answer("ok");
  expect(history.filter(({ type }) => type === "info")).toHaveLength(2);
  expect(history).toHaveLength(written);
  expect(load.figures()).toMatchObject({ issued: 2, ok: 0, unknown: 2 });
});

test("the final reads ask for every key, in order, by the client that is kept apart", () => {
  const { load, history, waiting } = cluster();
  const verified: boolean[] = [];
  load.verify({ deadlineMs: 10_000 }, (complete) => verified.push(complete));
  for (let key = 0; key < workload.keys; key++) {
    expect(waiting.map(({ client }) => client)).toEqual([2]);
    waiting.splice(0)[0]?.answer("ok");
  }
  expect(verified).toEqual([true]);
  const reads = history.filter(({ type }) => type === "invoke");
  expect(reads.map(({ f, key, final }) => [f, key, final])).toEqual([
    ["read", "k0", true],
    ["read", "k1", true],
    ["read", "k2", true],
  ]);
});

test("a final read without an answer is tried again until the deadline, and then given up", () => {
  const { load, waiting, history, clock } = cluster();
  const verified: boolean[] = [];
  load.verify({ deadlineMs: 10_000 }, (complete) => verified.push(complete));
  clock.ms = 9_999;
  waiting.splice(0)[0]?.answer("unknown");
  expect(verified).toEqual([]);
  clock.ms = 19_999;
  waiting.splice(0)[0]?.answer("unknown");
  expect(verified).toEqual([false]);
  const asked = history.filter(({ type }) => type === "invoke");
  expect(asked.map(({ key }) => key)).toEqual(["k0", "k0"]);
});

test("a service without reads is verified by one null operation", () => {
  const options = { workload: { ...workload, mix: { null: 1 } }, service: nullService };
  const { load, waiting, history } = cluster(options);
  const verified: boolean[] = [];
  load.verify({ deadlineMs: 10_000 }, (complete) => verified.push(complete));
  waiting.splice(0)[0]?.answer("unknown");
  expect(verified).toEqual([false]);
  expect(history[0]).toMatchObject({ f: "null", key: null, final: true });
});

test("the probe is in the history too, but is no final read", () => {
  const { load, answerAll, history } = cluster();
  const probed: boolean[] = [];
  load.probe((answered) => probed.push(answered));
  answerAll();
  expect(probed).toEqual([true]);
  expect(history.map(({ type, final }) => [type, final])).toEqual([
    ["invoke", undefined],
    ["ok", undefined],
  ]);
});

test("a load asks to be woken for each arrival, and what it no longer wants does nothing", () => {
  const wanted: number[] = [];
  const open = { ...workload, executor: "constant-arrival-rate", ratePerSecond: 10 } as const;
  const { load, waiting, clock } = cluster({ workload: open, wakeAt: (ms) => wanted.push(ms) });
  load.switch(true);
  const [first = 0] = wanted;
  clock.ms = first;
  load.tick(first + 1);
  expect(waiting).toHaveLength(1);
  load.tick(first);
  expect(waiting).toHaveLength(2);
  expect(wanted).toHaveLength(2);
});

test("times in the history are nanoseconds of the world's clock", () => {
  const { load, history, answerAll, clock } = cluster();
  clock.ms = 1.5;
  load.probe(() => {});
  clock.ms = 2.25;
  answerAll();
  expect(history.map(({ time }) => time)).toEqual([1_500_000, 2_250_000]);
});
