import { describe, expect, test } from "vitest";
import { createRandom } from "../../plan/random.ts";
import { exampleRun } from "../example-run.fixture.ts";
import { figureRows, findingOf, type Pair } from "./comparison.ts";
import { comparisonHtml } from "./comparison-html.ts";
import { comparisonText } from "./comparison-text.ts";
import {
  comparedRun,
  comparedScenario,
  exampleComparison,
  figuresWith,
  pairsOf,
} from "./example-comparison.fixture.ts";
import { type FigureName, figuresOf } from "./figures.ts";

function rowOf(pairs: readonly Pair[], figure: FigureName = "p50Ms", isLoadAlike = true) {
  const row = figureRows(pairs, { seed: 1, isLoadAlike }).find(
    (candidate) => candidate.figure === figure,
  );
  if (row === undefined) throw new Error(`${figure} is not compared`);
  return row;
}

/** The machine is busy in one pair and idle in the next: it strikes both sides alike. */
function pairsWithin(weather: number, difference: number, noise = 0.1): readonly Pair[] {
  const random = createRandom(42);
  const about = (value: number, spread: number) => value + spread * (2 * random.fraction() - 1);
  return pairsOf(
    Array.from({ length: 6 }, () => {
      const base = about(10, weather);
      return [about(base, noise), about(base + difference, noise)] as const;
    }),
  );
}

describe("the difference of two sides", () => {
  test("is the mean of the pairs' differences, beside the means of the sides", () => {
    const row = rowOf(
      pairsOf([
        [1, 4],
        [2, 4],
        [3, 4],
      ]),
    );
    expect(row).toMatchObject({ pairs: 3, first: 2, second: 4, difference: 2 });
    expect(row.interval?.low).toBeLessThan(1.5);
    expect(row.interval?.high).toBeGreaterThan(2.5);
  });

  test("is seen where one was planted that is far smaller than what pairs differ by", () => {
    const row = rowOf(pairsWithin(8, 0.5));
    expect(findingOf(row)).toBe("worse");
    expect(row.interval?.low).toBeGreaterThan(0.3);
    expect(row.interval?.high).toBeLessThan(0.7);
    expect(findingOf(rowOf(pairsWithin(8, -0.5)))).toBe("better");
  });

  test("is not shown where there is none", () => {
    const row = rowOf(pairsWithin(8, 0));
    expect(findingOf(row)).toBe("no difference shown");
    expect(row.interval?.low).toBeLessThan(0);
    expect(row.interval?.high).toBeGreaterThan(0);
  });

  test("would be lost among the sides' own spread if they were not taken in pairs", () => {
    const pairs = pairsWithin(8, 0.5);
    const [, ...firsts] = pairs.map(({ first }) => first);
    const shifted = pairs.map((pair, index) => ({
      ...pair,
      first: firsts[index] ?? pairs[0]?.first ?? null,
    }));
    expect(findingOf(rowOf(shifted))).toBe("no difference shown");
  });

  test("leaves out pairs of which one side has not the figure", () => {
    const [whole, ...others] = pairsOf([
      [1, 2],
      [5, 9],
      [5, 9],
    ]);
    const half = others.map((pair, index) =>
      index === 0 ? { ...pair, second: null } : { ...pair, first: comparedRun({ figures: null }) },
    );
    const row = rowOf(whole === undefined ? [] : [whole, ...half]);
    expect(row).toMatchObject({ pairs: 1, first: 1, second: 2, difference: 1, interval: null });
    expect(findingOf(row)).toBe("not enough pairs");
  });

  test("is better or worse by what the figure is of: more availability is better", () => {
    const pairs = pairsOf([
      [1, 1],
      [1, 1],
    ]).map((pair) => ({
      ...pair,
      first: comparedRun({ figures: figuresWith({ availability: 0.8 }) }),
    }));
    expect(findingOf(rowOf(pairs, "availability"))).toBe("better");
  });

  test("is none of throughput where the sides are offered another load", () => {
    const offered = (operationsPerSecond: number) =>
      comparedRun({ figures: figuresWith({ operationsPerSecond }) });
    const pairs = pairsOf([
      [1, 1],
      [1, 1],
    ]).map((pair) => ({ ...pair, first: offered(100), second: offered(200) }));
    expect(findingOf(rowOf(pairs, "operationsPerSecond"))).toBe("better");
    expect(findingOf(rowOf(pairs, "operationsPerSecond", false))).toBe("not alike in load");
    expect(findingOf(rowOf(pairsWithin(8, 0.5), "p50Ms", false))).toBe("worse");
  });
});

test("a run is measured by what its reports say of it, and the simulator's has no CPU", () => {
  const run = exampleRun({ durationMs: 10_000 });
  const { observations, judgement } = run;
  expect(figuresOf(run)).toMatchObject({
    p50Ms: judgement.latencyMs?.p50,
    p99Ms: judgement.latencyMs?.p99,
    outageMs: judgement.outageMs,
    viewChanges: judgement.views.changes,
    operationsPerSecond: judgement.throughput.achieved,
  });
  const samples = observations.samples.map(({ process: _, ...sample }) => sample);
  const simulated = figuresOf({ ...run, observations: { ...observations, samples } });
  expect(simulated.cpuMsPerOperation).toBeNull();
});

const odd = comparedRun({
  verdict: "LIVENESS_MISS",
  asExpected: false,
  text: "L-2 <is> broken.",
  directory: "second/primary-paused/20261129T090010Z-2",
});
const oneOdd = exampleComparison({
  scenarios: [
    comparedScenario({
      pairs: [
        ...pairsOf([
          [2, 3],
          [2.1, 3.2],
        ]),
        { repetition: 3, seed: 9, first: comparedRun(), second: odd },
      ],
      notes: ["n: 4 | 1"],
    }),
  ],
});

describe("the terminal", () => {
  test("has each side's figure, difference, interval and what they show", () => {
    const text = comparisonText(oneOdd, "runs/compare/1/compare.html", false);
    expect(text).toMatch(/primary-paused, pairs: 3 +pbft-sig +unreplicated +difference/);
    expect(text).toMatch(/latency p50 +2\.05 ms +3\.1 ms +\+1\.05 ms \(x1\.51\) +\+\d.* worse/);
    expect(text).toMatch(/CPU an operation +– +– +– +– +not measured/);
    expect(text).toContain("not the same: n: 4 | 1");
    expect(text).toContain("runs/compare/1/compare.html");
  });

  test("tells a difference of availability in points, not as a share of it", () => {
    const pairs = pairsOf([
      [1, 1],
      [1, 1],
    ]).map((pair) => ({
      ...pair,
      first: comparedRun({ figures: figuresWith({ availability: 0.5 }) }),
      second: comparedRun({ figures: figuresWith({ availability: 0.4 }) }),
    }));
    const text = comparisonText(
      exampleComparison({ scenarios: [comparedScenario({ pairs })] }),
      "page",
      false,
    );
    expect(text).toMatch(/availability +50% +40% +-10 points +-10 points to -10 points +worse/);
  });

  test("counts what was not as expected, side by side", () => {
    const text = comparisonText(oneOdd, "page", false);
    expect(text).toContain("pbft-sig: 3 PASS");
    expect(text).toContain("unreplicated: 2 PASS, 1 LIVENESS_MISS (expected PASS)");
    expect(text).toContain("✗ Not as expected");
    expect(text).toContain("unreplicated: 1 of 3 runs did not come out as expected.");
  });

  test("says of a comparison that was stopped that it is none", () => {
    const aborted = comparedRun({
      harness: { state: "aborted", why: "Ctrl-C" },
      verdict: "INCONCLUSIVE",
      asExpected: false,
    });
    const pairs = [{ repetition: 1, seed: 1, first: comparedRun(), second: aborted }];
    const scenarios = [comparedScenario({ pairs })];
    const text = comparisonText(exampleComparison({ scenarios, stopped: "Ctrl-C" }), "page", false);
    expect(text).toContain("? Not a whole comparison");
    expect(text).toContain("It was stopped before its end: Ctrl-C.");
  });
});

describe("the page", () => {
  test("links every run's report, and says why one is not as expected", async () => {
    const page = await comparisonHtml(oneOdd);
    expect(page).toContain('href="first/primary-paused/20261129T090000Z-1/report.html"');
    expect(page).toContain('href="second/primary-paused/20261129T090010Z-2/report.html"');
    expect(page).toContain("L-2 &lt;is&gt; broken.");
    expect(page).not.toContain("<is>");
    expect(page).toContain("npx bft-chaos compare --vary");
  });

  test("never breaks an interval between a figure and its unit", async () => {
    const page = await comparisonHtml(oneOdd);
    const bounds = [...page.matchAll(/<span class="unbroken">([^<]+)<\/span>/g)];
    expect(bounds.filter(([, bound]) => bound?.endsWith(" ms"))).not.toEqual([]);
    expect(page).not.toMatch(/data-label="95 % interval"[^>]*>[^<]* ms/);
  });

  test("draws an interval on the side of the line that it lies on", async () => {
    const page = await comparisonHtml(
      exampleComparison({
        scenarios: [
          comparedScenario({
            pairs: pairsOf([
              [2, 3],
              [2.1, 3.2],
              [2, 3.1],
            ]),
          }),
        ],
      }),
    );
    const [, from, to] = /interval bad.*?interval-bar" d="M([\d.]+) 8H([\d.]+)"/.exec(page) ?? [];
    expect(Number(from)).toBeGreaterThan(80);
    expect(Number(to)).toBeGreaterThan(Number(from));
  });

  test("needs no network and no script, and stamps a planted bug", async () => {
    const planted = comparedScenario({
      pairs: [
        { repetition: 1, seed: 1, first: comparedRun(), second: comparedRun({ mutant: "x" }) },
      ],
    });
    const page = await comparisonHtml(exampleComparison({ scenarios: [planted] }));
    expect(page).not.toMatch(/<script|https?:\/\//);
    expect(page).toContain("PLANTED BUG");
    expect(await comparisonHtml(exampleComparison())).not.toContain("PLANTED BUG");
  });
});
