/**
 * One small plan through one world, and what that world said of it: without the times, and without
 * what its instruments alone can see, two worlds must say the same.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CheckResult } from "../checkers/checker.ts";
import { isIdle } from "../checkers/evidence.ts";
import { loadObservations } from "../observations/load.ts";
import type { LedgerEntry } from "../observations/observations.ts";
import type { Plan } from "../plan/plan.ts";
import { planScenarios, runPlanned } from "../run.ts";

export interface SmallPlan {
  /** As in a scenario file, but for the times. */
  readonly fault: string;
  /** Whether both worlds see it by the same instrument, and so say it in the same words. */
  readonly sameWords: boolean;
  /** Soon, if not given. */
  readonly begins?: string;
}

/** The plans that every pair of worlds is asked to agree on. */
export const smallPlans = {
  drop: { fault: "fault: partition, isolate: r3, semantics: drop", sameWords: true },
  hold: { fault: "fault: partition, isolate: backup, semantics: hold", sameWords: true },
  refuse: { fault: "fault: partition, isolate: primary, semantics: refuse", sameWords: true },
  delay: { fault: "fault: delay, to: r2, latency: 40ms, jitter: 5ms", sameWords: false },
  crash: { fault: "fault: crash, target: r1", sameWords: false },
  pause: { fault: "fault: pause, target: primary", sameWords: false },
  triggered: {
    fault: "fault: pause, target: subject",
    sameWords: false,
    begins: "when: { event: executed, by: r3, skip: 3 }",
  },
  throttle: { fault: "fault: throttle, target: r2, share: 5%", sameWords: true },
  lie: { fault: "fault: byzantine, target: r3, behaviour: wrong-reply", sameWords: true },
} satisfies Readonly<Record<string, SmallPlan>>;

export interface Account {
  readonly plan: Plan;
  readonly harness: string;
  readonly verdict: string | undefined;
  /** By check: its outcome. */
  readonly checks: Readonly<Record<string, string>>;
  /** Phases, load and convergence, in order. */
  readonly course: readonly string[];
  /** The acts of the fault with their effects or their proofs, in order. */
  readonly acts: readonly unknown[];
}

export async function accountOf(
  { fault, sameWords, begins = "at: 100ms" }: SmallPlan,
  { driver, lasts = "3s" }: { readonly driver: string; readonly lasts?: string },
): Promise<Account> {
  const folder = mkdtempSync(join(tmpdir(), "bft-chaos-conformance-"));
  try {
    const path = join(folder, "small.yaml");
    writeFileSync(path, scenarioWith(`{ ${fault}, ${begins}, for: ${lasts} }`));
    const [planned] = planScenarios({ paths: [path], driver });
    if (planned === undefined) throw new Error("there is one scenario");
    const options = { out: folder, mutantFolders: [], onProgress: () => {}, onAbort: () => {} };
    const { judged, harness, directory } = await runPlanned(planned, options);
    const { ledger } = loadObservations(directory ?? "");
    const checks = judged?.judgement.checks ?? [];
    return {
      plan: planned.plan,
      harness: "why" in harness ? `${harness.state}: ${harness.why}` : harness.state,
      verdict: judged?.judgement.verdict,
      checks: Object.fromEntries(checks.map((check) => [check.id, outcomeOf(check)])),
      course: ledger.flatMap(stepOf),
      acts: ledger.flatMap((entry) => actOf(entry, sameWords)),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function scenarioWith(fault: string): string {
  return `apiVersion: bft-chaos/v1
kind: Scenario
metadata: { name: small }
seed: 5
cluster: { f: 1 }
workload: { rate: 40/s, clients: 4, keys: 4 }
phases: { warmup: 300ms, faults: 3300ms, quiet: 20s }
faults: [${fault}]
expect: { verdict: PASS, shed: 100% }
`;
}

function stepOf(entry: LedgerEntry): readonly string[] {
  switch (entry.kind) {
    case "phase":
      return [`phase ${entry.phase}`];
    case "load":
      return [`load ${entry.on ? "on" : "off"}`];
    case "converged":
      return [`converged: ${Object.keys(entry.digests).toSorted().join(" ")}`];
    default:
      return [];
  }
}

function actOf(entry: LedgerEntry, sameWords: boolean): readonly unknown[] {
  switch (entry.kind) {
    case "intent": {
      const { time: _, setOffBy, ...intent } = entry;
      // How many operations go into one number is a matter of speed.
      return [{ ...intent, setOffBy: setOffBy?.replace(/\d+$/, "N") }];
    }
    case "healing":
      return [{ kind: entry.kind, entry: entry.entry }];
    case "installed":
    case "healed": {
      const { kind, outcome, evidence } = entry;
      const claims = evidence.map((line) => (sameWords ? wordsOf(line) : placeOf(line)));
      return [{ kind, outcome, claims: claims.toSorted() }];
    }
    default:
      return [];
  }
}

/** Of whom or of which link it is said. */
function placeOf(line: string): string {
  return line.split(":")[0] ?? "";
}

/** Without its figures, and without what may come on top: beats lost, a proxy made anew. */
function wordsOf(line: string): string {
  const place = placeOf(line);
  const [said = ""] = line.slice(place.length).split(";");
  return `${place}${said.replaceAll(/(?<=\s)[\d.]+(?=\s)/g, "N")}`;
}

/** How much there is to judge, a process' memory for one, is a world's own. */
function outcomeOf(check: CheckResult): CheckResult["outcome"] {
  return isIdle(check) ? "valid" : check.outcome;
}
