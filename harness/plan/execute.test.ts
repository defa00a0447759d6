import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createExecutor } from "./execute.ts";
import type { ExecutorCommand, ExecutorInput } from "./executor.ts";
import { planWith } from "./plan.fixture.ts";
import type { Plan, PlanEntry } from "./plan.ts";

const PHASES = { warmupMs: 1_000, faultsMs: 5_000, quietMs: 9_000 };

function entry(id: string, atMs: number, durationMs: number): PlanEntry {
  return { id, name: id, fault: "pause", atMs, durationMs, resolved: null };
}

function planOf(entries: readonly PlanEntry[]): Plan {
  return planWith({ phases: PHASES, entries });
}

/** `inject a`, `phase quiet`, `load on`: what a reader of a failing test wants to see. */
function said(commands: readonly ExecutorCommand[]): readonly string[] {
  return commands.map((command) => {
    if (command.kind === "phase") return `phase ${command.phase}`;
    if (command.kind === "watch") return command.isLast ? "watch to rest" : "watch";
    if (command.kind === "load") return `load ${command.on ? "on" : "off"}`;
    return "entry" in command ? `${command.kind} ${command.entry.id}` : command.kind;
  });
}

function settled(command: "inject" | "heal", id: string): ExecutorInput {
  return { kind: "settled", command, entry: id };
}

test("a window of a fault waits for the end of the one before, and keeps its distance", () => {
  const window = (index: number, atMs: number) => ({
    ...entry(`roll#${index}`, atMs, 500),
    name: "roll",
  });
  const executor = createExecutor(planOf([window(1, 1_000), window(2, 2_000), window(3, 4_900)]));
  const script: [ExecutorInput, number, readonly string[], number | null][] = [
    [{ kind: "started" }, 0, ["phase warmup", "load on"], 1_000],
    [{ kind: "tick" }, 2_000, ["phase faults", "inject roll#1"], null],
    [settled("inject", "roll#1"), 2_010, [], 2_500],
    [{ kind: "tick" }, 2_500, ["heal roll#1"], null],
    [{ kind: "tick" }, 3_000, [], null],
    [settled("heal", "roll#1"), 3_400, [], 3_900],
    [{ kind: "tick" }, 3_900, ["inject roll#2"], null],
    [settled("inject", "roll#2"), 3_950, [], 4_400],
    [{ kind: "tick" }, 4_400, ["heal roll#2"], null],
    // The phase is over before the distance is kept: the last window comes and goes at its end.
    [settled("heal", "roll#2"), 4_500, [], 6_000],
    [{ kind: "tick" }, 6_000, ["inject roll#3"], null],
    [settled("inject", "roll#3"), 6_010, ["heal roll#3"], null],
    [settled("heal", "roll#3"), 6_400, ["phase quiet"], 8_400],
  ];
  for (const [input, nowMs, commands, nextMs] of script) {
    expect(said(executor.step(input, nowMs)), `at ${nowMs}`).toEqual(commands);
    expect(executor.nextWakeMs(), `after ${nowMs}`).toBe(nextMs);
  }
});

test("phases, load and faults come in the plan's order, each at its time", () => {
  const executor = createExecutor(planOf([entry("cut", 1_000, 2_000)]));
  const script: [ExecutorInput, number, readonly string[], number | null][] = [
    [{ kind: "started" }, 500, ["phase warmup", "load on"], 1_500],
    [{ kind: "tick" }, 1_500, ["phase faults"], 2_500],
    [{ kind: "tick" }, 2_500, ["inject cut"], null],
    [settled("inject", "cut"), 2_700, [], 4_500],
    [{ kind: "tick" }, 4_500, ["heal cut"], null],
    [settled("heal", "cut"), 4_600, [], 6_500],
    [{ kind: "tick" }, 6_500, ["phase quiet"], 8_500],
    [{ kind: "tick" }, 8_500, ["load off", "watch"], 15_500],
    [{ kind: "converged" }, 9_000, ["verify"], null],
    [{ kind: "verified" }, 9_100, ["finish"], null],
  ];
  for (const [input, nowMs, commands, wakeMs] of script) {
    const seen = [said(executor.step(input, nowMs)), executor.nextWakeMs()];
    expect([input, ...seen]).toEqual([input, commands, wakeMs]);
  }
  expect(executor.phase).toBe("finished");
});

test("a heal waits until its own injection has settled", () => {
  const executor = createExecutor(planOf([entry("slow", 0, 100)]));
  executor.step({ kind: "started" }, 0);
  expect(said(executor.step({ kind: "tick" }, 1_000))).toEqual(["phase faults", "inject slow"]);
  expect(said(executor.step({ kind: "tick" }, 2_000))).toEqual([]);
  expect(said(executor.step(settled("inject", "slow"), 2_500))).toEqual(["heal slow"]);
});

test("the quiet phase does not begin before the last heal has settled", () => {
  const executor = createExecutor(planOf([entry("cut", 0, 5_000)]));
  executor.step({ kind: "started" }, 0);
  executor.step({ kind: "tick" }, 1_000);
  executor.step(settled("inject", "cut"), 1_100);
  expect(said(executor.step({ kind: "tick" }, 6_000))).toEqual(["heal cut"]);
  expect(said(executor.step({ kind: "tick" }, 7_000))).toEqual([]);
  expect(said(executor.step(settled("heal", "cut"), 7_500))).toEqual(["phase quiet"]);
});

test("a fault that outlives the faults phase is healed at its end", () => {
  const executor = createExecutor(planOf([entry("long", 4_000, 60_000)]));
  executor.step({ kind: "started" }, 0);
  executor.step({ kind: "tick" }, 5_000);
  executor.step(settled("inject", "long"), 5_000);
  expect(executor.nextWakeMs()).toBe(6_000);
  expect(said(executor.step({ kind: "tick" }, 6_000))).toEqual(["heal long"]);
});

test("the quiet phase ends at its deadline when nothing converges", () => {
  const executor = createExecutor(planOf([]));
  executor.step({ kind: "started" }, 0);
  executor.step({ kind: "tick" }, 1_000);
  executor.step({ kind: "tick" }, 6_000);
  executor.step({ kind: "tick" }, 8_000);
  expect(said(executor.step({ kind: "tick" }, 15_000))).toEqual(["verify"]);
});

test("convergence under load does not count", () => {
  const executor = createExecutor(planOf([]));
  executor.step({ kind: "started" }, 0);
  executor.step({ kind: "tick" }, 1_000);
  executor.step({ kind: "tick" }, 6_000);
  expect(said(executor.step({ kind: "converged" }, 6_500))).toEqual([]);
});

describe("abort", () => {
  test("stops load and new faults, heals what is active, skips quiet and final reads", () => {
    const executor = createExecutor(planOf([entry("cut", 0, 2_000), entry("late", 3_000, 1_000)]));
    executor.step({ kind: "started" }, 0);
    executor.step({ kind: "tick" }, 1_000);
    executor.step(settled("inject", "cut"), 1_100);
    expect(said(executor.step({ kind: "abort", level: 1 }, 1_200))).toEqual([
      "load off",
      "heal cut",
    ]);
    expect(said(executor.step({ kind: "tick" }, 9_000))).toEqual([]);
    expect(said(executor.step(settled("heal", "cut"), 9_100))).toEqual(["finish"]);
  });

  test("before the start finishes at once", () => {
    expect(said(createExecutor(planOf([])).step({ kind: "abort", level: 1 }, 0))).toEqual([
      "finish",
    ]);
  });

  test("during the final reads finishes without them", () => {
    const executor = createExecutor(planOf([]));
    executor.step({ kind: "started" }, 0);
    for (const nowMs of [1_000, 6_000, 8_000, 15_000]) executor.step({ kind: "tick" }, nowMs);
    expect(said(executor.step({ kind: "abort", level: 2 }, 15_100))).toEqual(["finish"]);
  });
});

const anyEntries = fc
  .array(
    fc.record({
      at: fc.integer({ min: 0, max: 5_000 }),
      lasts: fc.integer({ min: 0, max: 6_000 }),
    }),
    {
      maxLength: 6,
    },
  )
  .map((windows) => windows.map(({ at, lasts }, index) => entry(`e${index}`, at, lasts)));

/**
 * A world that answers every command in any order and as late as it likes, wakes the executor early
 * or late, repeats answers, and may abort at any step.
 */
interface Weather {
  readonly entries: readonly PlanEntry[];
  /** One per step: which outstanding answer to give (or to wait), and how long that takes. */
  readonly choices: readonly { readonly pick: number; readonly passMs: number }[];
  readonly abortAt: number | null;
}

const anyWeather: fc.Arbitrary<Weather> = fc.record({
  entries: anyEntries,
  choices: fc.array(fc.record({ pick: fc.nat(9), passMs: fc.oneof(fc.nat(50), fc.nat(4_000)) }), {
    minLength: 5,
    maxLength: 40,
  }),
  abortAt: fc.option(fc.nat(60)),
});

function answerTo(command: ExecutorCommand): ExecutorInput | null {
  if (command.kind === "inject" || command.kind === "heal") {
    return settled(command.kind, command.entry.id);
  }
  if (command.kind === "watch") return { kind: "converged" };
  return command.kind === "verify" ? { kind: "verified" } : null;
}

function play({ entries, choices, abortAt }: Weather): readonly string[] {
  const executor = createExecutor(planOf(entries));
  const log: string[] = [];
  const owed: ExecutorInput[] = [];
  let nowMs = 0;
  let input: ExecutorInput = { kind: "started" };
  for (let step = 0; step < 500 && executor.phase !== "finished"; step += 1) {
    const commands = executor.step(input, nowMs);
    log.push(...said(commands));
    for (const command of commands) {
      const answer = answerTo(command);
      if (answer !== null) owed.push(answer);
    }
    const { pick, passMs } = choices[step % choices.length] ?? { pick: 0, passMs: 1 };
    nowMs += passMs;
    const [answer] = pick < owed.length ? owed.splice(pick, 1) : [];
    input = answer ?? { kind: "tick" };
    if (answer === undefined) nowMs = Math.max(nowMs, executor.nextWakeMs() ?? nowMs);
    // Nothing else would ever happen: give the oldest answer rather than tick for ever.
    if (answer === undefined && executor.nextWakeMs() === null) input = owed.shift() ?? input;
    // The answer that the abort pushed aside is still owed.
    if (step === abortAt) {
      if (input.kind !== "tick") owed.push(input);
      input = { kind: "abort", level: 1 };
    }
  }
  return log;
}

describe("whatever the order of the world's answers", () => {
  test("finish is reached, once, as the last command", () => {
    fc.assert(
      fc.property(anyWeather, (weather) => {
        const log = play(weather);
        expect(log.filter((line) => line === "finish")).toEqual(["finish"]);
        expect(log.at(-1)).toBe("finish");
      }),
    );
  });

  test("every injected entry is healed exactly once, after it was injected", () => {
    fc.assert(
      fc.property(anyWeather, (weather) => {
        const log = play(weather);
        for (const { id } of weather.entries) {
          const events = log.filter((line) => line === `inject ${id}` || line === `heal ${id}`);
          expect([[], [`inject ${id}`, `heal ${id}`]]).toContainEqual(events);
        }
      }),
    );
  });

  test("without an abort every entry is played and the phases come in order", () => {
    fc.assert(
      fc.property(anyWeather, (weather) => {
        const log = play({ ...weather, abortAt: null });
        const stages = log.filter((line) => !/^(inject|heal)/.test(line));
        expect(stages).toEqual([
          "phase warmup",
          "load on",
          "phase faults",
          "phase quiet",
          "load off",
          "watch",
          "verify",
          "finish",
        ]);
        const [faults, quiet] = [log.indexOf("phase faults"), log.indexOf("phase quiet")];
        const played = log.slice(faults + 1, quiet);
        expect(played).toHaveLength(2 * weather.entries.length);
      }),
    );
  });
});

describe("the end of a plan", () => {
  const kept = { ...entry("away", 5_000, 1_000), outlasts: true } as const;

  type Script = readonly (readonly [ExecutorInput, number, readonly string[]])[];

  function saidAt(plan: Plan, script: Script) {
    const executor = createExecutor(plan);
    return script.map(([input, nowMs]) => [nowMs, said(executor.step(input, nowMs))]);
  }

  const asWritten = (script: Script) => script.map(([, nowMs, commands]) => [nowMs, commands]);

  test("what outlasts the faults ends after the reads, and all converge again", () => {
    const script: Script = [
      [{ kind: "started" }, 0, ["phase warmup", "load on"]],
      [{ kind: "tick" }, 6_000, ["phase faults", "inject away"]],
      [settled("inject", "away"), 6_000, ["phase quiet"]],
      [{ kind: "tick" }, 8_000, ["load off", "watch to rest"]],
      [{ kind: "converged" }, 8_500, ["verify"]],
      [{ kind: "verified" }, 8_600, ["heal away"]],
      [settled("heal", "away"), 8_700, ["watch to rest"]],
      [{ kind: "converged" }, 9_000, ["finish"]],
    ];
    expect(saidAt(planOf([kept]), script)).toEqual(asWritten(script));
  });

  test("the load goes on for as long as the plan says, is back once all converged, and all rest", () => {
    const ending = { loadMs: 50, steadyMs: 300, restMs: 500 };
    const script: Script = [
      [{ kind: "started" }, 0, ["phase warmup", "load on"]],
      [{ kind: "tick" }, 6_000, ["phase faults", "inject away"]],
      [settled("inject", "away"), 6_000, ["phase quiet"]],
      [{ kind: "tick" }, 6_050, ["load off", "watch to rest"]],
      [{ kind: "converged" }, 6_500, ["verify"]],
      [{ kind: "verified" }, 6_600, ["heal away"]],
      [settled("heal", "away"), 6_700, ["watch"]],
      [{ kind: "converged" }, 7_000, ["load on"]],
      [{ kind: "tick" }, 7_299, []],
      [{ kind: "tick" }, 7_300, ["load off", "watch to rest"]],
      [{ kind: "converged" }, 8_000, ["finish"]],
    ];
    expect(saidAt({ ...planOf([kept]), ending }, script)).toEqual(asWritten(script));
  });

  test("where they do not converge in time it ends with the heal, and at once", () => {
    const { quietMs } = PHASES;
    const ending = { loadMs: 0, steadyMs: 300, restMs: 500 };
    const begun: Script = [
      [{ kind: "started" }, 0, ["phase warmup", "load on"]],
      [{ kind: "tick" }, 6_000, ["phase faults", "inject away"]],
      [settled("inject", "away"), 6_000, ["phase quiet", "load off", "watch to rest"]],
    ];
    const never: Script = [
      ...begun,
      [{ kind: "tick" }, 6_000 + quietMs, ["verify"]],
      [{ kind: "verified" }, 16_000, ["heal away"]],
      [settled("heal", "away"), 16_000, ["finish"]],
    ];
    const notAgain: Script = [
      ...begun,
      [{ kind: "converged" }, 7_000, ["verify"]],
      [{ kind: "verified" }, 8_000, ["heal away"]],
      [settled("heal", "away"), 8_000, ["watch"]],
      [{ kind: "tick" }, 8_000 + quietMs, ["finish"]],
    ];
    for (const script of [never, notAgain]) {
      expect(saidAt({ ...planOf([kept]), ending }, script)).toEqual(asWritten(script));
    }
  });
});
