import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { GivenUpStep, Source } from "../../reports/night/night.ts";
import { type Agenda, type Candidate, leftOut, nextChoice } from "./agenda.ts";

const candidate = (key: string, upToMs: number): Candidate => ({ key, name: key, upToMs });

/** What it was does not matter to the agenda. */
const done = (source: Source, key: string, tookMs: number): GivenUpStep => {
  return { kind: "given-up", source, key, tookMs, why: "" };
};

function agendaOf(suites: readonly Candidate[]): Agenda<Candidate, Candidate> {
  return {
    exploration: (number) => candidate(`seeds ${number}`, 2_000),
    drawn: (number) => candidate(`drawn ${number}`, 20_000),
    suites,
  };
}

const suitesOf = (count: number, upToMs = 30_000) =>
  Array.from({ length: count }, (_, index) => candidate(`suite ${index}`, upToMs));

/** Plays a night in which everything takes half of what it may take. */
function night(agenda: Agenda<Candidate, Candidate>, budgetMs: number) {
  const steps: GivenUpStep[] = [];
  let spentMs = 0;
  for (;;) {
    const choice = nextChoice(agenda, { steps }, budgetMs - spentMs);
    if (choice === null) return { steps, spentMs };
    const tookMs = choice.candidate.upToMs / 2;
    spentMs += tookMs;
    steps.push(done(choice.source, choice.candidate.key, tookMs));
  }
}

describe("the agenda of a night", () => {
  test("begins nothing that may not fit into what is left", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 300_000 }),
        fc.array(fc.integer({ min: 1, max: 90_000 }), { maxLength: 20 }),
        (budgetMs, lengths) => {
          const suites = lengths.map((upToMs, index) => candidate(`suite ${index}`, upToMs));
          const { spentMs, steps } = night(agendaOf(suites), budgetMs);
          expect(spentMs).toBeLessThanOrEqual(budgetMs);
          expect(new Set(steps.map(({ key }) => key)).size).toBe(steps.length);
        },
      ),
    );
  });

  test("gives half of the time to the suites and a quarter to each of the others", () => {
    const { steps, spentMs } = night(agendaOf(suitesOf(1_000)), 3_600_000);
    for (const [source, share] of [
      ["suites", 0.5],
      ["exploration", 0.25],
      ["drawn", 0.25],
    ] as const) {
      const spent = steps.reduce(
        (sum, step) => sum + (step.source === source ? step.tookMs : 0),
        0,
      );
      expect(Math.abs(spent / spentMs - share)).toBeLessThan(0.02);
    }
  });

  test("gives the time of suites that are done to the others", () => {
    const { steps } = night(agendaOf(suitesOf(2)), 600_000);
    expect(steps.filter(({ source }) => source === "suites")).toHaveLength(2);
    expect(steps.filter(({ source }) => source === "drawn").length).toBeGreaterThan(20);
  });

  test("lets a short scenario have its turn where a long one no longer fits", () => {
    const suites = [candidate("long", 60_000), candidate("short", 5_000)];
    expect(nextChoice(agendaOf(suites), { steps: [] }, 10_000)).toMatchObject({
      candidate: { key: "short" },
    });
  });

  test("goes on where it was left, whoever asks", () => {
    const agenda = agendaOf(suitesOf(4));
    const { steps } = night(agenda, 300_000);
    for (const [index, { key }] of steps.entries()) {
      const before = steps.slice(0, index);
      const spentMs = before.reduce((sum, { tookMs }) => sum + tookMs, 0);
      expect(nextChoice(agenda, { steps: before }, 300_000 - spentMs)?.candidate.key).toBe(key);
    }
  });

  test("lists every scenario that was not run, with the reason", () => {
    const steps = [done("suites", "suite 0", 1_000), done("drawn", "drawn 0", 1_000)];
    expect(leftOut(agendaOf(suitesOf(3)), { steps }, ({ upToMs }) => `${upToMs}`)).toEqual([
      { source: "suites", name: "suite 1", why: "30000" },
      { source: "suites", name: "suite 2", why: "30000" },
      { source: "drawn", name: "drawn 1 and those after it", why: "20000" },
    ]);
  });
});
