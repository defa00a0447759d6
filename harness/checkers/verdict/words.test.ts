/** Outage, recovery, hangover, redundancy lost: each figure has one definition. */
import { describe, expect, test } from "vitest";
import type { HistoryEvent } from "../../observations/observations.ts";
import { subjectOf } from "../../subject.ts";
import {
  BOB,
  down,
  END_MS,
  historyOf,
  inject,
  MS,
  OPERATIONS,
  observationsOf,
  quietRun,
  type Run,
} from "../run.fixture.ts";
import { judge } from "./judge.ts";
import type { Judgement } from "./judgement.ts";

function judged(change: (run: Run) => void): Judgement {
  const run = quietRun();
  change(run);
  return judge(observationsOf(run), subjectOf(run.plan));
}

/** The last operation is sent at one time and answered at another. */
function lastAnswer(run: Run, at: number, until: number): void {
  run.history = historyOf(
    OPERATIONS.map((operation) => (operation.n === 7 ? { ...operation, at, until } : operation)),
  );
}

describe("outage", () => {
  test("is the longest time in which somebody waited and nobody was answered", () => {
    expect(judged((run) => lastAnswer(run, 1_300, 1_900)).outageMs).toBe(600);
  });

  test("is not over when a client gives up, and none where nobody asks", () => {
    const { outageMs } = judged((run) => {
      run.history = run.history.map((event) =>
        event.client === BOB && event.t === 4 && event.type === "ok"
          ? { ...event, type: "info" as const, time: 1_600 * MS }
          : event,
      );
      const late = historyOf([
        { client: BOB, t: 5, f: "read", key: "b", value: "w", at: 1_650, until: 1_900, n: 8 },
      ]);
      run.history = [...run.history, ...late.map((event) => ({ ...event, process: 9 }))];
    });
    expect(outageMs).toBe(400);
    expect(judged(() => undefined).outageMs).toBe(80);
  });

  test("stands beside a short recovery, in all and for the fault that it belongs to", () => {
    const { outageMs, recoveryMs, faults } = judged((run) => {
      lastAnswer(run, 1_250, 1_805);
      inject(run, { entry: "calm", effects: down(3), at: 610, until: 900 });
      inject(run, { entry: "kill", effects: down(0), at: 1_245, until: 1_790 });
    });
    expect([outageMs, recoveryMs]).toEqual([555, 10]);
    expect(faults.map(({ name, outageMs: own }) => [name, own])).toEqual([
      ["calm", 0],
      ["kill", 555],
    ]);
  });
});

describe("recovery", () => {
  test("is null without a heal, and where nobody was answered after the last one", () => {
    expect(judged(() => undefined).recoveryMs).toBeNull();
    const late = judged((run) =>
      inject(run, { entry: "crash", effects: down(3), at: 1_600, until: 1_700 }),
    );
    expect(late.recoveryMs).toBeNull();
  });
});

describe("redundancy lost", () => {
  test("is the time with B + C = f, not that with more", () => {
    const { redundancyLostMs } = judged((run) => {
      inject(run, { entry: "one", effects: down(3), at: 600, until: 1_000 });
      inject(run, { entry: "two", effects: down(2), at: 700, until: 800 });
    });
    // From 600 to 1005, but for 700 to 805 when two were away.
    expect(redundancyLostMs).toBe(300);
  });
});

interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly everyMs: number;
  readonly latencyMs: number;
}

/** Ten seconds of load, one answer at a time as the stretches say; down from 3 000 to 4 000 ms. */
function paced(stretches: readonly Stretch[]): Judgement["hangover"] {
  return judged((run) => {
    const events: HistoryEvent[] = [];
    let process = 0;
    for (const { from, to, everyMs, latencyMs } of stretches) {
      for (let at = from; at < to; at += everyMs) {
        process += 1;
        const event = { index: 0, process, f: "read", key: "a", value: null } as const;
        const sent = (at - latencyMs) * MS;
        events.push({ ...event, type: "invoke", time: sent, intended: sent });
        events.push({ ...event, type: "ok", time: at * MS });
      }
    }
    run.history = events;
    run.ledger = [
      { time: 0, kind: "phase", phase: "warmup" },
      { time: 0, kind: "load", on: true },
      { time: 9_000 * MS, kind: "load", on: false },
      { time: (END_MS + 8_000) * MS, kind: "phase", phase: "end" },
    ];
    inject(run, { entry: "crash", effects: down(3), at: 3_000, until: 3_995 });
  }).hangover;
}

const calm: Stretch = { from: 500, to: 3_000, everyMs: 5, latencyMs: 2 };

describe("hangover", () => {
  test("lasts until three windows in a row are within 20 % of before", () => {
    const slow = { from: 4_000, to: 5_000, everyMs: 10, latencyMs: 2 };
    const one = { ...calm, from: 5_000, to: 5_500, everyMs: 6 };
    const late = { ...calm, from: 5_500, to: 6_000, latencyMs: 3 };
    const well = { ...calm, from: 6_000, to: 9_000, everyMs: 6 };
    expect(paced([calm, slow, one, late, well])).toEqual({ outcome: "regained", ms: 2_000 });
    expect(paced([calm, { ...calm, from: 4_000, to: 9_000 }])).toEqual({
      outcome: "regained",
      ms: 0,
    });
  });

  test("is not over while throughput or p99 stay worse by more than 20 %", () => {
    const fewer = { ...calm, from: 4_000, to: 9_000, everyMs: 7 };
    const later = { ...calm, from: 4_000, to: 9_000, latencyMs: 2.5 };
    for (const after of [fewer, later]) {
      expect(paced([calm, after])).toMatchObject({ outcome: "not-regained" });
    }
  });

  test("is unknown with fewer than 200 operations before the first fault, and says so", () => {
    const few = { ...calm, from: 2_005 };
    expect(paced([few, { ...calm, from: 4_000, to: 9_000 }])).toEqual({
      outcome: "unknown",
      because: expect.stringMatching(/^199 operations .* takes 200/),
    });
  });

  test("compares with the last stretch before the first fault, not with the whole warm-up", () => {
    const cold = { from: 100, to: 1_500, everyMs: 5, latencyMs: 90 };
    const warm = { ...calm, from: 1_500 };
    const after = { ...calm, from: 4_000, to: 9_000, latencyMs: 20 };
    expect(paced([cold, warm, after])).toMatchObject({ outcome: "not-regained" });
  });

  test("there is none without a fault", () => {
    expect(judged(() => undefined).hangover).toEqual({ outcome: "none" });
  });
});
