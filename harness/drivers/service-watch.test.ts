import { expect, test } from "vitest";
import type { HistoryEvent } from "../observations/observations.ts";
import { ServiceWatch } from "./service-watch.ts";

const LIMIT_MS = 100;

/** `invoke`, `ok`, ... at so many ms. */
function event(type: HistoryEvent["type"], ms: number, more: Partial<HistoryEvent> = {}) {
  return {
    index: 0,
    process: 0,
    f: "read",
    key: "a",
    value: null,
    time: ms * 1e6,
    type,
    ...more,
  } as const;
}

function watched(events: readonly HistoryEvent[]) {
  const watch = new ServiceWatch(LIMIT_MS);
  return { watch, ends: events.map((one) => watch.see(one)) };
}

test("an answer after more than the limit ends an outage, as long as somebody waited", () => {
  const events = [event("invoke", 0), event("ok", 100), event("invoke", 500), event("ok", 601)];
  expect(watched(events).ends).toEqual([null, null, null, 101]);
});

test("while somebody waits the silence counts from the last answer", () => {
  const events = [event("invoke", 0), event("invoke", 10), event("ok", 50), event("ok", 200)];
  expect(watched(events).ends).toEqual([null, null, null, 150]);
});

test("a client that gives up does not end the outage", () => {
  const events = [event("invoke", 0), event("info", 90), event("invoke", 95), event("ok", 120)];
  expect(watched(events).ends).toEqual([null, null, null, 120]);
});

test("a refusal of the service is an answer; what never left the client is none", () => {
  const refused = [event("invoke", 0), event("fail", 150, { error: "no such key" })];
  expect(watched(refused).ends).toEqual([null, 150]);
  const unsent = [event("invoke", 0), event("fail", 150, { error: "too long", unsent: true })];
  expect(watched(unsent).ends).toEqual([null, null]);
});

test("nobody waits, nobody is silent", () => {
  const { watch } = watched([event("invoke", 0)]);
  expect(watch.silentMs(40e6)).toBe(40);
  watch.see(event("ok", 50));
  expect(watch.silentMs(900e6)).toBeNull();
});
