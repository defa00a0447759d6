import { mkdirSync, rmSync } from "node:fs";
import type { Endpoint } from "../../../faults/fault.ts";
import type { Plan } from "../../plan/plan.ts";
import type { RunContext } from "../driver.ts";
import { programBeside } from "../processes/code.ts";
import { groupName, markedEnvironment, residueOf, runFolder } from "../processes/machine-litter.ts";
import { type Owner, thisOwner } from "../processes/owner.ts";
import { listeningPorts } from "../processes/proc.ts";
import type { Placed, Site } from "../processes/process-run.ts";
import { Reaper } from "../processes/reaper.ts";
import { claimAddress, type RunAddress } from "./addresses.ts";
import { CpuQuota } from "./cpu-quota.ts";
import { LocalPlatform } from "./local-platform.ts";
import { layOut, portsFor } from "./ports.ts";
import { programsFor } from "./programs.ts";

/** This machine: a loopback address and a temp folder of the run's own, and a reaper outside. */
export class LocalSite implements Site {
  readonly #plan: Plan;
  readonly #context: Pick<RunContext, "runId" | "store" | "mutantFolders">;
  #reaper: Reaper | null = null;
  #folder: string | null = null;
  #address: RunAddress | null = null;
  readonly #quotas = new Map<Endpoint, CpuQuota>();

  constructor(plan: Plan, context: Pick<RunContext, "runId" | "store" | "mutantFolders">) {
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

  async open(onFailure: (error: Error) => void): Promise<Placed> {
    const { store, runId, mutantFolders } = this.#context;
    const plan = this.#plan;
    const owner = thisOwner();
    const folder = runFolder(runId, owner);
    this.#folder = folder;
    mkdirSync(folder, { mode: 0o700 });
    this.#address = await claimAddress(portsFor(plan));
    const layout = layOut(plan, this.#address);
    const platform = new LocalPlatform({
      plan,
      programs: programsFor({ plan, mutantFolders, folder }),
      store,
      layout,
      folder,
      environment: markedEnvironment(runId, owner),
      quotaOf: (name) => this.#quotaOf(name, owner),
      onFailure,
    });
    return { layout, platform };
  }

  async close(): Promise<void> {
    try {
      await this.#address?.release();
    } finally {
      if (this.#folder) rmSync(this.#folder, { recursive: true, force: true });
      for (const quota of this.#quotas.values()) await quota.close();
    }
  }

  #quotaOf(name: Endpoint, owner: Owner): CpuQuota {
    const quota =
      this.#quotas.get(name) ?? new CpuQuota(groupName(this.#context.runId, owner, name));
    this.#quotas.set(name, quota);
    return quota;
  }

  async residue(): Promise<readonly string[]> {
    const address = this.#address;
    const last = (address?.basePort ?? 0) + portsFor(this.#plan);
    const ports = address
      ? listeningPorts(address.host).filter((port) => port >= address.basePort && port < last)
      : [];
    return [
      ...residueOf(this.#context.runId),
      ...ports.map((port) => `port ${port} on ${address?.host}`),
    ];
  }

  async unguard(): Promise<void> {
    await this.#reaper?.standDown();
  }
}
