import { describe, expect, test } from "vitest";
import { type CpuUsage, ReliefWatch, type ThrottleSeen, ThrottleWatch } from "./throttles.ts";

const PERIOD_MS = 150;

/** After so many periods in which it had used its quota up. */
function usage(held: number, changes: Partial<CpuUsage> = {}): CpuUsage {
  return { quota: 0.2, usedMs: 20 * held, heldMs: 80 * held, ...changes };
}

function seen(atMs: number, changes: Partial<ThrottleSeen> = {}): ThrottleSeen {
  return {
    atMs,
    usage: usage(0),
    shares: { now: 1, before: 1 },
    process: "running",
    ...changes,
  };
}

const watch = () => new ThrottleWatch({ replica: "r2", share: 0.2 });

describe("a quota", () => {
  test("is proven when it held the replica back, and by how much", () => {
    const watched = watch();
    expect(watched.look(seen(0))).toBeNull();
    expect(watched.look(seen(300, { usage: usage(3) }))).toEqual({
      outcome: "installed",
      evidence: ["r2: held back for 240 ms so far at 20 % of a CPU"],
    });
  });

  test("that was set and never used up is ineffective", () => {
    const watched = watch();
    watched.look(seen(0));
    expect(watched.look(seen(2_000, { usage: usage(0, { usedMs: 90 }) }))).toBeNull();
    expect(watched.doubt(PERIOD_MS)).toEqual({
      outcome: "ineffective",
      evidence: ["r2: at 20 % of a CPU it was never held back: it used 90 ms in 2000 ms"],
    });
  });

  test("is not proven by what held the replica back before it", () => {
    const watched = watch();
    watched.look(seen(0, { usage: usage(7) }));
    expect(watched.look(seen(2_000, { usage: usage(7) }))).toBeNull();
    expect(watched.doubt(PERIOD_MS).outcome).toBe("ineffective");
  });

  test("that lasted no longer than a look is indeterminate", () => {
    const watched = watch();
    watched.look(seen(0));
    watched.look(seen(200));
    expect(watched.doubt(PERIOD_MS).outcome).toBe("indeterminate");
  });

  test("of which nobody can say anything is indeterminate", () => {
    const watched = watch();
    watched.look(seen(0, { usage: null }));
    expect(watched.doubt(PERIOD_MS).outcome).toBe("indeterminate");
  });

  test("counts anew for a process that was started again", () => {
    const watched = watch();
    watched.look(seen(0, { usage: usage(5) }));
    expect(watched.look(seen(300, { usage: usage(1) }))).toBeNull();
    expect(watched.look(seen(600, { usage: usage(2) }))?.outcome).toBe("installed");
  });
});

describe("where another fault is at the same replica", () => {
  const smaller = { shares: { now: 0.1, before: 0.1 } };
  const down = { process: "down", usage: null } as const;

  test.each([
    ["a smaller share", smaller],
    ["a kill", down],
  ])("%s as long as it lasts leaves it out", (_, other) => {
    const watched = watch();
    for (const atMs of [0, 900, 1_800]) {
      expect(watched.look(seen(atMs, { usage: usage(atMs), ...other }))).toBeNull();
    }
    expect(watched.doubt(PERIOD_MS).outcome).toBe("skipped");
  });

  test("one that began later is no excuse", () => {
    const watched = watch();
    const later = { shares: { now: 0.1, before: 1 } };
    watched.look(seen(0, later));
    watched.look(seen(1_800, later));
    expect(watched.doubt(PERIOD_MS).outcome).toBe("indeterminate");
  });

  test("a kill after the proof takes nothing from it", () => {
    const watched = watch();
    watched.look(seen(0));
    const proof = watched.look(seen(300, { usage: usage(3) }));
    expect(watched.look(seen(600, down))).toBe(proof);
    expect(proof?.outcome).toBe("installed");
  });

  test("a kill does not excuse a quota that was never used up before it", () => {
    const watched = watch();
    watched.look(seen(0));
    watched.look(seen(2_000, { usage: usage(0, { usedMs: 90 }) }));
    watched.look(seen(2_150, down));
    for (const atMs of [2_300, 2_450]) expect(watched.look(seen(atMs))).toBeNull();
    expect(watched.doubt(PERIOD_MS)).toEqual({
      outcome: "ineffective",
      evidence: ["r2: at 20 % of a CPU it was never held back: it used 90 ms in 2000 ms"],
    });
  });

  test("a kill before it could show leaves it out of what else is proven", () => {
    const watched = watch();
    watched.look(seen(0));
    watched.look(seen(300));
    watched.look(seen(450, down));
    const rest = "left out: another fault keeps it down, but for 300 ms, too short for a proof";
    expect(watched.doubt(PERIOD_MS)).toEqual({
      outcome: "indeterminate",
      evidence: [`r2: ${rest}`],
      isLeftOut: true,
    });
  });

  test("it may be held back before a kill that is over, or after it", () => {
    const watched = watch();
    watched.look(seen(0));
    watched.look(seen(300, down));
    expect(watched.look(seen(600, { usage: usage(1) }))).toBeNull();
    expect(watched.look(seen(900, { usage: usage(2) }))?.outcome).toBe("installed");
  });

  test("what is counted after that one has ended is its own", () => {
    const watched = watch();
    watched.look(seen(0, { usage: usage(9), ...smaller }));
    expect(watched.look(seen(300, { usage: usage(12) }))).toBeNull();
    expect(watched.look(seen(600, { usage: usage(13) }))?.evidence[0]).toContain("80 ms");
  });
});

describe("its end", () => {
  const lifted = { quota: null };

  test("is proven when there is no quota and nothing holds the replica back", () => {
    const watched = new ReliefWatch("r2");
    expect(watched.look(seen(0, { usage: usage(4, lifted) }))).toBeNull();
    expect(watched.look(seen(200, { usage: usage(4, lifted) }))?.outcome).toBe("installed");
  });

  test("is contradicted by a quota that still reads back", () => {
    const told = new ReliefWatch("r2").look(seen(0));
    expect(told).toEqual({
      outcome: "ineffective",
      evidence: ["r2: its quota still reads 20 % of a CPU"],
    });
  });

  test("is contradicted by what holds the replica back all the same", () => {
    const watched = new ReliefWatch("r2");
    watched.look(seen(0, { usage: usage(4, lifted) }));
    expect(watched.look(seen(200, { usage: usage(6, lifted) }))?.outcome).toBe("ineffective");
  });

  test.each([
    ["a share of another fault", { shares: { now: 0.5, before: 1 } }],
    ["a kill", { process: "down" } as const],
  ])("is not seen behind %s", (_, other) => {
    expect(new ReliefWatch("r2").look(seen(0, other))?.outcome).toBe("partial");
  });
});
