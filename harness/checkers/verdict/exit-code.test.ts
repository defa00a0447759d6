import { expect, test } from "vitest";
import type { HarnessState } from "../../observations/observations.ts";
import type { Verdict } from "../../scenario/verdict.ts";
import { exitCode, type RunOutcome } from "./exit-code.ts";

const ok: HarnessState = { state: "ok" };
const aborted: HarnessState = { state: "aborted", why: "Ctrl-C" };
const failed: HarnessState = { state: "failed", why: "no Toxiproxy" };

function run(verdict: Verdict, asExpected: boolean, harness = ok): RunOutcome {
  return { judgement: { verdict, asExpected }, harness };
}

test.each<[number, string, readonly RunOutcome[]]>([
  [0, "everything as expected, a failing canary included", [run("PASS", true), run("FAIL", true)]],
  [1, "an unexpected FAIL", [run("PASS", true), run("FAIL", false)]],
  [
    1,
    "an unexpected LIVENESS_MISS before a harness failure",
    [run("PASS", true, failed), run("LIVENESS_MISS", false)],
  ],
  [
    255,
    "a harness failure before an abort",
    [run("PASS", true, aborted), run("PASS", true, failed)],
  ],
  [255, "a run that left no judgement", [{ judgement: null, harness: ok }]],
  [3, "an abort before another verdict", [run("INCONCLUSIVE", false, aborted)]],
  [3, "an abort that nobody waited to judge", [{ judgement: null, harness: aborted }]],
  [2, "any other verdict than the expected one", [run("INCONCLUSIVE", false), run("PASS", true)]],
])("exit code %i: %s", (code, _what, runs) => {
  expect(exitCode(runs)).toBe(code);
});
