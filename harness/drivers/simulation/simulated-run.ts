import { setImmediate } from "node:timers/promises";
import type { HarnessState } from "../../observations/observations.ts";
import type { Plan } from "../../plan/plan.ts";
import type { DriverOutcome, RunContext } from "../driver.ts";
import type { Kernel } from "./kernel.ts";
import { PlanPlayer } from "./plan-player.ts";
import { loadNodes } from "./planted-nodes.ts";
import { RunRecord } from "./run-record.ts";
import { clusterFor } from "./simulated-cluster.ts";

/** Virtual time between two looks at the real world: Ctrl-C, the progress line. */
const SLICE_MS = 100;

/**
 * Plays one plan in virtual time. Nothing in it waits; it yields to the event loop between slices.
 */
export class SimulatedRun {
  readonly #plan: Plan;
  readonly #context: RunContext;
  readonly #record: RunRecord;
  #kernel: Kernel | null = null;
  #state: HarnessState = { state: "ok" };

  constructor(plan: Plan, context: RunContext) {
    this.#plan = plan;
    this.#context = context;
    this.#record = new RunRecord(context.store, () => this.#kernel?.now ?? 0, {
      keepsMetrics: true,
    });
  }

  async run(): Promise<DriverOutcome> {
    try {
      const { mutant } = this.#plan.cluster;
      const nodes = await loadNodes(mutant, this.#context.mutantFolders);
      const cluster = clusterFor(this.#plan, { nodes });
      this.#kernel = cluster.kernel;
      const play = new PlanPlayer(this.#plan, cluster, this.#record);
      this.#context.onAbort((level, why) => {
        if (this.#state.state === "ok") this.#state = { state: "aborted", why };
        play.abort(level, why);
      });
      play.begin();
      while (play.advance(SLICE_MS)) {
        this.#context.onProgress(play.progress());
        await setImmediate();
      }
      play.end();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#state = { state: "failed", why };
    }
    this.#record.begin(0);
    const zero = String(this.#record.zeroNs);
    return { harness: this.#state, residue: [], versions: {}, zero };
  }
}
