import type { FaultEffect } from "../../../faults/fault.ts";
import { linkName, linkStates, PRISTINE_LINK, processStates } from "../../../faults/link-state.ts";
import { nodeName } from "../../../nodes/protocols/core.ts";
import type { Attestation, ResolvedEntry } from "../conduct.ts";
import { changedNothing, type Lie, LieCount, type LieStatus } from "../lies.ts";
import { merge } from "../local/ground.ts";
import {
  attestHealedLink,
  attestLink,
  attestProcess,
  type Ground,
  type LinkMark,
  markLink,
  unattested,
} from "./attest.ts";
import type { Beats } from "./beats.ts";
import { DesiredState } from "./desired-state.ts";
import type { SimulatedCluster } from "./simulated-cluster.ts";

interface Active {
  readonly resolved: ResolvedEntry;
  readonly atMs: number;
  readonly links: readonly LinkMark[];
  readonly replicas: readonly string[];
  readonly liars: readonly Liar[];
  told: boolean;
}

interface Liar extends Lie {
  readonly count: LieCount;
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
  readonly #state: DesiredState;
  readonly #ground: Ground;
  readonly #active = new Map<string, Active>();
  #unproven = 0;

  constructor(parts: ActiveFaultsParts) {
    this.#parts = parts;
    const { beats, cluster, periodMs } = parts;
    const { kernel } = cluster;
    this.#state = new DesiredState(kernel);
    this.#ground = {
      kernel,
      beats,
      periodMs,
      stateOf: (name) =>
        kernel.replicas.find(({ id }) => nodeName(id) === name)?.state ?? "running",
      linkState: (from, to) => linkStates(this.#effects()).get(linkName(from, to)) ?? PRISTINE_LINK,
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
    const links = new Map<string, readonly [string, string]>();
    const replicas = new Set<string>();
    const liars: Liar[] = [];
    for (const effect of resolved.effects) {
      if (effect.on === "network") {
        links.set(linkName(effect.from, effect.to), [effect.from, effect.to]);
      } else if (effect.on === "process") replicas.add(effect.replica);
      else {
        const { replica, behaviour } = effect;
        const count = new LieCount({ replica, behaviour }, this.#lieStatus(replica));
        liars.push({ replica, behaviour, count });
      }
    }
    const active: Active = {
      resolved,
      atMs: kernel.now,
      links: [...links.values()].map(([from, to]) => markLink(this.#ground, from, to)),
      replicas: [...replicas],
      liars,
      told: false,
    };
    this.#active.set(id, active);
    this.#apply();
    const look = () => {
      if (this.#active.get(id) !== active || active.told) return;
      this.#tell(active, this.#installed(active));
      kernel.at(kernel.now + periodMs, look);
    };
    look();
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

  #effects(): readonly FaultEffect[] {
    return [...this.#active.values()].flatMap(({ resolved }) => resolved.effects);
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
  #installed(active: Active): Attestation | null {
    const links = active.links.map((mark) => attestLink(mark, this.#ground));
    const known = links.filter((attestation) => attestation !== null);
    const acts = active.liars.map((liar) => this.#lied(liar));
    const seen = acts.filter((attestation) => attestation !== null);
    if (known.length < links.length || seen.length < acts.length) return null;
    return merge([...known, ...this.#processes(active), ...seen]);
  }

  /** Null before the liar had an occasion. */
  #lied({ replica, count }: Liar): Attestation | null {
    const status = this.#lieStatus(replica);
    if (status !== null) count.see(status);
    return count.proof;
  }

  /** Null while it is down. */
  #lieStatus(replica: string): LieStatus | null {
    const process = this.#parts.cluster.kernel.replicas.find(({ id }) => nodeName(id) === replica);
    const status = process?.status() ?? null;
    return process === undefined || status === null
      ? null
      : { boot: process.boots, counters: status.counters };
  }

  #doubt(active: Active): Attestation {
    const links = active.links.map(
      (mark) => attestLink(mark, this.#ground) ?? unattested(mark, this.#ground),
    );
    const lies = active.liars.map((liar) => this.#lied(liar) ?? changedNothing(liar));
    return merge([...links, ...this.#processes(active), ...lies]);
  }

  #processes({ replicas }: Active): readonly Attestation[] {
    const states = processStates(this.#effects());
    return replicas.map((replica) =>
      attestProcess(replica, states.get(replica) ?? "running", this.#ground),
    );
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
        return { outcome: "installed", evidence: [`${replica}: another fault keeps it ${kept}`] };
      }
      const outcome = state === "running" ? "installed" : "ineffective";
      return { outcome, evidence: [`${replica}: the process is ${state}`] };
    });
    const honest = active.liars.map(({ replica, behaviour }): Attestation => {
      return { outcome: "installed", evidence: [`${replica}: ${behaviour} was switched off`] };
    });
    return merge([...known, ...processes, ...honest]);
  }
}
