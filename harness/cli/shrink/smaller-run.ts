/** The plan of a run that failed, made small in the simulator and played once more. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { protocolNamed } from "../../../nodes/registry.ts";
import { EXIT_CODES } from "../../checkers/verdict/exit-code.ts";
import type { Judgement } from "../../checkers/verdict/judgement.ts";
import { DriverError } from "../../drivers/driver.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Shrunk } from "../../plan/shrink.ts";
import { simplerPlans } from "../../plan/simpler-plans.ts";
import { planAgain, runPlanned } from "../../run.ts";
import { printable } from "../../scenario/printable.ts";
import { ScenarioError } from "../../scenario/scenario.ts";
import { REPLAYS } from "../explore/smaller-failure.ts";
import { shrinkProgress } from "../explore/telling.ts";
import { judgeAgain } from "../judge-again.ts";
import { refuseUnwritable } from "../out-folder.ts";
import { shownPath } from "../shown-path.ts";
import { shrinkAsync } from "./shrink-async.ts";

export interface SmallRunOptions {
  /** Where the run store of the smallest plan goes. */
  readonly out: string;
  readonly mutantFolders: readonly string[];
}

const TRIES_MAX = 400;

export async function shrinkRun(directory: string, options: SmallRunOptions): Promise<number> {
  const { plan } = (await judgeAgain(directory)).observations;
  const play = playerOf(directory, options);
  const wanted = brokenIn(await play(plan));
  if (wanted.size === 0) {
    const message = "in the simulator it breaks no promise: there is nothing to shrink";
    throw new ScenarioError([{ where: directory, path: "", message }]);
  }
  // Where there is nothing to keep, no folder is made for it.
  refuseUnwritable(options.out);
  process.stdout.write(`${printable(shownPath(directory))}: ${[...wanted].join(", ")}\n`);
  const fails = async (candidate: Plan) =>
    [...brokenIn(await play(candidate))].some((check) => wanted.has(check));
  const shrunk = await shrinkAsync(plan, fails, {
    reductions: simplerPlans(protocolNamed(plan.cluster.protocol)),
    triesMax: TRIES_MAX,
    onTry: shrinkProgress(),
  });
  let failsAgain = 0;
  for (let replay = 0; replay < REPLAYS; replay += 1) {
    if (await fails(shrunk.smallest)) failsAgain += 1;
  }
  const planned = planAgain({ ...options, plan: shrunk.smallest, directory, driver: "simulation" });
  const kept = await runPlanned(planned, { ...options, ...QUIETLY });
  const again = `it fails in ${failsAgain} of ${REPLAYS} replays`;
  process.stdout.write(`  small: ${sizeWords(plan, shrunk)}; ${again}\n`);
  if (kept.directory === null) {
    const { harness } = kept;
    const why = harness.state === "ok" ? "" : `: ${harness.why}`;
    throw new DriverError("shrink", `the small run could not be kept${why}`);
  }
  process.stdout.write(`  kept: npx bft-chaos replay ${printable(shownPath(kept.directory))}\n`);
  return EXIT_CODES.asExpected;
}

const QUIETLY = { onProgress: () => {}, onAbort: () => {} } as const;

/** Plays a plan and leaves nothing; null where nothing was judged. */
function playerOf(
  directory: string,
  { mutantFolders }: SmallRunOptions,
): (plan: Plan) => Promise<Judgement | null> {
  return async (plan) => {
    const out = mkdtempSync(join(tmpdir(), "bft-chaos-shrink-"));
    try {
      const planned = planAgain({ plan, directory, driver: "simulation", mutantFolders });
      const options = { out, mutantFolders, ...QUIETLY, isUnreported: true } as const;
      const { harness, judged } = await runPlanned(planned, options);
      return harness.state === "ok" ? (judged?.judgement ?? null) : null;
    } finally {
      rmSync(out, { recursive: true, force: true });
    }
  };
}

function brokenIn(judgement: Judgement | null): ReadonlySet<string> {
  const broken = (judgement?.checks ?? []).filter(({ outcome }) => outcome === "invalid");
  return new Set(broken.map(({ id }) => id));
}

function sizeWords(before: Plan, { smallest: after, steps, tries, isMinimal }: Shrunk<Plan>) {
  const parts = [
    ["faults", before.entries.length, after.entries.length],
    ["clients", before.workload.clients, after.workload.clients],
    ["operations/s", before.workload.ratePerSecond, after.workload.ratePerSecond],
    ["ms of faults", before.phases.faultsMs, after.phases.faultsMs],
  ].map(([what, from, to]) => (from === to ? `${what} ${to}` : `${what} ${from} -> ${to}`));
  const end = isMinimal ? "" : ", and it may go on";
  return `${parts.join(", ")} (${steps} reductions of ${tries} tried${end})`;
}
