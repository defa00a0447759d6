import type { FaultEffect } from "../../../faults/fault.ts";
import {
  behaviourStates,
  linkName,
  linkStates,
  PRISTINE_LINK,
  processStates,
} from "../../../faults/link-state.ts";
import { nodeName } from "../../../nodes/protocols/contract/core.ts";
import type { Attestation, ResolvedEntry } from "../conductor.ts";
import { changedNothing, type Lie, LieCount, type LieStatus } from "../lies.ts";
import { merge } from "../processes/ground.ts";
import {
  attestHealedLink,
  type Ground,
  type LinkMark,
  LinkWatch,
  markLink,
  ProcessWatch,
  unattested,
} from "./attest.ts";
import type { Beats } from "./beats.ts";
import { KernelState } from "./kernel-state.ts";
import type { SimulatedCluster } from "./simulated-cluster.ts";

interface Active {
  readonly resolved: ResolvedEntry;
  readonly atMs: number;
  /** As they were before it. */
  readonly links: readonly LinkMark[];
  readonly replicas: readonly string[];
  readonly lies: readonly Lie[];
  /** One for each link, process and lie. */
  readonly watches: readonly Watch[];
  told: boolean;
}

/** Asked again and again as long as the fault lasts. */
interface Watch {
  look(): Attestation | null;
  /** At its end. */
  doubt(): Attestation;
}

/** What was proven of an injection or a heal, and when the act itself was. */
export interface Proof {
  readonly kind: "installed" | "healed";
  readonly entry: string;
  readonly atMs: number;
  readonly attestation: Attestation;
}

export interface ActiveFaultsParts {
  readonly cluster: SimulatedCluster;
  readonly beats: Beats;
  readonly periodMs: number;
  readonly onProof: (proof: Proof) => void;
}

const HEAL_DEADLINE_MS = 8_000;

/** The faults of a plan that are active: applied to the kernel, and proven from its counts. */
export class ActiveFaults {
  readonly #parts: ActiveFaultsParts;
  readonly #state: KernelState;
  readonly #ground: Ground;
  readonly #active = new Map<string, Active>();
  #unproven = 0;

  constructor(parts: ActiveFaultsParts) {
    this.#parts = parts;
    const { beats, cluster, periodMs } = parts;
    const { kernel } = cluster;
    this.#state = new KernelState(kernel);
    this.#ground = {
      kernel,
      beats,
      periodMs,
      stateOf: (name) =>
        kernel.replicas.find(({ id }) => nodeName(id) === name)?.state ?? "running",
      linkState: (from, to) => linkStates(this.#effects()).get(linkName(from, to)) ?? PRISTINE_LINK,
      linkStateWithout: (entry, from, to) =>
        linkStates(this.#effects(entry)).get(linkName(from, to)) ?? PRISTINE_LINK,
      processStateWithout: (entry, replica) =>
        processStates(this.#effects(entry)).get(replica) ?? "running",
    };
  }

  get names(): readonly string[] {
    return [...this.#active.values()].map(({ resolved }) => resolved.entry.name);
  }

  isActive(id: string): boolean {
    return this.#active.has(id);
  }

  /** Heals whose proof is still awaited. */
  get unproven(): number {
    return this.#unproven;
  }

  inject(resolved: ResolvedEntry): void {
    const { cluster, periodMs } = this.#parts;
    const { kernel } = cluster;
    const { id } = resolved.entry;
    const active = this.#activeOf(resolved);
    this.#active.set(id, active);
    this.#apply();
    const look = () => {
      if (this.#active.get(id) !== active || active.told) return;
      this.#tell(active, this.#installed(active));
      kernel.at(kernel.now + periodMs, look);
    };
    look();
  }

  #activeOf(resolved: ResolvedEntry): Active {
    const { effects } = resolved;
    const { id } = resolved.entry;
    const ends = new Map<string, readonly [string, string]>();
    for (const effect of effects) {
      if (effect.on !== "network") continue;
      ends.set(linkName(effect.from, effect.to), [effect.from, effect.to]);
    }
    const links = [...ends.values()].map(([from, to]) => markLink(this.#ground, from, to));
    const processes = processStates(effects);
    const lies = effects.filter((effect) => effect.on === "behaviour");
    const watches = [
      ...links.map((mark) => new LinkWatch(id, mark, this.#ground)),
      ...[...processes].map(
        ([replica, wanted]) => new ProcessWatch(id, { replica, wanted }, this.#ground),
      ),
      ...lies.map((lie) => this.#watchLie(id, lie)),
    ];
    const atMs = this.#parts.cluster.kernel.now;
    return { resolved, atMs, links, replicas: [...processes.keys()], lies, watches, told: false };
  }

  #watchLie(entry: string, lie: Lie): Watch {
    let count = new LieCount(lie, this.#lieStatus(lie.replica));
    let shared = false;
    const look = (): Attestation | null => {
      const status = this.#lieStatus(lie.replica);
      const others = behaviourStates(this.#effects(entry)).get(lie.replica) ?? [];
      shared = others.some(({ behaviour }) => behaviour === lie.behaviour);
      if (shared) count = new LieCount(lie, status);
      else if (status !== null) count.see(status);
      return count.proof;
    };
    const what = `${lie.replica}: another fault has it do ${lie.behaviour} as well`;
    const hidden: Attestation = { outcome: "indeterminate", evidence: [what] };
    return { look, doubt: () => look() ?? (shared ? hidden : changedNothing(lie)) };
  }

  heal(id: string): void {
    const active = this.#active.get(id);
    if (active === undefined) return;
    // The last chance to see it at work.
    this.#tell(active, this.#installed(active) ?? this.#doubt(active));
    this.#active.delete(id);
    this.#apply();
    const { cluster, periodMs, onProof } = this.#parts;
    const { kernel } = cluster;
    const atMs = kernel.now;
    const healed = active.links.map(({ from, to }) => markLink(this.#ground, from, to));
    this.#unproven += 1;
    const look = () => {
      const late = kernel.now > atMs + HEAL_DEADLINE_MS;
      const attestation = this.#healed(active, healed, late);
      if (attestation === null) {
        kernel.at(kernel.now + periodMs, look);
        return;
      }
      this.#unproven -= 1;
      onProof({ kind: "healed", entry: id, atMs, attestation });
    };
    kernel.at(atMs + periodMs, look);
  }

  /** Of all that are active, but for one. */
  #effects(without?: string): readonly FaultEffect[] {
    return [...this.#active].flatMap(([id, { resolved }]) =>
      id === without ? [] : resolved.effects,
    );
  }

  #apply(): void {
    const effects = this.#effects();
    this.#state.apply(effects);
    this.#parts.cluster.behave(effects);
  }

  #tell(active: Active, attestation: Attestation | null): void {
    if (attestation === null || active.told) return;
    active.told = true;
    const { entry } = active.resolved;
    this.#parts.onProof({ kind: "installed", entry: entry.id, atMs: active.atMs, attestation });
  }

  /** Null until every part can be told. */
  #installed({ watches }: Active): Attestation | null {
    const looks = watches.map((watch) => watch.look());
    const known = looks.filter((attestation) => attestation !== null);
    return known.length < looks.length ? null : merge(known);
  }

  /** Null while it is down. */
  #lieStatus(replica: string): LieStatus | null {
    const process = this.#parts.cluster.kernel.replicas.find(({ id }) => nodeName(id) === replica);
    const status = process?.status() ?? null;
    return process === undefined || status === null
      ? null
      : { boot: process.boots, counters: status.counters };
  }

  #doubt({ watches }: Active): Attestation {
    return merge(watches.map((watch) => watch.doubt()));
  }

  #healed(active: Active, healed: readonly LinkMark[], late: boolean): Attestation | null {
    const links = active.links.map((before, index) => {
      const mark = healed[index] ?? before;
      const seen = attestHealedLink({ before, healed: mark }, this.#ground);
      return seen ?? (late ? unattested(mark, this.#ground) : null);
    });
    const known = links.filter((attestation) => attestation !== null);
    if (known.length < links.length) return null;
    const states = processStates(this.#effects());
    const processes = active.replicas.map((replica): Attestation => {
      const state = this.#ground.stateOf(replica);
      const kept = states.get(replica);
      if (kept !== undefined && kept !== "running") {
        const what = `${replica}: another fault keeps it ${kept}, so its end cannot be seen`;
        return { outcome: "partial", evidence: [what] };
      }
      const outcome = state === "running" ? "installed" : "ineffective";
      return { outcome, evidence: [`${replica}: the process is ${state}`] };
    });
    const honest = active.lies.map(({ replica, behaviour }): Attestation => {
      return { outcome: "installed", evidence: [`${replica}: ${behaviour} was switched off`] };
    });
    return merge([...known, ...processes, ...honest]);
  }
}
