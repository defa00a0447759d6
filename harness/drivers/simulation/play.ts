/** Plays one schedule in the kernel and hands back what was observed; judging is done elsewhere. */

import { ByzantineReplica } from "../../../faults/byzantine/byzantine-replica.ts";
import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import type { NodeAuthenticator } from "../../../nodes/protocols/contract/authenticator.ts";
import { clientId, nodeName, type ReplicaCore } from "../../../nodes/protocols/contract/core.ts";
import type { Protocol } from "../../../nodes/protocols/contract/protocol.ts";
import type { ServiceDefinition } from "../../../nodes/protocols/contract/service.ts";
import type { HistoryEvent, LedgerEntry, StatusSample } from "../../observations/observations.ts";
import { keyName, keyNames } from "../../plan/keys.ts";
import type { Membership } from "../../plan/tolerance.ts";
import { ClientLoad } from "../client-load.ts";
import { changedNothing, LieCount } from "../lies.ts";
import { ed25519Authenticators, fastAuthenticators } from "./authenticators.ts";
import { type Converged, convergence } from "./convergence.ts";
import { Disturbances } from "./disturbances.ts";
import { type Intruder, Kernel, type ProcessTotals } from "./kernel.ts";
import { padded } from "./padded-service.ts";
import type { Schedule } from "./schedule.ts";
import { spoiltFor } from "./spoilt-entries.ts";

export interface PlayOptions {
  readonly protocol: Protocol;
  readonly service: ServiceDefinition;
  readonly signatures: "fast" | "ed25519";
  readonly intruder?: Intruder;
}

/** A promise broken in a way that needs no checker: seen by the player itself. */
export interface Trouble {
  readonly check: "exception" | "livelock" | "L-1" | "convergence" | "L-7";
  readonly what: string;
}

export interface Played {
  readonly schedule: Schedule;
  readonly history: readonly HistoryEvent[];
  readonly ledger: readonly LedgerEntry[];
  readonly audits: ReadonlyMap<number, readonly AuditRecord[]>;
  readonly samples: readonly StatusSample[];
  readonly shed: number;
  readonly trouble: readonly Trouble[];
  readonly traceHash: string;
  readonly steps: number;
  readonly virtualMs: number;
  readonly processes: ProcessTotals;
}

/** Far more than any schedule needs; a storm of messages ends here. */
const STEPS_MAX = 400_000;

const SIZES = { argumentBytes: 0, resultBytes: 0 };

export function play(schedule: Schedule, options: PlayOptions): Played {
  return new Play(schedule, options).run();
}

/**
 * After the heal everyone must be served and converge within this. Time-outs have doubled at most
 * as far as the chaos lasted, and up to f primaries are missing; on a wire that is slower than the
 * time-outs these have to double past some ten message delays first.
 */
export function recoveryBoundMs({ cluster, chaosMs, calm }: Schedule): number {
  const { requestMs, clientCapMs } = cluster.timers;
  const doubling = 2 ** (cluster.faultsMax + 1);
  return doubling * (chaosMs + requestMs + 12 * calm.delayMaxMs) + clientCapMs + 1000;
}

class Play {
  readonly #schedule: Schedule;
  readonly #membership: Membership;
  readonly #kernel: Kernel;
  readonly #load: ClientLoad;
  readonly #disturbances: Disturbances;
  readonly #history: HistoryEvent[] = [];
  readonly #ledger: LedgerEntry[] = [];
  readonly #samples: StatusSample[] = [];
  readonly #trouble: Trouble[] = [];
  readonly #lying: readonly number[];
  /** The lying replica, one core for each of its starts. */
  readonly #liars: ByzantineReplica[] = [];
  #absent: readonly number[] = [];

  constructor(schedule: Schedule, { protocol, service: given, signatures, intruder }: PlayOptions) {
    const service = padded(given, schedule.paddingBytes ?? 0);
    this.#schedule = schedule;
    const { byzantine, cluster, workload, seed } = schedule;
    const nodes = [
      ...Array.from({ length: cluster.replicas }, (_, id) => id),
      ...Array.from({ length: workload.clients }, (_, i) => clientId({ host: 0, index: i + 1 })),
    ];
    const { replicas } = cluster;
    this.#membership = { replicas, tolerates: protocol.tolerates(replicas) };
    this.#lying = byzantine === null ? [] : [byzantine.replica];
    const honest =
      signatures === "fast" ? fastAuthenticators(seed, nodes) : ed25519Authenticators(nodes);
    const { spoiler } = schedule;
    const createAuthenticator = spoiler === undefined ? honest : spoiltFor(honest, spoiler);
    const liar = (core: ReplicaCore, authenticator: NodeAuthenticator): ReplicaCore => {
      const id = authenticator.self;
      if (byzantine === null || byzantine.replica !== id) return core;
      const wrapped = new ByzantineReplica(core, {
        protocol: protocol.name,
        id,
        cluster,
        authenticator,
      });
      wrapped.switchTo([byzantine]);
      this.#liars.push(wrapped);
      return wrapped;
    };
    this.#kernel = new Kernel({
      ...schedule,
      protocol,
      createService: () => service.create(SIZES),
      createAuthenticator,
      clients: workload.clients,
      onAudit: (record) => this.#disturbances.audited(record),
      wrap: (core, keys) => liar(core, keys),
      ...(intruder === undefined ? {} : { intruder }),
    });
    this.#disturbances = new Disturbances(this.#kernel, schedule, (entry) => {
      this.#ledger.push(entry);
    });
    this.#load = new ClientLoad({
      host: 0,
      workload,
      service,
      serviceOptions: SIZES,
      emit: (event) => this.#history.push(event),
      now: () => this.#kernel.now,
      invoke: (client, operation, onCompletion) =>
        this.#kernel.invoke(client, operation, onCompletion),
      wakeAt: (ms) => this.#kernel.at(ms, () => this.#load.tick(ms)),
    });
  }

  run(): Played {
    try {
      this.#trouble.push(...this.#phases());
    } catch (error) {
      const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#trouble.push({ check: "exception", what });
    }
    this.#proveLie();
    return {
      schedule: this.#schedule,
      history: this.#history,
      ledger: this.#ledger,
      audits: new Map(this.#kernel.replicas.map(({ id, auditLog }) => [id, auditLog])),
      samples: this.#samples,
      shed: this.#load.shed,
      trouble: this.#trouble,
      traceHash: this.#kernel.traceHash,
      steps: this.#kernel.steps,
      virtualMs: this.#kernel.now,
      processes: this.#kernel.processes,
    };
  }

  #proveLie(): void {
    const { byzantine } = this.#schedule;
    if (byzantine === null) return;
    const lie = { replica: nodeName(byzantine.replica), behaviour: byzantine.behaviour };
    const count = new LieCount(lie, null);
    for (const [boot, core] of this.#liars.entries()) {
      count.see({ boot, counters: core.status().counters });
    }
    this.#disturbances.lied(count.proof ?? changedNothing(lie));
  }

  #phases(): readonly Trouble[] {
    const { chaosMs, cluster } = this.#schedule;
    for (const { id } of this.#kernel.replicas) this.#kernel.start(id);
    this.#note({ kind: "phase", phase: "warmup" });
    this.#note({ kind: "phase", phase: "faults" });
    this.#note({ kind: "load", on: true });
    this.#load.switch(true);
    if (!this.#runTo(chaosMs)) return [this.#livelock()];
    this.#absent = this.#schedule.absent;
    this.#disturbances.healAll();
    this.#note({ kind: "phase", phase: "quiet" });
    // Load goes on for a moment: what waits in a view change must not be all there is.
    if (!this.#runTo(chaosMs + 50)) return [this.#livelock()];
    this.#load.switch(false);
    this.#note({ kind: "load", on: false });
    const bound = chaosMs + recoveryBoundMs(this.#schedule);
    const patience = cluster.operationTimeoutMs + 100;
    const timeout = chaosMs + Math.min(patience, 2 * recoveryBoundMs(this.#schedule));
    if (!this.#runTo(timeout, () => this.#load.idle)) return [this.#livelock()];
    if (!this.#load.idle) return [this.#unanswered("an operation from before the heal")];
    return this.#endings(bound);
  }

  #unanswered(what: string): Trouble {
    return { check: "L-1", what: `${what} was not answered within the bound: ${this.#state()}` };
  }

  /** Everything that is owed once the network is kind again, while up to f may still be absent. */
  #endings(boundMs: number): readonly Trouble[] {
    // Before anybody asks for anything: a replica must not need a client to find its way back.
    return (
      this.#converge(boundMs) ??
      this.#read(boundMs) ??
      this.#converge(this.#kernel.now) ??
      this.#complete() ??
      this.#steady() ??
      this.#rest()
    );
  }

  #read(boundMs: number): readonly Trouble[] | null {
    const { workload, cluster, byzantine } = this.#schedule;
    const reads: { answered: boolean | null } = { answered: null };
    const keys = keyNames(workload.keys);
    const deadlineMs = Math.max(boundMs, this.#kernel.now + this.#catchUpMs);
    this.#load.readAll({ client: 0, keys, deadlineMs }, (answered) => {
      reads.answered = answered;
    });
    // Beside a liar in company: that others are served must not be all there is.
    const others = byzantine === null ? 0 : workload.clients - 1;
    const company = Array.from({ length: others }, (_, index) => index + 1);
    const busy = this.#keepBusy(company, () => {
      return reads.answered === null && this.#kernel.now <= deadlineMs;
    });
    const patience = deadlineMs + Math.min(cluster.operationTimeoutMs, deadlineMs) + 100;
    const over = () => reads.answered !== null && busy.size === 0;
    if (!this.#runTo(patience, over)) return [this.#livelock()];
    if (reads.answered === true && busy.size === 0) return null;
    return [this.#unanswered("a read after the heal")];
  }

  /**
   * These clients read one thing after the other.
   * @returns those with a read still outstanding, now and later
   */
  #keepBusy(clients: readonly number[], goesOn: () => boolean): ReadonlySet<number> {
    const busy = new Set(clients);
    const next = (client: number) => {
      if (!goesOn()) {
        busy.delete(client);
        return;
      }
      const key = keyName(client % this.#schedule.workload.keys);
      const operation = this.#load.harmless(key);
      this.#load.ask({ client, operation, final: false }, () => next(client));
    };
    for (const client of clients) next(client);
    return busy;
  }

  /** Nothing fails and all clients ask: the view stays (L-7), and all are answered. */
  #steady(): readonly Trouble[] | null {
    const { steadyMs = 0, workload, cluster } = this.#schedule;
    const before = this.#converged();
    if (steadyMs === 0 || before === null || !this.#isLed(before)) return null;
    const clients = Array.from({ length: workload.clients }, (_, index) => index);
    const until = this.#kernel.now + steadyMs;
    const busy = this.#keepBusy(clients, () => this.#kernel.now < until);
    if (!this.#runTo(until + recoveryBoundMs(this.#schedule), () => busy.size === 0)) {
      return [this.#livelock()];
    }
    if (busy.size > 0) return [this.#unanswered("a read of a steady cluster")];
    const unsettled = this.#converge(this.#kernel.now + cluster.timers.requestMs);
    if (unsettled !== null || this.#converged()?.view === before.view) return unsettled;
    const what = `a steady cluster left view ${before.view} under load: ${this.#state()}`;
    return [{ check: "L-7", what }];
  }

  /** The primary of the live view is in it: it may be one of those who gave up on it. */
  #isLed({ view }: Converged): boolean {
    const leader = this.#kernel.leaderOf(view);
    if (leader === null) return true;
    const status = this.#kernel.replicas.find(({ id }) => nodeName(id) === leader)?.status();
    return status?.active === true && status.view === view;
  }

  /** Those who stayed away return, and catch up. */
  #complete(): readonly Trouble[] | null {
    if (this.#absent.length === 0) return null;
    this.#absent = [];
    this.#disturbances.complete();
    return this.#converge(this.#kernel.now + this.#schedule.cluster.timers.requestMs);
  }

  #converge(boundMs: number): readonly Trouble[] | null {
    let converged = false;
    const look = () => {
      converged = this.#converged() !== null;
      if (!converged) this.#kernel.at(this.#kernel.now + 20, look);
    };
    look();
    // Whatever came before took as long as it took; catching up gets some time of its own.
    const until = Math.max(boundMs, this.#kernel.now + this.#catchUpMs);
    if (!converged && !this.#runTo(until, () => converged)) return [this.#livelock()];
    return converged ? null : [{ check: "convergence", what: `not converged: ${this.#state()}` }];
  }

  /** A few STATUS periods and a state transfer, at the pace of the wire. */
  get #catchUpMs(): number {
    const { calm, cluster } = this.#schedule;
    return 20 * (cluster.timers.statusMs + calm.delayMaxMs);
  }

  /** Requests that may still wait somewhere although no client does. */
  get #leftoversMax(): number {
    const givenUp = this.#history.filter(({ type }) => type === "info").length;
    return Math.min(givenUp, this.#schedule.workload.clients);
  }

  #converged(): Converged | null {
    return convergence(this.#kernel.replicas, this.#membership, {
      lying: this.#lying,
      absent: this.#absent,
    });
  }

  /**
   * Nobody asks for anything: nothing may move. But a request whose client gave up may still wait
   * at a backup, and be carried into the next view by its timer, once for each that waits.
   */
  #rest(): readonly Trouble[] {
    const { requestMs, statusMs } = this.#schedule.cluster.timers;
    let before = this.#converged();
    for (let leftovers = 0; leftovers <= this.#leftoversMax; leftovers += 1) {
      if (!this.#runTo(this.#kernel.now + 2 * requestMs + 2 * statusMs)) return [this.#livelock()];
      const after = this.#converged();
      if (after !== null && after.view === before?.view) return this.#end(after);
      before = after;
    }
    return [{ check: "L-7", what: `an idle cluster keeps changing its view: ${this.#state()}` }];
  }

  #end({ lastExec, digests }: Converged): readonly Trouble[] {
    this.#sample();
    this.#note({ kind: "converged", lastExec, digests });
    this.#note({ kind: "phase", phase: "end" });
    return [];
  }

  /** @returns false if the steps ran out */
  #runTo(timeMs: number, until?: () => boolean): boolean {
    let enough = false;
    this.#kernel.runTo(timeMs, () => {
      enough = this.#kernel.steps >= STEPS_MAX;
      return enough || until?.() === true;
    });
    return !enough;
  }

  #livelock(): Trouble {
    return { check: "livelock", what: `${STEPS_MAX} steps did not suffice: ${this.#state()}` };
  }

  #state(): string {
    return this.#kernel.replicas
      .map((replica) => {
        const status = replica.status();
        if (status === null) return `r${replica.id} ${replica.state}`;
        const { view, active, lastExec, stable } = status;
        return `r${replica.id} view ${view}${active ? "" : " (changing)"} executed ${lastExec} stable ${stable}`;
      })
      .join("; ");
  }

  #sample(): void {
    for (const replica of this.#kernel.replicas) {
      const status = replica.status();
      const stateDigest = replica.stateDigest();
      const known = status === null || stateDigest === null ? {} : { status, stateDigest };
      this.#samples.push({
        time: this.#time(),
        replica: replica.id,
        up: status !== null,
        ...known,
      });
    }
  }

  #note(entry: LedgerNote): void {
    this.#ledger.push({ time: this.#time(), ...entry });
  }

  #time(): number {
    return Math.round(this.#kernel.now * 1e6);
  }
}

/** An entry before it gets its time. */
type LedgerNote = LedgerEntry extends infer Entry
  ? Entry extends LedgerEntry
    ? Omit<Entry, "time">
    : never
  : never;
