/** A part of the night on real processes: one scenario, kept only if something broke. */
import { rmSync } from "node:fs";
import { join, relative } from "node:path";
import { monotonicMs } from "../../drivers/clock.ts";
import type { Plan } from "../../plan/plan.ts";
import type { BrokenPromise, RunStep } from "../../reports/night/night.ts";
import type { FinishedRun, PlannedScenario } from "../../run.ts";
import type { Aborts } from "../aborts.ts";
import { shownRun } from "../shown-run.ts";
import type { Candidate } from "./agenda.ts";

export interface ScenarioCandidate extends Candidate {
  readonly suite: string;
  readonly planned: PlannedScenario;
}

/** Starting, the final reads, judging and the page of a run, on a busy machine. */
const AROUND_A_RUN_MS = 10_000;
const EVIDENCE_MAX = 3;
/** Whole run stores that a night keeps; of later ones only what was judged, and the plan. */
const KEPT_WHOLE_MAX = 20;
const LARGE = ["audit", "metrics", "logs", "history.jsonl"];

export function scenarioCandidate(
  planned: PlannedScenario,
  { key, suite }: { readonly key: string; readonly suite: string },
): ScenarioCandidate {
  const { scenario, phases } = planned.plan;
  const { warmupMs, faultsMs, quietMs } = phases;
  const upToMs = warmupMs + faultsMs + quietMs + AROUND_A_RUN_MS;
  return { key, suite, name: `${suite}/${scenario}`, upToMs, planned };
}

export interface Playing {
  /** Of the night; absolute. */
  readonly folder: string;
  /** Of this step, below `folder`; what an earlier try left there is removed. */
  readonly out: string;
  readonly position: string;
  readonly aborts: Aborts;
  readonly mutantFolders: readonly string[];
  /** Run stores that were kept so far. */
  readonly kept: number;
}

/** Null if Ctrl-C ended it before it had shown anything: it was not done. */
export async function playScenario(
  { key, suite, planned }: ScenarioCandidate,
  { folder, out, position, aborts, mutantFolders, kept }: Playing,
): Promise<RunStep | null> {
  const beganMs = monotonicMs();
  const place = join(folder, out);
  rmSync(place, { recursive: true, force: true });
  const showing = { out: place, position, aborts, mutantFolders, delivery: null };
  const finished = await shownRun(planned, showing);
  const step = stepOf(finished, planned.plan);
  const isEvidence = step.verdict === "FAIL" && !step.asExpected;
  if (finished.harness.state === "aborted" && !isEvidence) {
    rmSync(place, { recursive: true, force: true });
    return null;
  }
  const isKept = !step.asExpected || finished.harness.state !== "ok";
  if (!isKept) rmSync(place, { recursive: true, force: true });
  else if (kept >= KEPT_WHOLE_MAX) dropLarge(finished);
  const { directory } = finished;
  return {
    kind: "run",
    source: suite === "drawn" ? "drawn" : "suites",
    key,
    suite,
    ...step,
    rerun: planned.rerun,
    kept: isKept && directory !== null ? relative(folder, directory) : null,
    tookMs: monotonicMs() - beganMs,
  };
}

function stepOf({ judged, harness }: FinishedRun, plan: Plan) {
  const { scenario, seed, cluster, expect } = plan;
  const judgement = judged?.judgement ?? null;
  return {
    scenario,
    seed,
    mutant: cluster.mutant,
    faults: [...new Set(plan.entries.map(({ fault }) => fault))],
    verdict: judgement?.verdict ?? null,
    expected: expect.verdict,
    asExpected: judgement?.asExpected ?? false,
    text: judgement?.text ?? (harness.state === "ok" ? "nothing was judged" : harness.why),
    broken: judgement === null ? [] : brokenOf(judgement),
    harness,
    operations: judgement?.operations.ok ?? 0,
    p99Ms: judgement?.latencyMs?.p99 ?? null,
    outageMs: judgement?.outageMs ?? null,
  };
}

type Judgement = NonNullable<FinishedRun["judged"]>["judgement"];

function brokenOf({ checks }: Judgement): readonly BrokenPromise[] {
  return checks.flatMap((check) => {
    if (check.outcome !== "invalid") return [];
    const shown = check.evidence.slice(0, EVIDENCE_MAX).map(({ what }) => what);
    return [{ check: check.id, what: shown.join("; ") }];
  });
}

function dropLarge({ directory }: FinishedRun): void {
  if (directory === null) return;
  for (const name of LARGE) rmSync(join(directory, name), { recursive: true, force: true });
}
