import { expect, test } from "vitest";
import { exampleDisagreement, exampleLostWrite } from "./example-checks.fixture.ts";
import { exampleRun } from "./example-run.fixture.ts";
import { junitReport } from "./junit.ts";
import type { JudgedRun } from "./report.ts";

const NAME = "[A-Za-z_][A-Za-z0-9_-]*";
const TAG = new RegExp(
  `<(/?)(${NAME})((?:\\s+${NAME}="[^"<&]*(?:&(?:amp|lt|gt|quot|#\\d+);[^"<&]*)*")*)\\s*(/?)>`,
  "y",
);
const TEXT = /[^<&]*(?:&(?:amp|lt|gt|quot|#\d+);[^<&]*)*/y;

/** Enough of an XML reader to refuse what a CI server would refuse. */
function complaintsOf(xml: string): readonly string[] {
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
  if (!xml.startsWith(declaration)) return ["no XML declaration"];
  if (/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(xml))
    return ["a character XML forbids"];
  const open: string[] = [];
  for (let at = declaration.length; at < xml.length; ) {
    TEXT.lastIndex = at;
    at += TEXT.exec(xml)?.[0].length ?? 0;
    if (at === xml.length) break;
    TAG.lastIndex = at;
    const tag = TAG.exec(xml);
    if (tag === null) return [`no tag at: ${xml.slice(at, at + 60)}`];
    const [whole, closes, name = "", attributes = "", empty] = tag;
    const names = [...attributes.matchAll(new RegExp(`(${NAME})="`, "g"))].map((match) => match[1]);
    if (new Set(names).size !== names.length) return [`an attribute twice in ${whole}`];
    if (closes === "/" && open.pop() !== name) return [`${whole} closes nothing`];
    if (closes !== "/" && empty !== "/") open.push(name);
    at += whole.length;
  }
  return open.map((name) => `${name} is never closed`);
}

const countOf = (xml: string, pattern: RegExp): number => [...xml.matchAll(pattern)].length;

const hostile = `a]]><testcase name="x"/>&amp;"'\u0000\u001b[31m\ud800\n\ufffe`;

test("the reader of this test refuses broken XML", () => {
  const wrap = (body: string): string => `<?xml version="1.0" encoding="UTF-8"?>\n${body}`;
  expect(complaintsOf(wrap('<a b="1"><c/>text &amp; more</a>\n'))).toEqual([]);
  for (const body of [
    "<a>",
    "<a></b>",
    "<a>&</a>",
    '<a b="<"/>',
    '<a b="1" b="2"/>',
    "<a>\u0001</a>",
    "<a>\ud800</a>",
  ]) {
    expect(complaintsOf(wrap(body))).toHaveLength(1);
  }
});

test("a run is one suite with a case for the verdict, each check and each fault", async () => {
  const run = exampleRun();
  const xml = await junitReport.render(run);
  expect(complaintsOf(xml)).toEqual([]);
  const cases = 1 + run.judgement.checks.length + run.judgement.faults.length;
  expect(countOf(xml, /<testsuite /g)).toBe(1);
  expect(countOf(xml, /<testcase /g)).toBe(cases);
  expect(xml).toContain(`tests="${cases}" failures="0" errors="0" skipped="0"`);
});

test("hostile names and evidence stay text", async () => {
  const run = exampleRun({
    scenario: hostile,
    judgement: {
      text: hostile,
      asExpected: false,
      checks: [{ ...exampleLostWrite, id: hostile }],
      faults: exampleRun().judgement.faults.map((fault) => ({
        ...fault,
        entry: hostile,
        outcome: "ineffective" as const,
        evidence: [hostile],
      })),
    },
  });
  const xml = await junitReport.render(run);
  expect(complaintsOf(xml)).toEqual([]);
  expect(countOf(xml, /<testcase /g)).toBe(6);
});

test("an unexpected verdict is a failure, with its check", async () => {
  const run = exampleRun({
    judgement: { verdict: "FAIL", asExpected: false, checks: [exampleDisagreement] },
  });
  const xml = await junitReport.render(run);
  expect(countOf(xml, /<failure /g)).toBe(2);
  expect(xml).toContain("r0 and r2 executed different batches");
});

test("a fault that is not proven is what failed in a run that it spoils", async () => {
  const [first, ...others] = exampleRun().judgement.faults;
  if (first === undefined) throw new Error("the example has a fault");
  const faults = [{ ...first, outcome: "partial" as const }, ...others];
  const judgement = { verdict: "INCONCLUSIVE" as const, asExpected: false, faults };
  const xml = await junitReport.render(exampleRun({ judgement }));
  expect(xml).toContain(`<failure message="${first.entry} was partial"`);
});

test("a canary that was caught is green, and what it found is kept", async () => {
  const run = exampleRun({
    mutant: "quorum-2f",
    judgement: { verdict: "FAIL", asExpected: true, checks: [exampleDisagreement] },
  });
  const xml = await junitReport.render(run);
  expect(xml).toContain('failures="0" errors="0"');
  expect(xml).toContain("invalid, 1843 judged");
  expect(xml).toContain('name="mutant" value="quorum-2f"');
});

test("a failed harness is an error, whatever the verdict", async () => {
  const run: JudgedRun = exampleRun();
  const info = { ...run.observations.run, harness: { state: "failed", why: "disk full" } as const };
  const xml = await junitReport.render({
    ...run,
    observations: { ...run.observations, run: info },
  });
  expect(xml).toContain('errors="1"');
  expect(xml).toContain("harness failed: disk full");
});
