/** Plays one plan in virtual time: executor, workload and faults of it on one kernel. */
import type { Endpoint } from "../../../faults/fault.ts";
import { auditEvents } from "../../../nodes/protocols/contract/audit-events.ts";
import { nodeName } from "../../../nodes/protocols/contract/core.ts";
import type { Standing } from "../../observations/live-view.ts";
import { metricsPeriodMs } from "../../observations/metrics-period.ts";
import type { HistoryEvent } from "../../observations/observations.ts";
import { createExecutor } from "../../plan/execute.ts";
import type { Cause } from "../../plan/executor.ts";
import type { Plan, PlanEntry } from "../../plan/plan.ts";
import { type Membership, membershipOf } from "../../plan/tolerance.ts";
import { heardLines, waitsFor } from "../../plan/trigger.ts";
import { AuditEvents } from "../audit-events.ts";
import { CLIENT_HOST } from "../client-host.ts";
import { ClientLoad } from "../client-load.ts";
import { Conductor } from "../conductor.ts";
import { type Executed, Hold } from "../convergence.ts";
import { DriverError, OVERTIME_MS, type Progress } from "../driver.ts";
import type { FinalReads } from "../final-reads.ts";
import { askedView, type PrevailingView, prevailingView } from "../leader.ts";
import { Pager } from "../pager.ts";
import { resolveEntry } from "../resolve-entry.ts";
import { recoveredEvent, ServiceWatch } from "../service-watch.ts";
import { storedStates } from "../stored-states.ts";
import type { ResolvedEntry, World } from "../world.ts";
import { Beats } from "./beats.ts";
import { type Converged, commonHeadOf, convergence, type Excused } from "./convergence.ts";
import { inputsMax } from "./endings.ts";
import { KernelFaults } from "./kernel-faults.ts";
import { simulatedMetrics } from "./metrics.ts";
import { type RunRecord, virtualNs } from "./run-record.ts";
import type { SimulatedCluster } from "./simulated-cluster.ts";

const BASELINE_DEADLINE_MS = 20_000;

export class PlanPlayer implements World {
  readonly #plan: Plan;
  readonly #cluster: SimulatedCluster;
  readonly #record: RunRecord;
  readonly #conductor: Conductor;
  readonly #load: ClientLoad;
  readonly #beats: Beats;
  readonly #faults: KernelFaults;
  readonly #service: ServiceWatch;
  /** Nobody is paged where nothing waits for it. */
  readonly #pager: Pager | null;
  #zeroMs = 0;
  #wakeAtMs: number | null = null;
  #watches = 0;
  #hasDied = false;
  #stepsMax = 0;

  constructor(plan: Plan, cluster: SimulatedCluster, record: RunRecord) {
    this.#plan = plan;
    this.#cluster = cluster;
    this.#record = record;
    const { kernel, service, serviceOptions } = cluster;
    this.#conductor = new Conductor({
      plan,
      executor: createExecutor(plan),
      world: this,
      log: record.log,
      now: () => kernel.now - this.#zeroMs,
      // What goes wrong here ends the run at once.
      guard: (work) => work(),
    });
    this.#load = new ClientLoad({
      host: 0,
      workload: plan.workload,
      service,
      serviceOptions,
      emit: (event) => this.#recorded(event),
      now: () => kernel.now,
      invoke: (client, operation, onCompletion) => kernel.invoke(client, operation, onCompletion),
      wakeAt: (ms) => kernel.at(ms, () => this.#load.tick(ms)),
    });
    const { timers } = plan.cluster.parameters;
    const periodMs = timers.statusMs;
    this.#service = new ServiceWatch(timers.requestMs);
    this.#pager = waitsFor(plan, "alarm") ? new Pager(timers) : null;
    this.#beats = new Beats(kernel, [...this.#names, CLIENT_HOST], periodMs);
    this.#faults = new KernelFaults({
      cluster,
      beats: this.#beats,
      periodMs,
      log: record.log,
      onProof: ({ atMs, ...proof }) => {
        this.#conductor.proven({ ...proof, doneNs: virtualNs(atMs) });
      },
    });
  }

  /**
   * The known-good baseline (harness §6.2): nothing is injected into what has not shown that it
   * works.
   */
  begin(): void {
    const { kernel } = this.#cluster;
    this.#listen();
    this.#cluster.onDeath((replica, error) => this.#died(replica, error));
    for (const { id } of kernel.replicas) kernel.start(id);
    this.#beats.start();
    this.#poll();
    if (this.#record.keepsMetrics) this.#pollMetrics();
    let answered = false;
    this.#load.probe((ok) => {
      answered = ok;
    });
    const isGood = () => answered && this.#converged() !== null;
    kernel.runTo(BASELINE_DEADLINE_MS, () => this.#hasDied || isGood());
    // Who ends by itself as soon as it is asked breaks its own promise, and not the harness.
    if (!this.#hasDied && !isGood()) {
      throw new DriverError("BASELINE", "the cluster did not answer the first operation in time");
    }
    this.#zeroMs = kernel.now;
    this.#record.begin(this.#zeroMs);
    this.#calmDown();
    this.#conductor.begin();
  }

  /** When the faults phase is over, the wire may become another one. */
  #calmDown(): void {
    const { kernel } = this.#cluster;
    const { phases, simulation } = this.#plan;
    const calm = simulation?.calm;
    if (calm === undefined) return;
    const atMs = momentOf(phases.warmupMs + phases.faultsMs, this.#zeroMs);
    kernel.at(atMs, () => kernel.setNetwork(calm));
  }

  /** @returns false once the plan is over and every heal is proven or given up */
  advance(ms: number): boolean {
    const { kernel } = this.#cluster;
    const over = () => this.#conductor.isFinished && this.#faults.unproven === 0;
    kernel.runTo(kernel.now + ms, () => over() || this.#isEndless());
    if (this.#isEndless()) return this.#breakOff();
    const { overtime } = this.#conductor;
    if (overtime !== null) throw new DriverError("OVERTIME", overtime);
    return !over();
  }

  /** A storm of messages that makes no operation: it would go on for ever. */
  #breakOff(): false {
    const { steps } = this.#cluster.kernel;
    this.#record.log.ledger({ kind: "livelock", why: `${steps} inputs, and no end of them` });
    this.#record.log.ledger({ kind: "phase", phase: "end" });
    return false;
  }

  /** Asked after every event; what is allowed only grows, so it is reckoned anew when used up. */
  #isEndless(): boolean {
    const { now: nowMs, steps } = this.#cluster.kernel;
    if (steps <= this.#stepsMax) return false;
    this.#stepsMax = inputsMax(this.#plan, { operations: this.#load.issued, nowMs });
    return steps > this.#stepsMax;
  }

  /** An assert of its own has ended a replica. */
  #died(replica: number, error: unknown): void {
    this.#hasDied = true;
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const why = `r${replica} ended by itself: ${what}`;
    this.#record.log.ledger({ kind: "died", replica, why });
  }

  end(): void {
    this.#load.end();
    const { audit, protocol } = this.#plan.cluster;
    const layout = { digestOf: this.#cluster.digestOf, protocol };
    for (const { id, auditLog, disk } of this.#cluster.kernel.replicas) {
      this.#record.audit(id, auditLog, audit);
      for (const state of storedStates(disk.read(), layout)) {
        this.#record.log.ledger({ kind: "stored", replica: id, ...state });
      }
    }
    this.#record.shed(this.#load.shed);
  }

  abort(level: 1 | 2, why: string): void {
    this.#conductor.abort(level, `${why}, level ${level}`);
  }

  progress(): Progress {
    const { view, replicas } = this.#prevailingView;
    const { operationsPerSecond, p99Ms } = this.#load.figures();
    return {
      ...this.#conductor.progress(),
      operationsPerSecond,
      p99Ms,
      view: replicas > 0 ? view : null,
    };
  }

  get #names(): readonly string[] {
    return this.#cluster.kernel.replicas.map(({ id }) => nodeName(id));
  }

  #recorded(event: HistoryEvent): void {
    this.#record.history(event);
    const silentMs = this.#service.see(event);
    if (silentMs === null || !this.#conductor.awaits("recovered")) return;
    const { kernel } = this.#cluster;
    const recovered = recoveredEvent(silentMs, { ageMs: 0, atNs: virtualNs(kernel.now) });
    // An answer is told in the middle of a step.
    kernel.at(kernel.now, () => this.#conductor.happened(recovered));
  }

  /** Heard of between two steps: nothing is struck while a core is at work. */
  #listen(): void {
    const { kernel } = this.#cluster;
    const events = new AuditEvents((view) => kernel.leaderOf(view));
    this.#cluster.onAudit(new Set(heardLines(this.#plan)), (record) => {
      events.note(record);
      if (!this.#conductor.awaits(auditEvents[record.e].name)) return;
      const logged = { ageMs: 0, atNs: virtualNs(kernel.now) };
      this.#conductor.happened(events.eventOf(record, logged));
    });
  }

  inject(entry: PlanEntry, cause: Cause | null): void {
    const { kernel } = this.#cluster;
    const resolved = resolveEntry(entry, {
      replicas: this.#names,
      clients: [CLIENT_HOST],
      primary: kernel.leaderOf(this.#prevailingView.view),
      nextPrimary: kernel.leaderOf(askedView(this.#standings, cause?.view ?? null)),
      subject: cause?.subject ?? null,
    });
    if (this.#conductor.intend(resolved)) this.#faults.inject(resolved);
    this.#conductor.settled("inject", entry.id);
  }

  heal({ entry }: ResolvedEntry): void {
    this.#faults.heal(entry.id);
    this.#conductor.settled("heal", entry.id);
  }

  standings(): ReadonlyMap<Endpoint, Executed | null> {
    const { replicas } = this.#cluster.kernel;
    return new Map(
      replicas.map((replica) => {
        const status = replica.state === "running" ? replica.status() : null;
        return [nodeName(replica.id), status];
      }),
    );
  }

  load(on: boolean): void {
    this.#load.switch(on);
  }

  watch({ isLast }: Parameters<World["watch"]>[0]): void {
    this.#watch(new Hold(this.#plan, isLast), ++this.#watches);
  }

  verify(): void {
    const { now } = this.#cluster.kernel;
    const reads = this.#load.verify({ deadlineMs: Infinity }, (complete) => {
      this.#conductor.verified(complete);
    });
    this.#awaitReads(reads, now + OVERTIME_MS / 2);
  }

  /**
   * A client that never gives up would keep the run from its end. What counts is how long one read
   * waits: on a slow wire all keys of a large state together take longer than any promise.
   */
  #awaitReads(reads: FinalReads, untilMs: number): void {
    if (reads.isOver) return;
    const { kernel } = this.#cluster;
    const { cluster, phases } = this.#plan;
    const { parameters } = cluster;
    const forMs = Math.min(ClientLoad.finalReadsMs(parameters), phases.quietMs);
    const dueMs = Math.min(reads.askedMs + forMs + parameters.timers.clientCapMs, untilMs);
    if (kernel.now >= dueMs) reads.giveUp();
    else kernel.at(dueMs, () => this.#awaitReads(reads, untilMs));
  }

  stepped(): void {
    const wakeMs = this.#conductor.nextWakeMs;
    if (wakeMs === null) return;
    const atMs = momentOf(wakeMs, this.#zeroMs);
    if (this.#wakeAtMs === atMs) return;
    this.#wakeAtMs = atMs;
    this.#cluster.kernel.at(atMs, () => {
      if (this.#wakeAtMs !== atMs) return;
      this.#wakeAtMs = null;
      this.#conductor.tick();
    });
  }

  get #prevailingView(): PrevailingView {
    return prevailingView(this.#standings);
  }

  get #standings(): readonly Standing[] {
    const running = this.#cluster.kernel.replicas.filter(({ state }) => state === "running");
    return running.flatMap((replica) => replica.status() ?? []);
  }

  #watch(hold: Hold, number: number): void {
    if (!this.#conductor.isWatching || number !== this.#watches) return;
    const { kernel } = this.#cluster;
    const head = this.#load.idle ? commonHeadOf(kernel.replicas, ...this.#who) : null;
    // Digests are costly: only once everything else has held.
    const found = hold.see(head, kernel.now) ? this.#converged() : null;
    if (found !== null) {
      this.#sample(true);
      this.#conductor.converged({ ...found, viewsLeft: hold.viewsLeft });
      return;
    }
    const { statusMs } = this.#plan.cluster.parameters.timers;
    kernel.at(kernel.now + statusMs / 2, () => this.#watch(hold, number));
  }

  /** Whoever has lied has no say in what the good ones agree on, and who is kept away none now. */
  #converged(): Converged | null {
    return convergence(this.#cluster.kernel.replicas, ...this.#who);
  }

  get #who(): readonly [Membership, Excused] {
    const { replicas } = this.#cluster.kernel;
    const liars = replicas.filter(({ id }) => this.#faults.liars.has(nodeName(id)));
    const away = replicas.filter(({ id }) => this.#faults.isAway(nodeName(id)));
    const excused = { lying: liars.map(({ id }) => id), absent: away.map(({ id }) => id) };
    return [membershipOf(this.#plan.cluster), excused];
  }

  #poll(): void {
    const { kernel } = this.#cluster;
    this.#sample(false);
    this.#page();
    kernel.at(kernel.now + this.#plan.cluster.parameters.timers.statusMs, () => {
      if (!this.#conductor.isFinished) this.#poll();
    });
  }

  #page(): void {
    const { kernel } = this.#cluster;
    const pager = this.#pager;
    if (pager === null) return;
    const alarms = [
      ...kernel.replicas.map(({ id, state }) =>
        pager.polled(nodeName(id), state === "running", kernel.now),
      ),
      pager.served(this.#service.silentMs(kernel.now * 1e6)),
    ];
    for (const alarm of alarms) {
      if (alarm !== null) this.#record.log.ledger({ kind: "alarm", ...alarm });
    }
  }

  #pollMetrics(): void {
    const { kernel } = this.#cluster;
    for (const replica of kernel.replicas) {
      const values = replica.state === "running" ? simulatedMetrics(replica) : null;
      if (values !== null) this.#record.log.metrics({ replica: replica.id, values });
    }
    kernel.at(kernel.now + metricsPeriodMs(this.#plan), () => {
      if (!this.#conductor.isFinished) this.#pollMetrics();
    });
  }

  #sample(withDigests: boolean): void {
    const { log } = this.#record;
    const { kernel } = this.#cluster;
    for (const replica of kernel.replicas) {
      const { id } = replica;
      const status = replica.state === "running" ? replica.status() : null;
      if (status === null) {
        log.sample({ replica: id, up: false });
        continue;
      }
      const peers = this.#beats.peersOf(nodeName(id));
      const digest = withDigests ? { stateDigest: replica.stateDigest() ?? "" } : {};
      const logBytes = replica.disk.bytes;
      log.sample({ replica: id, up: true, status, peers, logBytes, ...digest });
    }
  }
}

/**
 * When so much has passed since zero. Rounded, the sum may lie a hair before that moment: whoever
 * is woken there finds that it is not time yet, and the clock of the simulation would stand still.
 */
export function momentOf(sinceMs: number, zeroMs: number): number {
  const atMs = zeroMs + sinceMs;
  return atMs - zeroMs < sinceMs ? atMs * (1 + Number.EPSILON) : atMs;
}
