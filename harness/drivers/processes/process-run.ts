/**
 * One run on real processes, from the first child to the leak scan, wherever they run: a site says
 * how things are placed there, and how they are found and removed.
 */
import type { Endpoint } from "../../../faults/fault.ts";
import { metricsPeriodMs } from "../../observations/metrics-period.ts";
import type { HarnessState } from "../../observations/observations.ts";
import { FILES } from "../../observations/store.ts";
import { createExecutor } from "../../plan/execute.ts";
import type { Plan } from "../../plan/plan.ts";
import type { NamedBytes } from "../backups.ts";
import { monotonicMs, monotonicNs, sleep } from "../clock.ts";
import { DriverError, type DriverOutcome, type RunContext } from "../driver.ts";
import type { Alarm } from "../pager.ts";
import { RunLog } from "../run-log.ts";
import { sha256, storedStates } from "../stored-states.ts";
import { verifyBaseline } from "./baseline.ts";
import { Cluster } from "./cluster.ts";
import { conduct } from "./conduct.ts";
import { HeardEvents } from "./heard-events.ts";
import type { Layout } from "./layout.ts";
import { MetricsPoller } from "./metrics-poller.ts";
import type { Platform } from "./platform.ts";
import { ProcessWorld } from "./process-world.ts";
import type { Sighting, StatusAnswer } from "./sightings.ts";
import { recordsIn } from "./stored-log.ts";

/** Where a run takes place: its addresses, its files, and whatever of it may be left behind. */
export interface Site {
  /**
   * Before anything else: whatever is started from here on is removed when the harness dies.
   * @param note what is worth telling of that watch itself
   */
  guard(note: (why: string) => void): Promise<void>;
  /** @param onFailure hears of what died that must not */
  open(onFailure: (error: Error) => void): Promise<Placed>;
  /** Gives back what `open` took, as far as it came. */
  close(): Promise<void>;
  /** What is still there of the run, one line each. */
  residue(): Promise<readonly string[]>;
  /** The run is over, and what was left of it is told. */
  unguard(): Promise<void>;
}

export interface Placed {
  readonly layout: Layout;
  readonly platform: Platform;
}

const RESIDUE_DEADLINE_MS = 3_000;

export class ProcessRun {
  readonly #plan: Plan;
  readonly #context: RunContext;
  readonly #site: Site;
  readonly #log: RunLog;
  readonly #failed = Promise.withResolvers<never>();
  readonly #over = new AbortController();
  #platform: Platform | null = null;
  #cluster: Cluster | null = null;
  #metrics: MetricsPoller | null = null;

  constructor(plan: Plan, context: RunContext, site: Site) {
    this.#plan = plan;
    this.#context = context;
    this.#site = site;
    this.#log = new RunLog(context.store);
    // It may fail before anybody waits for it; nothing is worth proving after that.
    this.#failed.promise.catch(() => this.#over.abort());
  }

  async run(): Promise<DriverOutcome> {
    await this.#site.guard((why) => this.#note("reaper", why));
    const harness = await this.#play().catch(failed);
    const trouble = await this.#takeDown();
    const residue = await this.#residue();
    await this.#site.unguard();
    return {
      harness: worse(harness, trouble),
      residue,
      versions: this.#platform?.versions ?? {},
      zero: String(this.#log.zeroNs ?? 0n),
    };
  }

  async #play(): Promise<HarnessState> {
    this.#context.onProgress({
      phase: "starting",
      remainingMs: 0,
      operationsPerSecond: 0,
      p99Ms: null,
      view: null,
      activeFaults: [],
    });
    const { layout, platform } = await this.#site.open((error) => this.#failed.reject(error));
    this.#platform = platform;
    const heard = new HeardEvents(this.#plan, (alarm) => this.#alarm(alarm));
    const cluster = new Cluster({
      replicas: layout.replicas,
      platform,
      statusMs: this.#plan.cluster.parameters.timers.statusMs,
      onFailure: (error) => this.#failed.reject(error),
      onReplicaBug: (replica, why) => this.#died(replica, why),
      onAudit: (replica, line) => heard.logged(replica, line),
      onService: (said) => heard.served(said),
      onNote: (what, detail) => this.#note(what, detail),
    });
    this.#cluster = cluster;
    cluster.sightings.onSighting((sighting) => this.#keep(sighting, heard));
    const aborted = this.#abortedWhileStarting();
    const members = { replicas: layout.replicas.map(({ name }) => name), clients: layout.clients };
    const ready = cluster.start().then(() => verifyBaseline(cluster, members));
    const early = await Promise.race([ready, aborted.promise, this.#failed.promise]);
    ready.catch(() => {});
    if (early) return early;
    aborted.stop();
    this.#begin(cluster, layout);
    const world = new ProcessWorld({
      plan: this.#plan,
      layout,
      cluster,
      heard,
      log: this.#log,
      platform,
      tapesFolder: this.#context.store.path("backups"),
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
    await this.#collect(cluster, { layout, platform });
    return state;
  }

  #alarm(alarm: Alarm): void {
    try {
      this.#log.ledger({ kind: "alarm", ...alarm });
    } catch (error) {
      this.#failed.reject(error);
    }
  }

  /** The zero instant: the cluster is verified, the warm-up begins. */
  #begin(cluster: Cluster, { replicas }: Layout): void {
    const zeroNs = monotonicNs();
    this.#context.onZero(zeroNs);
    this.#log.begin(zeroNs);
    cluster.clientHost.tell({ kind: "zero", zeroNs: String(zeroNs) });
    this.#metrics = new MetricsPoller({
      replicas: replicas.map(({ name, http }) => ({ name, ...http })),
      everyMs: metricsPeriodMs(this.#plan),
      onMetrics: (replica, values, atNs) => this.#keepMetrics(replica, values, atNs),
    });
    this.#metrics.start();
  }

  /** What only the end of a run can tell. */
  async #collect(cluster: Cluster, { layout: { replicas }, platform }: Placed): Promise<void> {
    const { shed } = await cluster.clientHost.end();
    this.#context.store.writeJson(FILES.workload, { shed });
    for (const line of await platform.lostBytes()) this.#note("toxiproxy lost bytes", line);
    const { protocol } = this.#plan.cluster;
    for (const { id, name } of replicas) {
      const disk = await this.#diskOf(name, platform);
      for (const state of storedStates(recordsIn(disk), { digestOf: sha256, protocol })) {
        this.#log.ledger({ kind: "stored", replica: id, ...state });
      }
    }
  }

  /** Not to be had of a cluster that somebody else has started. */
  async #diskOf(replica: Endpoint, platform: Platform): Promise<readonly NamedBytes[]> {
    try {
      return await platform.readDisk(replica);
    } catch (error) {
      if (!(error instanceof DriverError)) throw error;
      this.#note("disk not read", error.message);
      return [];
    }
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

  #keep(sighting: Sighting, heard: HeardEvents): void {
    const { endpoint, atNs, answer } = sighting;
    const id = replicaId(endpoint);
    if (id === null) return;
    heard.polled(sighting);
    const sample = answer === undefined ? { up: false } : { up: true, ...seenIn(answer) };
    try {
      this.#log.sample({ replica: id, ...sample }, atNs);
    } catch (error) {
      this.#failed.reject(error);
    }
  }

  #keepMetrics(name: Endpoint, values: Readonly<Record<string, number>>, atNs: bigint): void {
    const replica = replicaId(name);
    if (replica === null) return;
    try {
      this.#log.metrics({ replica, values }, atNs);
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
      () => this.#metrics?.stop(),
      () => this.#cluster?.stop(),
      () => this.#site.close(),
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

  /** What was killed takes its time with its sockets, so it is asked for a while. */
  async #residue(): Promise<readonly string[]> {
    const until = monotonicMs() + RESIDUE_DEADLINE_MS;
    let left = await this.#site.residue();
    while (left.length > 0 && monotonicMs() < until) {
      await sleep(50);
      left = await this.#site.residue();
    }
    return left;
  }

  #note(what: string, detail: string): void {
    try {
      this.#log.note(what, detail);
    } catch (error) {
      this.#failed.reject(error);
    }
  }
}

function seenIn({ status, peers, process, logBytes }: StatusAnswer) {
  return { status, peers, process, ...(logBytes === undefined ? {} : { logBytes }) };
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
