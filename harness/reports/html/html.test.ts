import { beforeAll, describe, expect, test } from "vitest";
import type { CheckResult } from "../../checkers/checker.ts";
import { exampleDisagreement, exampleLostWrite } from "../example-checks.fixture.ts";
import { exampleRun } from "../example-run.fixture.ts";
import type { JudgedRun } from "../report.ts";
import { htmlReport } from "./html.ts";

const render = (run: JudgedRun): Promise<string> => htmlReport.render(run);
const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)];

/** Short answers: a failing test must not print the whole page. */
const found = (text: string, pattern: RegExp) => matches(text, pattern).map(([whole]) => whole);
const missing = (text: string, ...parts: readonly string[]) =>
  parts.filter((part) => !text.includes(part));

describe("the page of a good minute", () => {
  const run = exampleRun();
  let page = "";
  beforeAll(async () => {
    page = await render(run);
  });

  test("needs no network and runs no script", () => {
    expect(found(page, /https?:|\/\/[a-z]|@import|url\((?!"?#)/gi)).toEqual([]);
    const active = /<(script|link|img|iframe|object|base)\b|\son\w+=|javascript:/gi;
    expect(found(page, active)).toEqual([]);
  });

  test("says the verdict, why, and the command that runs it again", () => {
    expect(missing(page, "✓</span> PASS")).toEqual([]);
    expect(missing(page, run.judgement.text.replace("&", "&amp;"))).toEqual([]);
    expect(missing(page, run.observations.run.rerun)).toEqual([]);
  });

  test("shows every fault and every check with its outcome and its evidence", () => {
    for (const { entry, evidence } of run.judgement.faults) {
      expect(missing(page, entry)).toEqual([]);
      for (const line of evidence) expect(missing(page, line.replaceAll(">", "&gt;"))).toEqual([]);
    }
    for (const { id } of run.judgement.checks) expect(missing(page, `>${id} <small>`)).toEqual([]);
  });

  test("has every chart in both widths, each with words for who cannot see it", () => {
    const pictures = matches(
      page,
      /<svg class="(wide|narrow)"[^>]* role="img" aria-label="([^"]+)"/g,
    );
    expect(pictures).toHaveLength(12);
    expect(pictures.every(([, , label = ""]) => label.length > 20)).toBe(true);
  });

  test("gives every chart over time the same axis, from edge to edge", () => {
    const zeros = matches(page, /(?:x="|translate\()([\d.]+)[^>]*>0 s<\/text>/g);
    expect(zeros.map(([, x]) => Number(x))).toEqual(Array.from({ length: 8 }, () => 58));
    const ends = matches(page, /(?:x="|translate\()([\d.]+)[^>]*>60 s<\/text>/g);
    expect(new Set(ends.map(([, x]) => Number(x)))).toEqual(new Set([906, 406]));
  });

  test("marks the view changes and shades the faults in the charts", () => {
    expect(matches(page, />v1<\/text>/g).length).toBeGreaterThanOrEqual(4);
    expect(matches(page, /fill="var\(--shade\)"/g).length).toBeGreaterThanOrEqual(4);
  });

  test("has a lane a replica", () => {
    expect(found(page, /class="lane-name"[^>]*>r[0-3]<\/text>/g)).toHaveLength(2 * 4);
  });

  test("prints the conditions beside the numbers", () => {
    expect(page).toMatch(
      /Measured with durability group-commit, audit full, links proxied, .*cpus 2/,
    );
  });

  test("uses each element id once", () => {
    const ids = matches(page, /\sid="([^"]+)"/g).map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("refers to no id and no colour that is not there", () => {
    const ids = new Set(matches(page, /\sid="([^"]+)"/g).map(([, id]) => id));
    for (const [, id] of matches(page, /url\("?#([^")]+)"?\)|aria-labelledby="([^"]+)"/g)) {
      if (id !== undefined) expect(ids).toContain(id);
    }
    const colours = new Set(matches(page, /^\s*(--[\w-]+):/gm).map(([, name]) => name));
    for (const [, name] of matches(page, /var\((--[\w-]+)\)/g)) expect(colours).toContain(name);
  });

  test("has a heading for every section, and no level left out", () => {
    const levels = matches(page, /<h([1-6])\b/g).map(([, level]) => Number(level));
    expect(levels[0]).toBe(1);
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    for (const [index, level] of levels.entries()) {
      expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1);
    }
  });

  test("holds no NaN and no undefined", () => {
    expect(found(page, /NaN|undefined|Infinity|\[object/g)).toEqual([]);
  });

  test("is the same again", async () => {
    const again = await render(run);
    expect(again === page).toBe(true);
  });
});

test("seven replicas for one minute at 200 op/s stay far below 1 MB", async () => {
  const page = await render(exampleRun({ faultsMax: 2 }));
  expect(Buffer.byteLength(page)).toBeLessThan(500_000);
});

test("a run with a thousand faults and as many view changes stays below 1 MB", async () => {
  const run = exampleRun();
  const [fault] = run.judgement.faults;
  if (fault === undefined) throw new Error("the example has faults");
  const faults = Array.from({ length: 1000 }, (_, index) => ({
    ...fault,
    entry: `kill#${index}`,
    installedAtMs: index * 50,
    healedAtMs: index * 50 + 40,
  }));
  const page = await render({ ...run, judgement: { ...run.judgement, faults } });
  expect(Buffer.byteLength(page)).toBeLessThan(1_000_000);
});

const hostile = `</style><script>alert(1)</script>"'><img src=x onerror=alert(1)>&\u202e`;

/** Every text of a run that comes from a file somebody else may have written. */
function hostileRun(): JudgedRun {
  const run = exampleRun({ scenario: hostile, mutant: hostile });
  const check: CheckResult = {
    id: hostile,
    promise: "safety",
    outcome: "invalid",
    judged: 1,
    evidence: [
      {
        what: hostile,
        replica: 0,
        time: 1e9,
        records: [{ e: hostile, [hostile]: hostile }, hostile],
      },
    ],
  };
  const faults = run.judgement.faults.map((fault) => ({
    ...fault,
    entry: hostile,
    name: hostile,
    fault: hostile,
    evidence: [hostile],
  }));
  const { plan } = run.observations;
  return {
    observations: {
      ...run.observations,
      run: {
        ...run.observations.run,
        id: hostile,
        rerun: hostile,
        startedAt: hostile,
        host: { [hostile]: hostile },
        versions: { [hostile]: hostile },
        harness: { state: "failed", why: hostile },
        residue: [hostile],
      },
      plan: {
        ...plan,
        labels: { [hostile]: hostile },
        caveats: [hostile],
        recoveryBound: { totalMs: 1, parts: { [hostile]: 1 } },
        cluster: {
          ...plan.cluster,
          protocol: hostile,
          service: { ...plan.cluster.service, name: hostile },
        },
      },
    },
    judgement: { ...run.judgement, text: hostile, checks: [check], faults },
  };
}

test("hostile text stays text, wherever it comes from", async () => {
  const page = await render(hostileRun());
  expect(found(page, /<script|<img/gi)).toEqual([]);
  expect(missing(page, "\u202e")).toHaveLength(1);
  expect(found(page, /<\/style>/g)).toHaveLength(1);
  expect(matches(page, /&lt;script&gt;alert\(1\)/g).length).toBeGreaterThan(20);
  // No quotation mark of it ended an attribute: every tag still has whole attributes only.
  for (const [tag] of matches(page, /<[a-z][^>]*>/gi)) {
    expect(tag).toMatch(/^<[a-z]\w*(?:\s+[\w:-]+="[^"<>]*")*\s*\/?>$/i);
  }
});

test("a violation shows the events that prove it, and where on the lanes", async () => {
  const judgement = {
    verdict: "FAIL",
    asExpected: false,
    deviation: "PASS was expected, but S-1 did not hold.",
    checks: [exampleDisagreement, exampleLostWrite],
  } as const;
  const page = await render(exampleRun({ judgement }));
  expect(missing(page, "What broke")).toEqual([]);
  expect(missing(page, "✗ PASS was expected, but S-1 did not hold.")).toEqual([]);
  expect(missing(page, "a3a3a3a3a3a3…")).toEqual([]);
  expect(missing(page, "7c7c7c7c7c7c…")).toEqual([]);
  expect(missing(page, "client process 2")).toEqual([]);
  expect(found(page, /class="evidence-mark"/g)).toHaveLength(2 * 2);
});

test("what was expected stands beside the figure that was judged, not another one", async () => {
  const short = { outcome: "unknown", judged: 183, because: "only 183 of 200 operations" } as const;
  const checks = [{ ...short, id: "expectations", promise: "liveness" } as const];
  const run = exampleRun({ judgement: { checks } });
  const got = `183 then, ${run.judgement.operations.ok.toLocaleString("en-US")} in all`;
  expect(missing(await render(run), got)).toEqual([]);
});

test("what failed by its condition was answered, and is told apart", async () => {
  const operations = { issued: 500, ok: 232, failed: 261, unknown: 7, shed: 0 };
  const held = { outcome: "valid", judged: 488 } as const;
  const checks = [{ ...held, id: "expectations", promise: "liveness" } as const];
  const page = await render(exampleRun({ judgement: { operations, checks } }));
  expect(missing(page, "ok, 261 failed by their condition, of 500 issued")).toEqual([]);
  expect(missing(page, "488 then, 493 in all")).toEqual([]);
});

test("what broke begins with its cause, in words, and only the earliest evidence is open", async () => {
  const judgement = { verdict: "FAIL", asExpected: false } as const;
  const checks = [exampleLostWrite, exampleDisagreement];
  const page = await render(exampleRun({ judgement: { ...judgement, checks } }));
  const [first] = [...page.matchAll(/It begins with this: ([^<]+)/g)].map(([, text]) => text);
  const all = checks.flatMap((check) => (check.outcome === "invalid" ? check.evidence : []));
  const earliest = all.toSorted((a, b) => (a.time ?? 0) - (b.time ?? 0))[0];
  expect(first?.trim()).toBe(earliest?.what);
  expect(found(page, /<li><details/g).length).toBeGreaterThan(1);
  expect(found(page, /<details open="open"><summary>[^<]*/g)).toEqual([
    `<details open="open"><summary>${earliest?.what} `,
  ]);
  expect(page).not.toContain("[[");
  expect(page).toMatch(/executes number .*request <code>77<\/code> of client c0\.5 \(operation/);
});

test("the moment of the first violation is marked through all charts over time", async () => {
  const judgement = { verdict: "FAIL", asExpected: false, checks: [exampleDisagreement] } as const;
  const page = await render(exampleRun({ judgement }));
  // Throughput and latency, wide and narrow; then the strip of faults and the lanes.
  expect(found(page, />✗ S-1<\/text>/g)).toHaveLength(2 * 2);
  expect(found(page, /class="violation-line"/g)).toHaveLength(2 * 2);
  expect(missing(page, "first violation, 31.42 s")).toEqual([]);
  expect(found(await render(exampleRun()), /class="violation-line"|✗ S-/g)).toEqual([]);
});

test("memory and log of each replica are drawn where they were polled", async () => {
  const run = exampleRun();
  const samples = run.observations.samples.map((sample) =>
    sample.up
      ? { ...sample, process: { rssBytes: 3 * 2 ** 20, cpuSeconds: 1 }, logBytes: 5 * 2 ** 10 }
      : sample,
  );
  const observations = { ...run.observations, samples };
  const page = await render({ ...run, observations });
  const drawn = [
    "Memory of 4 replicas over time: at most 3 MiB.",
    "Log of 4 replicas over time: at most 5 KiB.",
    '<i class="swatch line-dash-dot of-series-1"></i>r3',
  ];
  expect(missing(page, ...drawn)).toEqual([]);
  expect(missing(await render(run), ...drawn)).toEqual(drawn);
  const moving = [32, 64].map((kib, at) => [at * 1e9, kib * 2 ** 10] as const);
  const ceilings = { memory: [[0, 300 * 2 ** 20]] as const, "log-bytes": moving };
  const checks = Object.entries(ceilings).map(([id, ceiling]) => {
    return { id, promise: "liveness", outcome: "valid", judged: 9, ceiling } as const;
  });
  const bounds = ["bound, 300 MiB", "bound, 32 to 64 KiB"];
  expect(missing(page, ...bounds)).toEqual(bounds);
  const judgement = { ...run.judgement, checks };
  expect(missing(await render({ ...run, observations, judgement }), ...bounds)).toEqual([]);
});

test("a bound that moves all night is drawn, too", async () => {
  const run = exampleRun();
  const samples = run.observations.samples.map((sample) => ({ ...sample, logBytes: 5 * 2 ** 10 }));
  const observations = { ...run.observations, samples };
  const ceiling = Array.from(
    { length: 200_000 },
    (_, at) => [at * 1e5, 2 ** (15 + (at % 2))] as const,
  );
  const one = {
    id: "log-bytes",
    promise: "liveness",
    outcome: "valid",
    judged: 9,
    ceiling,
  } as const;
  const judgement = { ...run.judgement, checks: [one] };
  expect(missing(await render({ ...run, observations, judgement }), "bound, 32 to 64 KiB")).toEqual(
    [],
  );
});

test("no latency lies outside its axis, the warm-up's neither", async () => {
  const run = exampleRun();
  // From the end of the warm-up on, everything takes seconds.
  const history = run.observations.history.map((event) =>
    event.type === "invoke" && event.time > 1.5e9
      ? { ...event, intended: event.time - 9e9 }
      : event,
  );
  const page = await render({ ...run, observations: { ...run.observations, history } });
  const label = /Latency over time[^"]*between ([^"]+) and ([^"]+)\./.exec(page);
  expect(label?.[1]).toMatch(/^\d(\.\d+)? ms$/);
  expect(label?.[2]).toMatch(/ s$/);
  expect(found(page, />1 ms<\/text>/g).length).toBeGreaterThan(0);
  expect(found(page, />10 s<\/text>/g).length).toBeGreaterThan(0);
});

test("an answer that stands alone in a long silence is drawn, as a dot", async () => {
  const run = exampleRun();
  // Of ten seconds only what came in one twentieth is left.
  const isLeft = ({ time }: { time: number }) =>
    time < 20e9 || time > 30e9 || (time > 25e9 && time < 25.5e9);
  const history = run.observations.history.filter(isLeft);
  const dots = (page: string) => found(page, /<path d="M1 0A1 1 0 1 1/g).length;
  expect(dots(await render(run))).toBe(0);
  const page = await render({ ...run, observations: { ...run.observations, history } });
  // Of p50 and of p99, in the wide picture and in the narrow one.
  expect(dots(page)).toBe(4);
});

test.each([
  { what: "a PASS unexpected", verdict: "PASS", asExpected: false, state: "ok", tone: "bad" },
  { what: "a canary caught", verdict: "FAIL", asExpected: true, state: "ok", tone: "good" },
  { what: "doubt, expected", verdict: "INCONCLUSIVE", asExpected: true, state: "ok", tone: "good" },
  { what: "a failed harness", verdict: "PASS", asExpected: true, state: "failed", tone: "bad" },
] as const)("the banner's colour is as expected or not: $what", async (one) => {
  const { verdict, asExpected, state, tone } = one;
  const run = exampleRun({ judgement: { verdict, asExpected } });
  const harness = state === "ok" ? { state } : { state, why: "the disk was full" };
  const page = await render({
    ...run,
    observations: { ...run.observations, run: { ...run.observations.run, harness } },
  });
  expect(found(page, /<div class="verdict \w+">/g)).toEqual([`<div class="verdict ${tone}">`]);
});

test("a planted bug is stamped, an honest run is not", async () => {
  const stamp = /PLANTED BUG/g;
  expect(found(await render(exampleRun({ mutant: "quorum-2f" })), stamp)).toHaveLength(1);
  expect(found(await render(exampleRun()), stamp)).toEqual([]);
});

test("a run that never got anywhere still has a page", async () => {
  const run = exampleRun();
  const page = await render({
    observations: {
      ...run.observations,
      run: { ...run.observations.run, harness: { state: "failed", why: "r2 died at start" } },
      history: [],
      ledger: [],
      samples: [],
      audits: new Map(),
    },
    judgement: {
      ...run.judgement,
      verdict: "INCONCLUSIVE",
      checks: [],
      faults: [],
      latencyMs: null,
      recoveryMs: null,
      budget: { steps: [], tolerates: { byzantine: 1, crashed: 1 }, upperBound: false },
      operations: { issued: 0, ok: 0, failed: 0, unknown: 0, shed: 0 },
      throughput: { offered: 0, achieved: 0 },
    },
  });
  expect(missing(page, "r2 died at start")).toEqual([]);
  expect(found(page, /NaN|undefined|Infinity/g)).toEqual([]);
});
