import { mkdirSync, rmSync } from "node:fs";
import type { Plan } from "../../plan/plan.ts";
import type { RunContext } from "../driver.ts";
import { programsFor } from "../local/programs.ts";
import { programBeside } from "../processes/code.ts";
import { markedEnvironment, residueOf, runFolder } from "../processes/machine-litter.ts";
import { thisOwner } from "../processes/owner.ts";
import type { Placed, Site } from "../processes/process-run.ts";
import { Reaper } from "../processes/reaper.ts";
import { JoinedPlatform } from "./joined-platform.ts";
import { readStanding } from "./standing-cluster.ts";
import { standingLayout } from "./standing-layout.ts";

/** Beside a cluster that stands there: of the run itself there is one process and one folder. */
export class JoinedSite implements Site {
  readonly #plan: Plan;
  readonly #context: Pick<RunContext, "runId" | "store">;
  #reaper: Reaper | null = null;
  #folder: string | null = null;

  constructor(plan: Plan, context: Pick<RunContext, "runId" | "store">) {
    this.#plan = plan;
    this.#context = context;
  }

  async guard(note: (why: string) => void): Promise<void> {
    this.#reaper = await Reaper.start({
      runId: this.#context.runId,
      program: programBeside(import.meta.url, "reaper-main"),
      onReplaced: note,
    });
  }

  async open(): Promise<Placed> {
    const plan = this.#plan;
    const { store, runId } = this.#context;
    const standing = readStanding(plan);
    const owner = thisOwner();
    const folder = runFolder(runId, owner);
    this.#folder = folder;
    mkdirSync(folder, { mode: 0o700 });
    const layout = standingLayout(plan);
    const platform = new JoinedPlatform({
      plan,
      standing,
      layout,
      programs: programsFor({ plan, mutantFolders: [], folder }),
      store,
      folder,
      environment: markedEnvironment(runId, owner),
    });
    return { layout, platform };
  }

  async close(): Promise<void> {
    if (this.#folder) rmSync(this.#folder, { recursive: true, force: true });
  }

  async residue(): Promise<readonly string[]> {
    return residueOf(this.#context.runId);
  }

  async unguard(): Promise<void> {
    await this.#reaper?.standDown();
  }
}
