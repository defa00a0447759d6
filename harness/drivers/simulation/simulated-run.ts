import { setImmediate } from "node:timers/promises";
import { nodeName } from "../../../nodes/protocols/contract/core.ts";
import type { HarnessState } from "../../observations/observations.ts";
import { createExecutor } from "../../plan/execute.ts";
import type { ExecutorCommand, ExecutorInput } from "../../plan/executor.ts";
import type { Plan, PlanEntry } from "../../plan/plan.ts";
import { membershipOf } from "../../plan/tolerance.ts";
import { ClientLoad } from "../client-load.ts";
import { Hold } from "../convergence.ts";
import {
  DriverError,
  type DriverOutcome,
  OVERTIME_MS,
  type Progress,
  type RunContext,
} from "../driver.ts";
import { type PrevailingView, prevailingView } from "../leader.ts";
import { resolveEntry } from "../resolve-entry.ts";
import { Beats } from "./beats.ts";
import { type Converged, convergence } from "./convergence.ts";
import { KernelFaults } from "./kernel-faults.ts";
import { RunRecord } from "./run-record.ts";
import { clusterFor, type SimulatedCluster } from "./simulated-cluster.ts";

const HOST = "c0";
const BASELINE_DEADLINE_MS = 20_000;
/** Virtual time between two looks at the real world: Ctrl-C, the progress line. */
const SLICE_MS = 100;

/**
 * Plays one plan in virtual time. Nothing in it waits; it yields to the event loop between slices.
 */
export class SimulatedRun {
  readonly #plan: Plan;
  readonly #context: RunContext;
  readonly #record: RunRecord;
  #state: HarnessState = { state: "ok" };

  constructor(plan: Plan, context: RunContext) {
    this.#plan = plan;
    this.#context = context;
    this.#record = new RunRecord(context.store);
  }

  async run(): Promise<DriverOutcome> {
    try {
      const cluster = await clusterFor(this.#plan, this.#context.mutantFolders);
      const play = new PlanPlayer(this.#plan, cluster, this.#record);
      this.#context.onAbort((level, why) => {
        if (this.#state.state === "ok") this.#state = { state: "aborted", why };
        play.abort(level);
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

/** Executor, workload and faults of one plan on one kernel. */
class PlanPlayer {
  readonly #plan: Plan;
  readonly #cluster: SimulatedCluster;
  readonly #record: RunRecord;
  readonly #executor: ReturnType<typeof createExecutor>;
  readonly #load: ClientLoad;
  readonly #beats: Beats;
  readonly #faults: KernelFaults;
  #zeroMs = 0;
  #wakeAtMs: number | null = null;
  #finished = false;
  #verifying = false;

  constructor(plan: Plan, cluster: SimulatedCluster, record: RunRecord) {
    this.#plan = plan;
    this.#cluster = cluster;
    this.#record = record;
    const { kernel, service, serviceOptions } = cluster;
    this.#executor = createExecutor(plan);
    this.#load = new ClientLoad({
      host: 0,
      workload: plan.workload,
      service,
      serviceOptions,
      emit: (event) => record.history(event),
      now: () => kernel.now,
      invoke: (client, operation, onCompletion) => kernel.invoke(client, operation, onCompletion),
      wakeAt: (ms) => kernel.at(ms, () => this.#load.tick(ms)),
    });
    const periodMs = plan.cluster.parameters.timers.statusMs;
    this.#beats = new Beats(kernel, [...this.#names, HOST], periodMs);
    this.#faults = new KernelFaults({
      cluster,
      beats: this.#beats,
      periodMs,
      onProof: ({ kind, entry, atMs, attestation }) => {
        record.ledger({ kind, entry, ...attestation }, atMs);
      },
    });
  }

  /**
   * The known-good baseline (harness §6.2): nothing is injected into what has not shown that it
   * works.
   */
  begin(): void {
    const { kernel } = this.#cluster;
    for (const { id } of kernel.replicas) kernel.start(id);
    this.#beats.start();
    this.#poll();
    let answered = false;
    this.#load.probe((ok) => {
      answered = ok;
    });
    kernel.runTo(BASELINE_DEADLINE_MS, () => answered && this.#converged() !== null);
    if (!answered || this.#converged() === null) {
      throw new DriverError("BASELINE", "the cluster did not answer the first operation in time");
    }
    this.#zeroMs = kernel.now;
    this.#record.begin(this.#zeroMs);
    this.#feed({ kind: "started" });
  }

  /** @returns false once the plan is over and every heal is proven or given up */
  advance(ms: number): boolean {
    const { kernel } = this.#cluster;
    const over = () => this.#finished && this.#faults.unproven === 0;
    kernel.runTo(kernel.now + ms, over);
    if (this.#sinceZeroMs > this.#plannedMs + OVERTIME_MS) {
      throw new DriverError("OVERTIME", `the run was not over ${OVERTIME_MS} ms after its end`);
    }
    return !over();
  }

  end(): void {
    this.#load.end();
    const { audit } = this.#plan.cluster;
    for (const { id, auditLog } of this.#cluster.kernel.replicas) {
      this.#record.audit(id, auditLog, audit);
    }
    this.#record.shed(this.#load.shed);
  }

  abort(level: 1 | 2): void {
    this.#record.ledger({ kind: "abort", why: `Ctrl-C, level ${level}` }, this.#cluster.kernel.now);
    this.#feed({ kind: "abort", level });
  }

  progress(): Progress {
    const { phase } = this.#executor;
    const { view, replicas } = this.#prevailingView;
    const { operationsPerSecond, p99Ms } = this.#load.figures();
    return {
      phase: phase === "finished" || this.#verifying ? "verifying" : phase,
      remainingMs: Math.max(0, this.#plannedMs - this.#sinceZeroMs),
      operationsPerSecond,
      p99Ms,
      view: replicas > 0 ? view : null,
      activeFaults: this.#faults.names,
    };
  }

  get #plannedMs(): number {
    const { warmupMs, faultsMs, quietMs } = this.#plan.phases;
    return warmupMs + faultsMs + quietMs;
  }

  get #names(): readonly string[] {
    return this.#cluster.kernel.replicas.map(({ id }) => nodeName(id));
  }

  get #sinceZeroMs(): number {
    return this.#cluster.kernel.now - this.#zeroMs;
  }

  #feed(input: ExecutorInput): void {
    const inputs: ExecutorInput[] = [input];
    for (let next = inputs.shift(); next !== undefined; next = inputs.shift()) {
      for (const command of this.#executor.step(next, this.#sinceZeroMs)) {
        const settled = this.#obey(command);
        if (settled !== null) inputs.push(settled);
      }
    }
    this.#wake();
  }

  #wake(): void {
    const wakeMs = this.#executor.nextWakeMs();
    if (wakeMs === null) return;
    const atMs = this.#zeroMs + wakeMs;
    if (this.#wakeAtMs === atMs) return;
    this.#wakeAtMs = atMs;
    this.#cluster.kernel.at(atMs, () => {
      if (this.#wakeAtMs !== atMs) return;
      this.#wakeAtMs = null;
      this.#feed({ kind: "tick" });
    });
  }

  #obey(command: ExecutorCommand): ExecutorInput | null {
    const { now } = this.#cluster.kernel;
    switch (command.kind) {
      case "phase":
        this.#record.ledger(command, now);
        return null;
      case "load":
        this.#record.ledger(command, now);
        this.#load.switch(command.on);
        return null;
      case "inject":
        this.#inject(command.entry);
        return { kind: "settled", command: "inject", entry: command.entry.id };
      case "heal":
        if (this.#faults.isActive(command.entry.id)) {
          this.#record.ledger({ kind: "healing", entry: command.entry.id }, now);
          this.#faults.heal(command.entry.id);
        }
        return { kind: "settled", command: "heal", entry: command.entry.id };
      case "watch":
        this.#watch(new Hold(this.#plan.cluster.parameters.timers));
        return null;
      case "verify":
        this.#verify();
        return null;
      case "finish":
        this.#finished = true;
        this.#record.ledger({ kind: "phase", phase: "end" }, now);
        return null;
      default:
        return command satisfies never;
    }
  }

  #inject(entry: PlanEntry): void {
    const { kernel } = this.#cluster;
    const resolved = resolveEntry(entry, {
      replicas: this.#names,
      clients: [HOST],
      primary: kernel.leaderOf(this.#prevailingView.view),
    });
    const { id, name, fault } = entry;
    const { targets, effects } = resolved;
    this.#record.ledger({ kind: "intent", entry: id, name, fault, targets, effects }, kernel.now);
    if (resolved.absent !== null) {
      this.#record.ledger({ kind: "installed", entry: id, ...resolved.absent }, kernel.now);
      return;
    }
    this.#faults.inject(resolved);
  }

  get #prevailingView(): PrevailingView {
    const running = this.#cluster.kernel.replicas.filter(({ state }) => state === "running");
    return prevailingView(running.flatMap((replica) => replica.status() ?? []));
  }

  #watch(hold: Hold): void {
    if (this.#executor.phase !== "quiet" || this.#verifying) return;
    const { kernel } = this.#cluster;
    const found = this.#load.idle ? this.#converged() : null;
    if (hold.see(found?.lastExec ?? null, kernel.now) && found !== null) {
      const { lastExec, digests } = found;
      this.#sample(true);
      this.#record.ledger({ kind: "converged", lastExec, digests }, kernel.now);
      this.#feed({ kind: "converged" });
      return;
    }
    const { statusMs } = this.#plan.cluster.parameters.timers;
    kernel.at(kernel.now + statusMs / 2, () => this.#watch(hold));
  }

  #verify(): void {
    this.#verifying = true;
    const { kernel } = this.#cluster;
    const forMs = ClientLoad.finalReadsMs(this.#plan.cluster.parameters);
    this.#load.verify(kernel.now + forMs, (complete) => {
      if (!complete) {
        const detail = "given up: a read was not answered in time";
        this.#record.ledger({ kind: "note", what: "final reads", detail }, kernel.now);
      }
      this.#feed({ kind: "verified" });
    });
  }

  /** Whoever has lied has no say in what the good ones agree on. */
  #converged(): Converged | null {
    const { replicas } = this.#cluster.kernel;
    const liars = replicas.filter(({ id }) => this.#faults.liars.has(nodeName(id)));
    const excused = { lying: liars.map(({ id }) => id) };
    return convergence(replicas, membershipOf(this.#plan.cluster), excused);
  }

  #poll(): void {
    const { kernel } = this.#cluster;
    this.#sample(false);
    kernel.at(kernel.now + this.#plan.cluster.parameters.timers.statusMs, () => {
      if (!this.#finished) this.#poll();
    });
  }

  #sample(withDigests: boolean): void {
    const { kernel } = this.#cluster;
    for (const replica of kernel.replicas) {
      const { id } = replica;
      const status = replica.state === "running" ? replica.status() : null;
      if (status === null) {
        this.#record.sample({ replica: id, up: false }, kernel.now);
        continue;
      }
      const peers = this.#beats.peersOf(nodeName(id));
      const digest = withDigests ? { stateDigest: replica.stateDigest() ?? "" } : {};
      this.#record.sample({ replica: id, up: true, status, peers, ...digest }, kernel.now);
    }
  }
}
