import { describe, expect, test } from "vitest";
import { exitCode } from "../../checkers/verdict/exit-code.ts";
import { exampleNight, explorationStep, runStep } from "./example-night.fixture.ts";
import { type Night, outcomesOf, type Step } from "./night.ts";
import { nightHtml } from "./night-html.ts";
import { nightJunit } from "./night-junit.ts";
import { nightText } from "./night-text.ts";
import { nightVerdict } from "./night-words.ts";

const failure = {
  seed: 4711,
  broken: [{ check: "S-1", what: "r0 and r2 decided <two> digests at 9" }],
  rerun: "npx bft-chaos explore --seed 4711 --seeds 1 --protocol pbft-sig",
  plan: "broken/pbft-sig-seed-4711.json",
};
const red: readonly Step[] = [
  explorationStep({ failures: [failure] }),
  runStep({
    scenario: "primary-paused",
    verdict: "FAIL",
    asExpected: false,
    text: "S-6 is broken.",
    broken: [{ check: "S-6", what: 'read "<x>" & nobody wrote it' }],
    kept: "runs/002-primary-paused/primary-paused/20261128T230000Z-1",
  }),
];
const canary = runStep({ suite: "canaries", verdict: "FAIL", expected: "FAIL", mutant: "some" });
const harnessFailed = runStep({
  verdict: null,
  asExpected: false,
  text: "no Toxiproxy",
  harness: { state: "failed", why: "no Toxiproxy" },
});
const open = runStep({
  scenario: "slow-backup",
  verdict: "INCONCLUSIVE",
  asExpected: false,
  text: "Not judged: fault slow is indeterminate (r1 to r3: nobody saw a beat).",
});
const idle = explorationStep({ totals: { ...explorationStep().totals, seeds: 0 } });
const notRun = [{ source: "suites" as const, name: "smoke/long", why: "no time was left for it" }];

describe("the exit code of a night", () => {
  const codeOf = (steps: readonly Step[], state: Night["state"] = "over") =>
    exitCode(outcomesOf({ steps, state }));

  test("follows the rule of run: broken, harness failed, stopped, other verdict, as expected", () => {
    const other = runStep({ verdict: "INCONCLUSIVE", asExpected: false });
    expect(codeOf([...red, harnessFailed], "stopped")).toBe(1);
    expect(codeOf([explorationStep({ failures: [failure] })])).toBe(1);
    expect(codeOf([harnessFailed, other], "stopped")).toBe(255);
    expect(codeOf([other], "stopped")).toBe(3);
    expect(codeOf([other, canary])).toBe(2);
    expect(codeOf([explorationStep(), runStep(), canary])).toBe(0);
  });

  test("is that of a failed harness if a part killed the night again and again", () => {
    const given = {
      kind: "given-up",
      source: "drawn",
      key: "d",
      tookMs: 0,
      why: "killed",
    } as const;
    expect(codeOf([given])).toBe(255);
  });
});

describe("what a night came to", () => {
  test("is good only if it was whole, honest and nothing broke", () => {
    expect(nightVerdict(exampleNight())).toMatchObject({ name: "Nothing broke", tone: "good" });
    expect(nightVerdict(exampleNight({ steps: red })).tone).toBe("bad");
    const stopped = exampleNight({ state: "stopped", why: "Ctrl-C" });
    expect(nightVerdict(stopped)).toMatchObject({ name: "Not a whole night", tone: "doubt" });
    expect(nightVerdict(exampleNight({ steps: [] })).tone).toBe("doubt");
    expect(nightVerdict(exampleNight({ mutant: "local-read" })).tone).toBe("doubt");
  });

  test("is not broken by what nobody can tell, which is told apart and with its reason", async () => {
    const night = exampleNight({ steps: [runStep(), open, canary] });
    expect(nightVerdict(night)).toEqual({
      symbol: "?",
      name: "Not all could be judged",
      text: "1 of 3 parts could not be judged; nothing broke in the others.",
      tone: "doubt",
    });
    const text = nightText(night, "night.html", false);
    expect(text).toMatch(/smoke +2 +0 +1 +24 s/);
    expect(text).toContain("indeterminate (r1 to r3: nobody saw a beat)");
    const page = await nightHtml(night);
    expect(page).toContain("What could not be judged");
    expect(page).not.toContain("What broke");
    const both = nightVerdict(exampleNight({ steps: [...red, open] }));
    expect(both).toMatchObject({ name: "Something broke", tone: "bad" });
    expect(both.text).toContain(
      "2 of 3 parts did not come out as expected. 1 of 3 parts could not",
    );
  });

  test("has no part in which no seed was explored: that one was not run", () => {
    const text = "Of 0 parts, each came out as expected.";
    expect(nightVerdict(exampleNight({ steps: [idle] }))).toMatchObject({ text, tone: "doubt" });
    expect(nightVerdict(exampleNight({ steps: [idle, runStep()] })).text).toContain("1 parts came");
    expect(nightJunit({ steps: [idle], notRun: [] })).toContain("<skipped");
  });

  test("is on one page: what broke with its plan and the line that runs it again, escaped", async () => {
    const page = await nightHtml(exampleNight({ steps: red, notRun }));
    expect(page).toContain("Something broke");
    expect(page).toContain(failure.rerun);
    expect(page).toContain('href="broken/pbft-sig-seed-4711.json"');
    expect(page).toContain("/report.html");
    expect(page).toContain("decided &lt;two&gt; digests");
    expect(page).toContain("smoke/long");
    expect(page).not.toMatch(/<script|src="http|href="http/);
    expect(await nightHtml(exampleNight())).not.toContain("What broke");
  });

  test("is stamped where it ran with a planted bug", async () => {
    expect(await nightHtml(exampleNight({ mutant: "local-read" }))).toContain("PLANTED BUG");
  });

  test("is told on the terminal by part, and every failure with its command", () => {
    const text = nightText(exampleNight({ steps: red, notRun }), "night.html", false);
    expect(text).toMatch(/exploration +80 seeds +1 +0 +10 s/);
    expect(text).toMatch(/smoke +1 +1 +0 +12 s/);
    expect(text).toContain(failure.rerun);
    expect(text).toContain("not run: smoke/long: no time was left for it");
    expect(text).toContain("19 min 50 s of 20 min, seed 7");
  });
});

describe("the JUnit file of a night", () => {
  const file = nightJunit({ steps: [...red, canary, harnessFailed], notRun });

  test("has failures, errors and skipped parts where they are, and a caught canary is green", () => {
    expect(file).toContain('<testsuites tests="5" failures="2" errors="1">');
    expect(file).toMatch(/<testsuite name="canaries" tests="1" failures="0" errors="0"/);
    expect(file).toMatch(/name="smoke\/long"[^>]*><skipped message="no time was left for it"\/>/);
  });

  test("quotes what it was told", () => {
    expect(file).toContain("S-6: read &quot;&lt;x&gt;&quot; &amp; nobody wrote it");
  });
});
