import { expect, test } from "vitest";
import { HistoryRecorder, isAnswer } from "./history.ts";
import type { HistoryEvent } from "./observations.ts";

const ALICE = 65_537;
const BOB = 65_538;

function record(): { readonly recorder: HistoryRecorder; readonly events: HistoryEvent[] } {
  const events: HistoryEvent[] = [];
  return { recorder: new HistoryRecorder((event) => events.push(event)), events };
}

test("an operation is an invoke and its completion, with the same process, t and client", () => {
  const { recorder, events } = record();
  recorder.invoke(ALICE, { f: "write", key: "k", value: "x" }, { time: 5, intended: 3, t: 1 });
  recorder.ok(ALICE, { ok: true, value: null }, { time: 9, view: 2 });
  const common = { process: 0, f: "write", key: "k", value: "x", client: ALICE, t: 1 };
  expect(events).toEqual([
    { ...common, index: 0, type: "invoke", time: 5, intended: 3 },
    { ...common, index: 1, type: "ok", time: 9, view: 2 },
  ]);
});

test("a read's completion carries what it read", () => {
  const { recorder, events } = record();
  recorder.invoke(ALICE, { f: "read", key: "k" }, { time: 1, intended: 1, t: 1, final: true });
  recorder.ok(ALICE, { ok: true, value: "x" }, { time: 2, view: 0 });
  expect(events.map(({ value }) => value)).toEqual([null, "x"]);
  expect(events.map(({ final }) => final)).toEqual([true, true]);
});

test("a cas that did not swap is recorded as fail", () => {
  const { recorder, events } = record();
  recorder.invoke(
    ALICE,
    { f: "cas", key: "k", value: [null, "x"] },
    { time: 1, intended: 1, t: 1 },
  );
  recorder.ok(ALICE, { ok: false, value: null }, { time: 2, view: 0 });
  expect(events[1]).toMatchObject({ type: "fail", value: [null, "x"] });
});

test("what the service refused is a fail with the reason, and an answer of the cluster", () => {
  const { recorder, events } = record();
  recorder.invoke(ALICE, { f: "append", key: "k", value: "x" }, { time: 1, intended: 1, t: 1 });
  recorder.ok(ALICE, { ok: false, value: null, refused: "too large" }, { time: 2, view: 3 });
  expect(events[1]).toMatchObject({ type: "fail", value: "x", view: 3, error: "too large" });
  expect(events.map(isAnswer)).toEqual([false, true]);
});

test("what the client refused is a fail that was never sent, and no answer", () => {
  const { recorder, events } = record();
  recorder.invoke(ALICE, { f: "null" }, { time: 1, intended: 1, t: 1 });
  recorder.refused(ALICE, { time: 2, because: "an operation of 9 bytes" });
  const refusal = { type: "fail", error: "an operation of 9 bytes", unsent: true };
  expect(events[1]).toMatchObject(refusal);
  expect(events.map(isAnswer)).toEqual([false, false]);
  recorder.invoke(ALICE, { f: "null" }, { time: 3, intended: 3, t: 2 });
  expect(events[2]?.process).toBe(0);
});

test("after an unknown outcome the client goes on under a new process number", () => {
  const { recorder, events } = record();
  recorder.invoke(ALICE, { f: "null" }, { time: 1, intended: 1, t: 1 });
  recorder.invoke(BOB, { f: "null" }, { time: 2, intended: 2, t: 1 });
  recorder.unknown(ALICE, { time: 3 });
  recorder.invoke(ALICE, { f: "null" }, { time: 4, intended: 4, t: 2 });
  expect(events.map(({ type, process }) => [type, process])).toEqual([
    ["invoke", 0],
    ["invoke", 1],
    ["info", 0],
    ["invoke", 2],
  ]);
  expect(recorder.outstanding()).toEqual([BOB, ALICE]);
});

test("a client cannot have two operations outstanding", () => {
  const { recorder } = record();
  recorder.invoke(ALICE, { f: "null" }, { time: 1, intended: 1, t: 1 });
  expect(() => {
    recorder.invoke(ALICE, { f: "null" }, { time: 2, intended: 2, t: 2 });
  }).toThrow(/outstanding/);
});
