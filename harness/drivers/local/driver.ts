/**
 * The default driver: replicas as OS processes, links through one real toxiproxy-server, everything
 * on loopback.
 */
import { mkdirSync, rmSync } from "node:fs";
import type { Endpoint } from "../../../faults/fault.ts";
import type { HarnessState } from "../../observations/observations.ts";
import { FILES } from "../../observations/store.ts";
import { createExecutor } from "../../plan/execute.ts";
import type { Plan } from "../../plan/plan.ts";
import { monotonicMs, monotonicNs, sleep } from "../clock.ts";
import { conduct } from "../conductor.ts";
import { type Driver, DriverError, type DriverOutcome, type RunContext } from "../driver.ts";
import { verifyBaseline } from "../processes/baseline.ts";
import { ProcessWorld } from "../processes/process-world.ts";
import type { Sighting } from "../processes/sightings.ts";
import { RunLog } from "../run-log.ts";
import { claimAddress, type RunAddress } from "./addresses.ts";
import { Cluster } from "./cluster.ts";
import { layOut, portsFor } from "./layout.ts";
import { listeningPorts } from "./proc.ts";
import { programsFor } from "./programs.ts";
import { Reaper } from "./reaper.ts";
import { markedEnvironment, residueOf, runFolder, thisOwner } from "./sweep.ts";

export const localDriver: Driver = {
  name: "local",
  summary: "real OS processes on loopback, links through a real toxiproxy-server",
  offers: ["network", "process", "disk", "behaviour"],
  run: (plan, context) => new LocalRun(plan, context).run(),
};

const RESIDUE_DEADLINE_MS = 3_000;

class LocalRun {
  readonly #plan: Plan;
  readonly #context: RunContext;
  readonly #log: RunLog;
  readonly #failed = Promise.withResolvers<never>();
  readonly #over = new AbortController();
  #address: RunAddress | null = null;
  #cluster: Cluster | null = null;
  #folder: string | null = null;

  constructor(plan: Plan, context: RunContext) {
    this.#plan = plan;
    this.#context = context;
    this.#log = new RunLog(context.store);
    // It may fail before anybody waits for it; nothing is worth proving after that.
    this.#failed.promise.catch(() => this.#over.abort());
  }

  async run(): Promise<DriverOutcome> {
    const { runId } = this.#context;
    // Before anything else: whatever is started from here on is found by its mark.
    const reaper = await Reaper.start(runId, (why) => this.#note("reaper", why));
    const harness = await this.#play().catch(failed);
    const trouble = await this.#takeDown();
    const residue = await this.#residue();
    await reaper.standDown();
    return {
      harness: worse(harness, trouble),
      residue,
      versions: this.#cluster?.versions ?? {},
      zero: String(this.#log.zeroNs ?? 0n),
    };
  }

  async #play(): Promise<HarnessState> {
    const { store, runId, onProgress, mutantFolders } = this.#context;
    const owner = thisOwner();
    onProgress({
      phase: "starting",
      remainingMs: 0,
      operationsPerSecond: 0,
      p99Ms: null,
      view: null,
      activeFaults: [],
    });
    this.#folder = runFolder(runId, owner);
    mkdirSync(this.#folder, { mode: 0o700 });
    this.#address = await claimAddress(portsFor(this.#plan));
    const layout = layOut(this.#plan, this.#address);
    const programs = programsFor({ plan: this.#plan, mutantFolders, folder: this.#folder });
    const cluster = new Cluster({
      plan: this.#plan,
      programs,
      store,
      layout,
      folder: this.#folder,
      environment: markedEnvironment(runId, owner),
      onFailure: (error) => this.#failed.reject(error),
      onReplicaBug: (replica, why) => this.#died(replica, why),
    });
    this.#cluster = cluster;
    cluster.sightings.onSighting((sighting) => this.#keep(sighting));
    const aborted = this.#abortedWhileStarting();
    const members = { replicas: layout.replicas.map(({ name }) => name), clients: layout.clients };
    const ready = cluster.start().then(() => verifyBaseline(cluster, members));
    const early = await Promise.race([ready, aborted.promise, this.#failed.promise]);
    ready.catch(() => {});
    if (early) return early;
    aborted.stop();
    this.#begin(cluster);
    const world = new ProcessWorld({
      plan: this.#plan,
      layout,
      cluster,
      log: this.#log,
      failure: this.#failed.promise,
      over: this.#over.signal,
    });
    const executor = createExecutor(this.#plan);
    const state = await conduct({
      plan: this.#plan,
      executor,
      world,
      log: this.#log,
      context: this.#context,
    });
    await this.#collect(cluster);
    return state;
  }

  /** The zero instant: the cluster is verified, the warm-up begins. */
  #begin(cluster: Cluster): void {
    const zeroNs = monotonicNs();
    this.#context.onZero(zeroNs);
    this.#log.begin(zeroNs);
    cluster.clientHost.tell({ kind: "zero", zeroNs: String(zeroNs) });
  }

  /** What only the end of a run can tell. */
  async #collect(cluster: Cluster): Promise<void> {
    const { shed } = await cluster.clientHost.end();
    this.#context.store.writeJson(FILES.workload, { shed });
    for (const line of await cluster.lostByToxiproxy()) this.#note("toxiproxy lost bytes", line);
  }

  /** A cluster that never came up is nothing to judge; one that loses a replica is. */
  #died(replica: Endpoint, why: string): void {
    const id = replicaId(replica);
    try {
      if (id === null || this.#log.zeroNs === null) throw new DriverError("REPLICA_DIED", why);
      this.#log.ledger({ kind: "died", replica: id, why });
    } catch (error) {
      this.#failed.reject(error);
    }
  }

  #keep({ endpoint, atNs, answer }: Sighting): void {
    const id = replicaId(endpoint);
    if (id === null) return;
    const sample = answer
      ? { up: true, status: answer.status, peers: answer.peers, process: answer.process }
      : { up: false };
    try {
      this.#log.sample({ replica: id, ...sample }, atNs);
    } catch (error) {
      this.#failed.reject(error);
    }
  }

  #abortedWhileStarting(): { promise: Promise<HarnessState>; stop: () => void } {
    const { promise, resolve } = Promise.withResolvers<HarnessState>();
    let listening = true;
    this.#context.onAbort((_, why) => {
      if (listening) resolve({ state: "aborted", why: `${why} while the cluster was starting` });
    });
    return { promise, stop: () => (listening = false) };
  }

  /** Every step is tried, whatever became of the ones before it. */
  async #takeDown(): Promise<HarnessState> {
    this.#over.abort();
    const steps: readonly (() => unknown)[] = [
      () => this.#cluster?.stop(),
      () => this.#address?.release(),
      () => this.#folder && rmSync(this.#folder, { recursive: true, force: true }),
      // A run that never began still says what happened to it.
      () => this.#log.begin(monotonicNs()),
    ];
    let trouble: HarnessState = { state: "ok" };
    for (const step of steps) {
      try {
        await step();
      } catch (error) {
        trouble = worse(trouble, failed(error));
      }
    }
    return trouble;
  }

  /** The kernel takes its time with the sockets of killed processes, so it is asked for a while. */
  async #residue(): Promise<readonly string[]> {
    const until = monotonicMs() + RESIDUE_DEADLINE_MS;
    let left = this.#leftNow();
    while (left.length > 0 && monotonicMs() < until) {
      await sleep(50);
      left = this.#leftNow();
    }
    return left;
  }

  #leftNow(): readonly string[] {
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

  #note(what: string, detail: string): void {
    try {
      this.#log.note(what, detail);
    } catch (error) {
      this.#failed.reject(error);
    }
  }
}

/** Null for what is no replica. */
function replicaId(endpoint: Endpoint): number | null {
  const id = /^r(\d+)$/.exec(endpoint)?.[1];
  return id === undefined ? null : Number(id);
}

function failed(error: unknown): HarnessState {
  return { state: "failed", why: error instanceof Error ? error.message : String(error) };
}

/** The first failure tells more than its consequences. */
function worse(first: HarnessState, then: HarnessState): HarnessState {
  if (first.state === "failed" || then.state === "ok") return first;
  return then.state === "failed" || first.state === "ok" ? then : first;
}
