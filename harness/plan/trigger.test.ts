import { describe, expect, test } from "vitest";
import { createExecutor } from "./execute.ts";
import type { ExecutorCommand, ExecutorInput, WorldEvent } from "./executor.ts";
import { planWith } from "./plan.fixture.ts";
import type { PlanEntry, PlannedTrigger } from "./plan.ts";
import { triggerText } from "./trigger.ts";

const PHASES = { warmupMs: 1_000, faultsMs: 5_000, quietMs: 9_000 };
const ANY = { kind: "event", fromMs: 0, skip: 0, delayMs: 0, by: null, first: false } as const;

function entry(id: string, when: PlannedTrigger, durationMs = 1_000): PlanEntry {
  return { id, name: id, fault: "pause", atMs: 0, durationMs, resolved: null, when };
}

function timed(id: string, atMs: number, durationMs: number): PlanEntry {
  return { id, name: id, fault: "pause", atMs, durationMs, resolved: null };
}

function viewChange(more: Partial<WorldEvent> = {}): ExecutorInput {
  const event: WorldEvent = {
    name: "view-change",
    by: "r2",
    role: "backup",
    slot: null,
    view: 1,
    what: "r2 logged view-change, view 1",
    ageMs: 0,
    atNs: 0n,
    ...more,
  };
  return { kind: "event", event };
}

function settled(command: "inject" | "heal", id: string, absent = false): ExecutorInput {
  return { kind: "settled", command, entry: id, absent };
}

/** `1200 inject a`: what came of each input, and when. */
function played(
  entries: readonly PlanEntry[],
  script: readonly (readonly [ExecutorInput, number])[],
): readonly string[] {
  const executor = createExecutor(planWith({ phases: PHASES, entries }));
  const said: string[] = [];
  const step = (input: ExecutorInput, nowMs: number): readonly ExecutorCommand[] => {
    const commands = executor.step(input, nowMs);
    for (const command of commands) {
      if ("entry" in command) said.push(`${nowMs} ${command.kind} ${command.entry.id}`);
    }
    return commands;
  };
  step({ kind: "started" }, 0);
  step({ kind: "tick" }, 1_000);
  for (const [input, nowMs] of script) step(input, nowMs);
  return said;
}

const AT_THE_END = [{ kind: "tick" }, 6_000] as const;

describe("an entry that waits for an event", () => {
  const kill = entry("kill", { ...ANY, event: "view-change" });

  test("begins with it, and not before the faults phase", () => {
    const executor = createExecutor(planWith({ phases: PHASES, entries: [kill] }));
    executor.step({ kind: "started" }, 0);
    executor.step(viewChange(), 500);
    expect(executor.awaits("view-change")).toBe(false);
    expect(executor.step({ kind: "tick" }, 1_000).map(({ kind }) => kind)).toEqual(["phase"]);
    expect([executor.awaits("view-change"), executor.awaits("new-view")]).toEqual([true, false]);
    expect(executor.nextWakeMs()).toBe(6_000);
    expect(executor.step(viewChange(), 1_300)).toEqual([
      {
        kind: "inject",
        entry: kill,
        cause: {
          what: "r2 logged view-change, view 1",
          subject: "r2",
          view: 1,
          atNs: 0n,
          delayMs: 0,
          heardMs: 0,
        },
      },
    ]);
    expect(executor.awaits("view-change")).toBe(false);
  });

  test("lets so many pass as it is to skip, and another event means nothing to it", () => {
    const third = entry("third", { ...ANY, event: "view-change", skip: 2 });
    const script = [
      [viewChange(), 1_100],
      [viewChange({ name: "new-view" }), 1_150],
      [viewChange(), 1_200],
      [viewChange(), 1_300],
    ] as const;
    expect(played([third], script)).toEqual(["1300 inject third"]);
  });

  test("comes so long after the event as its delay says, not after the news of it", () => {
    const later = entry("later", { ...ANY, event: "view-change", delayMs: 200 });
    const executor = createExecutor(planWith({ phases: PHASES, entries: [later] }));
    executor.step({ kind: "started" }, 0);
    executor.step({ kind: "tick" }, 1_000);
    expect(executor.step(viewChange({ ageMs: 30 }), 1_430)).toEqual([]);
    expect(executor.nextWakeMs()).toBe(1_600);
    expect(executor.step({ kind: "tick" }, 1_600)).toMatchObject([{ kind: "inject" }]);
  });

  test("counts no event from before its time", () => {
    const late = entry("late", { ...ANY, event: "view-change", fromMs: 2_000 });
    const script = [
      [viewChange(), 2_999],
      [viewChange({ ageMs: 10 }), 3_005],
      [viewChange(), 3_100],
    ] as const;
    expect(played([late], script)).toEqual(["3100 inject late"]);
  });

  test.each([
    ["r1", { by: "r1" }],
    ["primary", { by: "r1", role: "primary" }],
    ["backup", { by: "r3", role: "backup" }],
  ] as const)("by %s is not set off by others", (by, its) => {
    const only = entry("only", { ...ANY, event: "view-change", by });
    const others = { by: "r2", role: by === "backup" ? "primary" : "backup" } as const;
    const script = [
      [viewChange(others), 1_100],
      [viewChange(its), 1_200],
    ] as const;
    expect(played([only], script)).toEqual(["1200 inject only"]);
  });

  test("of the events about one number in one view only the first counts, if so asked", () => {
    const prepared = (slot: string) => viewChange({ name: "prepared", slot });
    const first = entry("first", { ...ANY, event: "prepared", first: true, skip: 1 });
    const script = [
      [prepared("0 7"), 1_100],
      [prepared("0 7"), 1_200],
      [viewChange({ name: "prepared", slot: null }), 1_250],
      [prepared("1 7"), 1_300],
    ] as const;
    expect(played([first], script)).toEqual(["1300 inject first"]);
  });

  test("lasts from its installation on, and no longer than the phase", () => {
    const script = [
      [viewChange(), 2_000],
      [settled("inject", "kill"), 2_400],
      [{ kind: "tick" }, 3_000],
      [{ kind: "tick" }, 3_400],
    ] as const;
    expect(played([kill], script)).toEqual(["2000 inject kill", "3400 heal kill"]);
    const late = [[viewChange(), 5_500], [settled("inject", "kill"), 5_600], AT_THE_END] as const;
    expect(played([kill], late)).toEqual(["5500 inject kill", "6000 heal kill"]);
  });

  test("is skipped with the phase if the event has not come, with the reason", () => {
    const twice = entry("twice", { ...ANY, event: "view-change", skip: 1 });
    const executor = createExecutor(planWith({ phases: PHASES, entries: [twice] }));
    executor.step({ kind: "started" }, 0);
    executor.step({ kind: "tick" }, 1_000);
    executor.step(viewChange(), 1_300);
    expect(executor.step({ kind: "tick" }, 6_000)).toEqual([
      {
        kind: "skip",
        entry: twice,
        why: "view-change was seen once from 0s on, and it waits for 2 times",
      },
      { kind: "phase", phase: "quiet" },
    ]);
  });

  test("whose delay outlasts the phase is skipped, too", () => {
    const later = entry("later", { ...ANY, event: "view-change", delayMs: 1_000 });
    const script = [[viewChange(), 5_500], AT_THE_END, [{ kind: "tick" }, 6_600]] as const;
    expect(played([later], script)).toEqual(["6000 skip later"]);
  });

  test("takes the later windows of its fault along", () => {
    const roll = (index: number): PlanEntry => ({
      ...entry(`roll#${index}`, { ...ANY, event: "view-change", delayMs: index * 500 }, 200),
      atMs: index * 500,
      name: "roll",
    });
    const entries = [roll(0), roll(1)];
    expect(played(entries, [AT_THE_END])).toEqual(["6000 skip roll#0", "6000 skip roll#1"]);
    const script = [
      [viewChange(), 2_000],
      [settled("inject", "roll#0"), 2_000],
      [{ kind: "tick" }, 2_200],
      [settled("heal", "roll#0"), 2_300],
      [{ kind: "tick" }, 2_600],
    ] as const;
    expect(played(entries, script)).toEqual([
      "2000 inject roll#0",
      "2200 heal roll#0",
      "2600 inject roll#1",
    ]);
  });

  test("is no longer waited for after an abort", () => {
    const script = [
      [{ kind: "abort", level: 1 }, 2_000],
      [viewChange(), 2_100],
    ] as const;
    expect(played([kill], script)).toEqual([]);
  });
});

describe("an entry that waits for another", () => {
  const cut = timed("cut", 1_000, 1_000);
  const after = entry("next", { kind: "after", entry: "cut", delayMs: 300 }, 500);
  const healed = entry("last", { kind: "healed", entry: "cut", delayMs: 0 }, 500);
  const begun = [
    [{ kind: "tick" }, 2_000],
    [settled("inject", "cut"), 2_100],
  ] as const;

  test("begins after its installation, or after its heal", () => {
    const script = [
      ...begun,
      [{ kind: "tick" }, 2_300],
      [{ kind: "tick" }, 2_400],
      [settled("inject", "next"), 2_400],
      [{ kind: "tick" }, 3_000],
      [settled("heal", "cut"), 3_200],
    ] as const;
    expect(played([cut, after, healed], script)).toEqual([
      "2000 inject cut",
      "2400 inject next",
      "3000 heal cut",
      "3000 heal next",
      "3200 inject last",
    ]);
  });

  test("is skipped where the other one struck nobody", () => {
    const script = [
      [{ kind: "tick" }, 2_000],
      [settled("inject", "cut", true), 2_100],
      [{ kind: "tick" }, 3_000],
      [settled("heal", "cut"), 3_200],
      AT_THE_END,
    ] as const;
    expect(played([cut, after, healed], script)).toEqual([
      "2000 inject cut",
      "3000 heal cut",
      "6000 skip next",
      "6000 skip last",
    ]);
  });

  test("shares its subject", () => {
    const first = entry("first", { ...ANY, event: "view-change" });
    const second = entry("second", { kind: "after", entry: "first", delayMs: 0 });
    const executor = createExecutor(planWith({ phases: PHASES, entries: [first, second] }));
    executor.step({ kind: "started" }, 0);
    executor.step({ kind: "tick" }, 1_000);
    executor.step(viewChange(), 1_100);
    expect(executor.step(settled("inject", "first"), 1_150)).toEqual([
      {
        kind: "inject",
        entry: second,
        cause: {
          what: "first has begun",
          subject: "r2",
          view: 1,
          atNs: null,
          delayMs: 0,
          heardMs: 0,
        },
      },
    ]);
  });
});

test("what an entry waits for can be said in words", () => {
  const when = { ...ANY, event: "prepared", by: "r1", first: true, skip: 2, fromMs: 5, delayMs: 7 };
  expect(triggerText({ when })).toBe(
    "at prepared, by r1, the first of its view and number, 2 skipped, from 5ms on, 7ms later",
  );
  expect(triggerText({ when: { kind: "healed", entry: "cut", delayMs: 0 } })).toBe(
    "after cut is healed",
  );
  expect(triggerText({})).toBeNull();
});
