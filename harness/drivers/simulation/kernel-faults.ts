import { isAbsent } from "../../../faults/fault.ts";
import { isClientHost } from "../../../faults/link-state.ts";
import { nodeName } from "../../../nodes/protocols/contract/core.ts";
import {
  type ActiveFault,
  ActiveFaults,
  type Job,
  type StateChange,
  touchedBy,
  type Wire,
} from "../active-faults.ts";
import { type Attestation, type LinkEnds, merge, type Part, processKept } from "../attestation.ts";
import { Backups, jobOver, type NamedBytes } from "../backups.ts";
import { HonestyWatch, type Lie, type LieStatus, LieWatch } from "../lies.ts";
import type { RunLog } from "../run-log.ts";
import { ReliefWatch, type Throttle, type ThrottleSeen, ThrottleWatch } from "../throttles.ts";
import type { ResolvedEntry } from "../world.ts";
import {
  attestHealedLink,
  type Ground,
  type LinkMark,
  LinkWatch,
  markLink,
  ProcessWatch,
  unattested,
} from "./attest.ts";
import { WireWatch } from "./attest-wire.ts";
import type { Beats } from "./beats.ts";
import { stateLeft } from "./corrupt-state.ts";
import { KernelState } from "./kernel-state.ts";
import { memoryTapes } from "./memory-tapes.ts";
import type { SimulatedCluster } from "./simulated-cluster.ts";

/** With what is known for its proofs. */
interface WatchedFault extends ActiveFault {
  readonly atMs: number;
  /** Of links and wires, as they were before it. */
  readonly marks: readonly LinkMark[];
  /** One for each link, process and lie. */
  readonly watches: readonly Watch[];
  told: boolean;
}

/** Asked again and again, as long as the fault lasts or after it. */
interface Watch {
  look(): Attestation | null;
  /** At the end, where nothing was proven. */
  doubt(): Part;
}

/** What was proven of an injection or a heal, and when the act itself was. */
export interface Proof {
  readonly kind: "installed" | "healed";
  readonly entry: string;
  readonly atMs: number;
  readonly attestation: Attestation;
}

export interface KernelFaultsParts {
  readonly cluster: SimulatedCluster;
  readonly beats: Beats;
  readonly periodMs: number;
  readonly log: Pick<RunLog, "ledger">;
  readonly onProof: (proof: Proof) => void;
}

/** What a heal is proven from, look by look. */
interface Healing {
  /** As the links were at the heal. */
  readonly healed: readonly LinkMark[];
  /** One for each CPU. */
  readonly reliefs: readonly (() => Attestation | null)[];
  /** One for each lie. */
  readonly honesties: readonly Watch[];
  readonly late: boolean;
}

const HEAL_DEADLINE_MS = 8_000;

/** The faults of a plan that are active: applied to the kernel, and proven from its counts. */
export class KernelFaults {
  readonly #parts: KernelFaultsParts;
  readonly #state: KernelState;
  readonly #ground: Ground;
  readonly #faults = new ActiveFaults<WatchedFault>();
  readonly #backups: Backups;
  /** Whose state was spoilt. */
  readonly #spoilt = new Set<string>();
  #unproven = 0;

  constructor(parts: KernelFaultsParts) {
    this.#parts = parts;
    const { beats, cluster, log, periodMs } = parts;
    const { kernel } = cluster;
    const { desired } = this.#faults;
    this.#state = new KernelState(kernel);
    this.#backups = new Backups(memoryTapes(), log);
    this.#ground = {
      kernel,
      beats,
      periodMs,
      stateOf: (name) =>
        kernel.replicas.find(({ id }) => nodeName(id) === name)?.state ?? "running",
      linkState: (from, to) => desired.link(from, to),
      linkStateWithout: (entry, from, to) => desired.linkWithout(entry, from, to),
      processStateWithout: (entry, replica) => desired.processWithout(entry, replica),
      linkStateBefore: (entry, from, to) => desired.linkBefore(entry, from, to),
      processStateBefore: (entry, replica) => desired.processBefore(entry, replica),
    };
  }

  /** Replicas that were told to lie at any time, or may lie since their state is a wrong one. */
  get liars(): ReadonlySet<string> {
    return new Set([...this.#faults.liars, ...this.#spoilt]);
  }

  /** A fault that is in force keeps it from running. */
  isAway(replica: string): boolean {
    return this.#faults.desired.process(replica) !== "running";
  }

  /** Heals whose proof is still awaited. */
  get unproven(): number {
    return this.#unproven;
  }

  inject(resolved: ResolvedEntry): void {
    const { cluster, periodMs } = this.#parts;
    const { kernel } = cluster;
    const { id } = resolved.entry;
    const fault = this.#watched(resolved);
    this.#faults.add(fault);
    this.#apply();
    const look = () => {
      if (this.#faults.get(id) !== fault || fault.told) return;
      this.#tell(fault, this.#installed(fault));
      kernel.at(kernel.now + periodMs, look);
    };
    look();
  }

  #watched(resolved: ResolvedEntry): WatchedFault {
    const touched = touchedBy(resolved.effects);
    const { id } = resolved.entry;
    const mark = ({ from, to }: LinkEnds) => markLink(this.#ground, from, to);
    const marks = touched.links.map(mark);
    const watches = [
      ...marks.map((mark) => new LinkWatch(id, mark, this.#ground)),
      ...[...touched.processes].map(
        ([replica, wanted]) => new ProcessWatch(id, { replica, wanted }, this.#ground),
      ),
      ...[...touched.shares].map(([replica, share]) => this.#watchThrottle(id, { replica, share })),
      ...touched.lies.map((lie) => this.#watchLie(id, lie)),
      ...touched.jobs.map((job) => this.#doJob(job)),
      ...touched.wires.map((wire) => this.#watchWire(id, wire)),
      ...touched.states.map((change) => this.#spoil(change)),
    ];
    const { now: atMs } = this.#parts.cluster.kernel;
    const ends = [...marks, ...touched.wires.map(mark)];
    return { resolved, touched, atMs, marks: ends, watches, told: false };
  }

  /** Done at once, and proven by what it left. */
  #doJob(job: Job): Watch {
    const { kernel } = this.#parts.cluster;
    const replica = kernel.replicas.find(({ id }) => nodeName(id) === job.replica);
    const log: NamedBytes = { name: "log", bytes: Buffer.concat(replica?.disk.read() ?? []) };
    const done = this.#backups.do(job, [log]);
    return { look: () => done, doubt: () => done };
  }

  /** The same of a state. */
  #spoil(change: StateChange): Watch {
    const done = this.#parts.cluster.corrupt(change);
    if (!isAbsent(done.outcome)) this.#spoilt.add(change.replica);
    return { look: () => done, doubt: () => done };
  }

  #watchLie(entry: string, lie: Lie): Watch {
    const watch = new LieWatch(lie, this.#lieStatus(lie.replica));
    const look = () => {
      const shared = this.#faults.desired.isLieShared(entry, lie);
      return watch.look({ status: this.#lieStatus(lie.replica), shared });
    };
    return { look, doubt: () => look() ?? watch.doubt(this.#ground.stateOf(lie.replica)) };
  }

  #watchWire(entry: string, wire: Wire): Watch {
    const { from, to } = wire;
    const { counters } = this.#parts.cluster.kernel.link(from, to);
    const watch = new WireWatch(wire, counters);
    const seen = () => ({ counters, without: this.#faults.desired.wireWithout(entry, from, to) });
    return { look: () => watch.look(seen()), doubt: () => watch.doubt(seen()) };
  }

  #watchHonesty(entry: string, lie: Lie): Watch {
    const { cluster, periodMs } = this.#parts;
    const watch = new HonestyWatch(lie, periodMs);
    const { desired } = this.#faults;
    const look = () =>
      watch.look({
        status: this.#lieStatus(lie.replica),
        shared: desired.isLieShared(entry, lie),
        process: desired.processWithout(entry, lie.replica),
        atMs: cluster.kernel.now,
      });
    return { look, doubt: () => watch.doubt() };
  }

  #watchThrottle(entry: string, throttle: Throttle): Watch {
    const watch = new ThrottleWatch(throttle);
    const look = () => watch.look(this.#throttleSeen(entry, throttle.replica));
    return { look, doubt: () => look() ?? watch.doubt(this.#parts.periodMs) };
  }

  #throttleSeen(entry: string, replica: string): ThrottleSeen {
    const { desired } = this.#faults;
    const { kernel } = this.#parts.cluster;
    const process = kernel.replicas.find(({ id }) => nodeName(id) === replica);
    return {
      atMs: kernel.now,
      usage: process === undefined || process.state === "down" ? null : process.usage,
      shares: {
        now: desired.shareWithout(entry, replica),
        before: desired.shareBefore(entry, replica),
      },
      process: desired.processWithout(entry, replica),
    };
  }

  heal(id: string): void {
    const fault = this.#faults.get(id);
    if (fault === undefined) return;
    // The last chance to see it at work.
    this.#tell(fault, this.#installed(fault) ?? this.#doubt(fault));
    this.#faults.remove(id);
    this.#apply();
    const { cluster, periodMs, onProof } = this.#parts;
    const { kernel } = cluster;
    const atMs = kernel.now;
    const healed = fault.marks.map(({ from, to }) => markLink(this.#ground, from, to));
    const reliefs = [...fault.touched.shares.keys()].map((replica) => {
      const watch = new ReliefWatch(replica);
      return () => watch.look(this.#throttleSeen(id, replica));
    });
    const honesties = fault.touched.lies.map((lie) => this.#watchHonesty(id, lie));
    this.#unproven += 1;
    const look = () => {
      const late = kernel.now > atMs + HEAL_DEADLINE_MS;
      const attestation = this.#healed(fault, { healed, reliefs, honesties, late });
      if (attestation === null) {
        kernel.at(kernel.now + periodMs, look);
        return;
      }
      this.#unproven -= 1;
      onProof({ kind: "healed", entry: id, atMs, attestation });
    };
    kernel.at(atMs + periodMs, look);
  }

  #apply(): void {
    const { desired } = this.#faults;
    this.#state.apply(desired);
    this.#parts.cluster.behave(desired);
  }

  #tell(fault: WatchedFault, attestation: Attestation | null): void {
    if (attestation === null || fault.told) return;
    fault.told = true;
    const { entry } = fault.resolved;
    this.#parts.onProof({ kind: "installed", entry: entry.id, atMs: fault.atMs, attestation });
  }

  /** Null until every part can be told. */
  #installed({ watches }: WatchedFault): Attestation | null {
    const looks = watches.map((watch) => watch.look());
    const known = looks.filter((attestation) => attestation !== null);
    return known.length < looks.length ? null : merge(known);
  }

  /** Null while it is down. */
  #lieStatus(replica: string): LieStatus | null {
    if (isClientHost(replica)) {
      return { boot: 0, counters: this.#parts.cluster.badClientActs() };
    }
    const process = this.#parts.cluster.kernel.replicas.find(({ id }) => nodeName(id) === replica);
    const status = process?.status() ?? null;
    return process === undefined || status === null
      ? null
      : { boot: process.boots, counters: status.counters };
  }

  #doubt({ watches }: WatchedFault): Attestation {
    return merge(watches.map((watch) => watch.doubt()));
  }

  #healed(fault: WatchedFault, { healed, reliefs, honesties, late }: Healing): Attestation | null {
    const { processes, jobs, states } = fault.touched;
    const links = fault.marks.map((before, index) => {
      const mark = healed[index] ?? before;
      const seen = attestHealedLink({ before, healed: mark }, this.#ground);
      return seen ?? (late ? unattested(mark, this.#ground) : null);
    });
    const relieved = reliefs.map((look) => look());
    const honest = honesties.map((watch) => watch.look() ?? (late ? watch.doubt() : null));
    const looks = [...links, ...relieved, ...honest];
    const known = looks.filter((attestation) => attestation !== null);
    if (known.length < looks.length) return null;
    const up = [...processes.keys()].map((replica): Attestation => {
      const kept = processKept(replica, this.#faults.desired.process(replica));
      if (kept) return kept;
      const state = this.#ground.stateOf(replica);
      const outcome = state === "running" ? "installed" : "ineffective";
      return { outcome, evidence: [`${replica}: the process is ${state}`] };
    });
    return merge([...known, ...up, ...jobs.map(jobOver), ...states.map(stateLeft)]);
  }
}
