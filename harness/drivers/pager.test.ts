import { expect, test } from "vitest";
import { Pager } from "./pager.ts";

const TIMERS = { statusMs: 100, requestMs: 500 };

test("a replica that is silent for more than three periods is told of once, until it is back", () => {
  const pager = new Pager(TIMERS);
  const polls: readonly (readonly [answered: boolean, ms: number])[] = [
    [true, 0],
    [false, 100],
    [false, 300],
    [false, 301],
    [false, 400],
    [true, 500],
    [false, 600],
    [false, 900],
  ];
  const cries = polls.map(([answered, ms]) => pager.polled("r2", answered, ms));
  const alarm = { by: "the health check", about: "r2" };
  expect(cries).toEqual([
    null,
    null,
    null,
    { ...alarm, what: "r2 has not answered for 301 ms" },
    null,
    null,
    null,
    { ...alarm, what: "r2 has not answered for 400 ms" },
  ]);
});

test("each replica is a check of its own, one that never answered counts from the first question", () => {
  const pager = new Pager(TIMERS);
  for (const replica of ["r0", "r1"]) pager.polled(replica, false, 0);
  expect(pager.polled("r0", false, 350)?.about).toBe("r0");
  expect(pager.polled("r1", false, 350)?.about).toBe("r1");
});

test("clients that nobody answers for longer than a request may wait are about nobody", () => {
  const pager = new Pager(TIMERS);
  expect([null, 500].map((silentMs) => pager.served(silentMs))).toEqual([null, null]);
  expect(pager.served(501)).toEqual({
    by: "the health check",
    what: "no client was answered for 501 ms",
  });
  expect([700, null, 600].map((silentMs) => pager.served(silentMs)?.what)).toEqual([
    undefined,
    undefined,
    "no client was answered for 600 ms",
  ]);
});
