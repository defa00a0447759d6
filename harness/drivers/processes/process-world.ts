/**
 * The levers of a cluster of real processes: desired state onto links and processes, with proof of
 * each change.
 */
import type { Endpoint } from "../../../faults/fault.ts";
import type { LinkOutcome } from "../../../faults/injectors/links.ts";
import { isClientHost, linkName } from "../../../faults/link-state.ts";
import { protocolNamed } from "../../../nodes/registry.ts";
import type { Cause, WorldEvent } from "../../plan/executor.ts";
import type { Plan, PlanEntry } from "../../plan/plan.ts";
import { type ActiveFault, ActiveFaults, type Job, touchedBy } from "../active-faults.ts";
import { type Attestation, type LinkEnds, merge, type Part } from "../attestation.ts";
import { Backups, jobOver } from "../backups.ts";
import { ClientLoad } from "../client-load.ts";
import { monotonicNs, withDeadline } from "../clock.ts";
import { DriverError } from "../driver.ts";
import { askedView, leaderOf, prevailingView } from "../leader.ts";
import { resolveEntry } from "../resolve-entry.ts";
import type { RunLog } from "../run-log.ts";
import type { Convergence, ResolvedEntry } from "../world.ts";
import { attestBehaviour, attestHonestAgain } from "./attest-behaviour.ts";
import { attestHealedLink, attestLink, type HealQuestion } from "./attest-link.ts";
import { attestHealedProcess, attestProcess } from "./attest-process.ts";
import { attestRelief, attestThrottle } from "./attest-throttle.ts";
import { watchConvergence } from "./convergence.ts";
import { FolderTapes } from "./disk-tapes.ts";
import type { Ground } from "./ground.ts";
import type { HeardEvents } from "./heard-events.ts";
import type { Layout } from "./layout.ts";
import { countersSince, type LinkQuestion, type SeenCounters } from "./link-evidence.ts";
import type { Platform } from "./platform.ts";
import type { Act, ConvergenceWanted, RealWorld } from "./real-world.ts";
import type { RunningCluster } from "./running-cluster.ts";
import { viewFor } from "./settled-view.ts";
import { Settling } from "./settling.ts";

const NEWS_DEADLINE_MS = 500;

/** With what is known for the proof of its heal. */
interface WatchedFault extends ActiveFault {
  /** Aborted when the heal begins. */
  readonly over: AbortController;
  /** What each link's receiver had counted just before. */
  readonly before: ReadonlyMap<string, SeenCounters | undefined>;
}

export interface ProcessWorldOptions {
  readonly plan: Plan;
  readonly layout: Layout;
  readonly cluster: RunningCluster;
  readonly heard: Pick<HeardEvents, "onEvent">;
  readonly log: RunLog;
  /** Jobs read the disks of the replicas through it, and leave their tapes in this folder. */
  readonly platform: Pick<Platform, "readDisk">;
  readonly tapesFolder: string;
  readonly failure: Promise<never>;
  /** Aborted when the run has failed or is taken down: proofs that still wait end then. */
  readonly over: AbortSignal;
}

const PATIENCE_MS = 8_000;

export class ProcessWorld implements RealWorld {
  readonly failure: Promise<never>;
  readonly #options: ProcessWorldOptions;
  readonly #faults = new ActiveFaults<WatchedFault>();
  readonly #settling = new Settling();
  readonly #backups: Backups;
  readonly #ground: Ground;

  constructor(options: ProcessWorldOptions) {
    const { cluster, plan, failure } = options;
    this.#options = options;
    this.#backups = new Backups(new FolderTapes(options.tapesFolder), options.log);
    this.failure = failure;
    const { desired } = this.#faults;
    this.#ground = {
      sightings: cluster.sightings,
      periodMs: plan.cluster.parameters.timers.statusMs,
      patienceMs: PATIENCE_MS,
      processState: (endpoint) => cluster.replicas.get(endpoint)?.state ?? "running",
      replica: (name) => cluster.replicas.get(name),
      linkState: (from, to) => desired.link(from, to),
      linkStateWithout: (entry, from, to) => desired.linkWithout(entry, from, to),
      processStateWithout: (entry, replica) => desired.processWithout(entry, replica),
      linkStateBefore: (entry, from, to) => desired.linkBefore(entry, from, to),
      processStateBefore: (entry, replica) => desired.processBefore(entry, replica),
      shareWithout: (entry, replica) => desired.shareWithout(entry, replica),
      shareBefore: (entry, replica) => desired.shareBefore(entry, replica),
      isLieShared: (entry, lie) => desired.isLieShared(entry, lie),
      settledNs: (from, to) => this.#settling.doneNs([linkName(from, to), from, to]),
      isSettled: (replica) => this.#settling.doneNs([replica]) <= monotonicNs(),
    };
  }

  async resolve(entry: PlanEntry, cause: Cause | null): Promise<ResolvedEntry> {
    const { layout, cluster, log, plan } = this.#options;
    const protocol = protocolNamed(plan.cluster.protocol);
    const replicas = layout.replicas.map(({ name }) => name);
    const { sightings } = cluster;
    const view = await viewFor(entry, { replicas, sightings, log });
    const leads = (led: number) => leaderOf(led, { protocol, replicas: replicas.length });
    return resolveEntry(entry, {
      replicas,
      clients: layout.clients,
      primary: leads(view),
      nextPrimary: leads(askedView(sightings.statuses(replicas), cause?.view ?? null)),
      subject: cause?.subject ?? null,
    });
  }

  async inject(resolved: ResolvedEntry): Promise<Act> {
    const fault = this.#watched(resolved);
    const { entry } = resolved;
    const { links, processes, shares, lies, jobs } = fault.touched;
    this.#faults.add(fault);
    const { outcomes } = await this.#apply(fault);
    const jobsDone = await Promise.all(jobs.map((job) => this.#doJob(job)));
    const doneNs = monotonicNs();
    const { signal } = fault.over;
    const { durationMs } = entry;
    const asked = { entry: entry.id, signal, durationMs };
    const proofs = [
      ...links.map((link) =>
        attestLink({ ...asked, ...this.#linkFacts({ link, doneNs, outcomes }) }, this.#ground),
      ),
      ...[...processes].map(([replica, wanted]) =>
        attestProcess({ ...asked, replica, wanted }, this.#ground),
      ),
      ...[...shares].map(([replica, share]) =>
        attestThrottle({ ...asked, replica, share }, this.#ground),
      ),
      ...lies.map((lie) => attestBehaviour({ ...asked, ...lie, sinceNs: doneNs }, this.#ground)),
      ...jobsDone.map(async (job) => job),
    ];
    return { doneNs, proof: provenBy(proofs, outcomes) };
  }

  async heal({ entry }: ResolvedEntry): Promise<Act> {
    const fault = this.#faults.get(entry.id);
    if (!fault) throw new DriverError("FAULT", `${entry.id} is not active`);
    const { desired } = this.#faults;
    const { links, processes, shares, lies, jobs } = fault.touched;
    fault.over.abort();
    const was = new Map(links.map((link) => [nameOf(link), desired.link(link.from, link.to)]));
    this.#faults.remove(entry.id);
    const { outcomes, notes } = await this.#apply(fault);
    const doneNs = monotonicNs();
    const asked = { entry: entry.id, signal: this.#options.over, durationMs: 0 };
    const proofs = [
      ...links.map((link) => {
        const heal: HealQuestion = {
          ...asked,
          ...this.#linkFacts({ link, doneNs, outcomes }),
          was: was.get(nameOf(link)) ?? desired.link(link.from, link.to),
          recreatedBecause: outcomes.get(carrierOf(link))?.recreatedBecause ?? null,
          before: fault.before.get(nameOf(link)),
        };
        return attestHealedLink(heal, this.#ground);
      }),
      ...[...processes.keys()].map((replica) => {
        const heal = { ...asked, replica, sinceNs: doneNs, notes: notes.get(replica) ?? [] };
        return attestHealedProcess(heal, this.#ground);
      }),
      ...[...shares.keys()].map((replica) => attestRelief({ ...asked, replica }, this.#ground)),
      ...lies.map((lie) => attestHonestAgain({ ...asked, ...lie, sinceNs: doneNs }, this.#ground)),
      ...jobs.map(async (job) => jobOver(job)),
    ];
    return { doneNs, proof: provenBy(proofs, outcomes) };
  }

  onEvent(listener: (event: WorldEvent) => void): void {
    this.#options.heard.onEvent(listener);
  }

  standings(): ReturnType<RealWorld["standings"]> {
    const { layout, cluster } = this.#options;
    return new Map(
      layout.replicas.map(({ name }) => {
        const touchedNs = this.#settling.doneNs([name]);
        const last = cluster.sightings.since(name, touchedNs).at(-1);
        return [name, last?.answer?.status ?? null];
      }),
    );
  }

  load(on: boolean): void {
    this.#options.cluster.clientHost.tell({ kind: "load", on });
  }

  converged({ isLast, signal }: ConvergenceWanted): Promise<Convergence> {
    const { cluster, layout, log, plan } = this.#options;
    // Whoever has lied has no say in what the good ones agree on (harness §6.3).
    const { liars, desired } = this.#faults;
    const isAway = (name: Endpoint) => desired.process(name) !== "running";
    return watchConvergence({
      cluster,
      replicas: layout.replicas.filter(({ name }) => !liars.has(name) && !isAway(name)),
      plan,
      isLast,
      log,
      signal,
    });
  }

  verify(): Promise<boolean> {
    const { cluster, plan } = this.#options;
    const { parameters } = plan.cluster;
    const forMs = ClientLoad.finalReadsMs(parameters);
    const deadlineMs = forMs + parameters.operationTimeoutMs + plan.workload.keys * 250;
    return cluster.clientHost.verify(forMs, deadlineMs);
  }

  progress(): ReturnType<RealWorld["progress"]> {
    const { cluster, layout } = this.#options;
    const { figures } = cluster.clientHost;
    const names = layout.replicas.map(({ name }) => name);
    const { view, replicas } = prevailingView(cluster.sightings.statuses(names));
    return {
      operationsPerSecond: figures?.operationsPerSecond ?? 0,
      p99Ms: figures?.p99Ms ?? null,
      view: replicas > 0 ? view : null,
    };
  }

  async #apply(fault: WatchedFault): Promise<Applied> {
    const { links, processes } = fault.touched;
    const places = [...links.map(nameOf), ...processes.keys()];
    this.#settling.begin(places);
    try {
      return await this.#applyAll(fault);
    } finally {
      this.#settling.end(places, monotonicNs());
    }
  }

  /** Links and processes at once; each link and each process takes its changes in order. */
  async #applyAll({ touched: { links, processes, shares, lies } }: WatchedFault): Promise<Applied> {
    const { cluster, log } = this.#options;
    const { desired } = this.#faults;
    const linksDone = links.length > 0 ? this.#applyLinks() : Promise.resolve([]);
    const processesDone = [...processes.keys()].map(async (replica) => {
      const notes = await cluster.replicas.get(replica)?.reach(desired.process(replica));
      return [replica, notes ?? []] as const;
    });
    const sharesDone = [...shares.keys()].map(async (replica) => {
      await cluster.replicas.get(replica)?.limit(desired.share(replica));
    });
    const liesDone = lies.map(async ({ replica }) => {
      const behaviours = desired.behaviours(replica);
      if (isClientHost(replica))
        cluster.clientHost.tell({ kind: "behave", behaviours: [...behaviours] });
      else await cluster.replicas.get(replica)?.behave(behaviours);
    });
    const [outcomes, ...notes] = await Promise.all([linksDone, ...processesDone]);
    await Promise.all([...sharesDone, ...liesDone]);
    for (const { link, recreatedBecause } of outcomes) {
      if (recreatedBecause) log.note("healed-by-recreate", `${link}: ${recreatedBecause}`);
    }
    return {
      outcomes: new Map(outcomes.map((outcome) => [outcome.link, outcome])),
      notes: new Map(notes),
    };
  }

  async #applyLinks(): Promise<readonly LinkOutcome[]> {
    const { cluster } = this.#options;
    if (!cluster.links) throw new DriverError("LINKS", "a network fault needs links: proxied");
    const applied = cluster.links.apply(this.#faults.desired.links, (endpoint) => {
      const replica = cluster.replicas.get(endpoint);
      return {
        running: replica ? replica.state === "running" : true,
        disturbances: replica?.disturbances ?? 0,
      };
    });
    return applied.catch(async (error: unknown) => {
      throw await this.#causeOf(error);
    });
  }

  /** A dead server answers no call, even before the news of its death is here: that is told. */
  async #causeOf(error: unknown): Promise<unknown> {
    const news = withDeadline(this.failure, { what: "its cause", deadlineMs: NEWS_DEADLINE_MS });
    return news.catch((cause: unknown) =>
      cause instanceof DriverError && cause.code === "TIMEOUT" ? error : cause,
    );
  }

  async #doJob(job: Job): Promise<Attestation> {
    return this.#backups.do(job, await this.#options.platform.readDisk(job.replica));
  }

  #watched(resolved: ResolvedEntry): WatchedFault {
    const touched = touchedBy(resolved.effects);
    const before = new Map(
      touched.links.map((link) => [
        nameOf(link),
        countersSince(this.#ground, { of: link.to, peer: link.from, sinceNs: 0n }).at(-1),
      ]),
    );
    return { resolved, touched, over: new AbortController(), before };
  }

  #linkFacts({
    link: { from, to },
    doneNs: sinceNs,
    outcomes,
  }: {
    readonly link: LinkEnds;
    readonly doneNs: bigint;
    readonly outcomes: Applied["outcomes"];
  }): Pick<LinkQuestion, "from" | "to" | "sinceNs" | "readBack"> {
    const reading = outcomes.get(carrierOf({ from, to }))?.readBack;
    const toxics = reading?.toxics.map(({ name }) => name).join(" ") || "no toxics";
    const readBack = reading
      ? `${reading.enabled ? "enabled" : "disabled"}, ${toxics}`
      : "no change";
    return { from, to, sinceNs, readBack };
  }
}

interface Applied {
  /** By the name of the proxy. */
  readonly outcomes: ReadonlyMap<string, LinkOutcome>;
  /** By replica: what was done beside the change itself. */
  readonly notes: ReadonlyMap<Endpoint, readonly string[]>;
}

async function provenBy(
  proofs: readonly Promise<Part>[],
  outcomes: Applied["outcomes"],
): Promise<Attestation> {
  return merge([...(await Promise.all(proofs)), ...contradictions(outcomes)]);
}

/** A proxy that reads back differently from what was asked contradicts whatever else was seen. */
function contradictions(outcomes: Applied["outcomes"]): readonly Attestation[] {
  return [...outcomes.values()]
    .filter(({ differences }) => differences.length > 0)
    .map(({ link, differences }) => ({
      outcome: "ineffective",
      evidence: [`${link}: the proxy reads back: ${differences.join("; ")}`],
    }));
}

function nameOf({ from, to }: LinkEnds): string {
  return linkName(from, to);
}

/** The proxy that carries this direction: a client and a replica share the client's. */
function carrierOf({ from, to }: LinkEnds): string {
  return isClientHost(to) ? linkName(to, from) : linkName(from, to);
}
