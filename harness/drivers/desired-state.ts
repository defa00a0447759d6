import type { Endpoint, FaultEffect } from "../../faults/fault.ts";
import {
  type BehaviourState,
  behaviourStates,
  cpuShares,
  type LinkState,
  linkName,
  linkStates,
  PRISTINE_LINK,
  type ProcessState,
  processStates,
  WHOLE_CPU,
  wireStates,
} from "../../faults/link-state.ts";
import { PRISTINE_WIRE, type WireState } from "../../faults/wire-condition.ts";
import type { Lie } from "./lies.ts";

/** The effects of all active faults, and the state that they ask for together (faults §2). */
export class DesiredState {
  readonly #active = new Map<string, readonly FaultEffect[]>();
  #links: ReadonlyMap<string, LinkState> = new Map();
  #processes: ReadonlyMap<Endpoint, ProcessState> = new Map();
  #shares: ReadonlyMap<Endpoint, number> = new Map();
  #behaviours: ReadonlyMap<Endpoint, readonly BehaviourState[]> = new Map();
  #wires: ReadonlyMap<string, WireState> = new Map();

  add(entry: string, effects: readonly FaultEffect[]): void {
    this.#active.set(entry, effects);
    this.#compute();
  }

  remove(entry: string): void {
    this.#active.delete(entry);
    this.#compute();
  }

  /** Only the links that some fault touches; all others are pristine. */
  get links(): ReadonlyMap<string, LinkState> {
    return this.#links;
  }

  link(from: Endpoint, to: Endpoint): LinkState {
    return this.#links.get(linkName(from, to)) ?? PRISTINE_LINK;
  }

  wire(from: Endpoint, to: Endpoint): WireState {
    return this.#wires.get(linkName(from, to)) ?? PRISTINE_WIRE;
  }

  wireWithout(entry: string, from: Endpoint, to: Endpoint): WireState {
    return wireStates(this.#without(entry)).get(linkName(from, to)) ?? PRISTINE_WIRE;
  }

  process(replica: Endpoint): ProcessState {
    return this.#processes.get(replica) ?? "running";
  }

  /** Of one CPU. */
  share(replica: Endpoint): number {
    return this.#shares.get(replica) ?? WHOLE_CPU;
  }

  linkWithout(entry: string, from: Endpoint, to: Endpoint): LinkState {
    return linkStates(this.#without(entry)).get(linkName(from, to)) ?? PRISTINE_LINK;
  }

  processWithout(entry: string, replica: Endpoint): ProcessState {
    return processStates(this.#without(entry)).get(replica) ?? "running";
  }

  shareWithout(entry: string, replica: Endpoint): number {
    return cpuShares(this.#without(entry)).get(replica) ?? WHOLE_CPU;
  }

  /** Of those that began before it. */
  linkBefore(entry: string, from: Endpoint, to: Endpoint): LinkState {
    return linkStates(this.#before(entry)).get(linkName(from, to)) ?? PRISTINE_LINK;
  }

  processBefore(entry: string, replica: Endpoint): ProcessState {
    return processStates(this.#before(entry)).get(replica) ?? "running";
  }

  shareBefore(entry: string, replica: Endpoint): number {
    return cpuShares(this.#before(entry)).get(replica) ?? WHOLE_CPU;
  }

  isLieShared(entry: string, { replica, behaviour }: Lie): boolean {
    const others = behaviourStates(this.#without(entry)).get(replica) ?? [];
    return others.some((state) => state.behaviour === behaviour);
  }

  #without(entry: string): readonly FaultEffect[] {
    return [...this.#active].flatMap(([id, effects]) => (id === entry ? [] : effects));
  }

  #before(entry: string): readonly FaultEffect[] {
    const active = [...this.#active];
    const begun = active.findIndex(([id]) => id === entry);
    return active.slice(0, begun).flatMap(([, effects]) => effects);
  }

  behaviours(replica: Endpoint): readonly BehaviourState[] {
    return this.#behaviours.get(replica) ?? [];
  }

  #compute(): void {
    const effects = [...this.#active.values()].flat();
    this.#links = linkStates(effects);
    this.#processes = processStates(effects);
    this.#shares = cpuShares(effects);
    this.#behaviours = behaviourStates(effects);
    this.#wires = wireStates(effects);
  }
}
