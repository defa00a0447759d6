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
  /** What was asked since the last change: every proof asks for the same again and again. */
  readonly #asked = new Map<string, unknown>();

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
    return this.#known("wires", entry, wireStates).get(linkName(from, to)) ?? PRISTINE_WIRE;
  }

  process(replica: Endpoint): ProcessState {
    return this.#processes.get(replica) ?? "running";
  }

  /** Of one CPU. */
  share(replica: Endpoint): number {
    return this.#shares.get(replica) ?? WHOLE_CPU;
  }

  linkWithout(entry: string, from: Endpoint, to: Endpoint): LinkState {
    return this.#known("links", entry, linkStates).get(linkName(from, to)) ?? PRISTINE_LINK;
  }

  processWithout(entry: string, replica: Endpoint): ProcessState {
    return this.#known("processes", entry, processStates).get(replica) ?? "running";
  }

  shareWithout(entry: string, replica: Endpoint): number {
    return cpuShares(this.#without(entry)).get(replica) ?? WHOLE_CPU;
  }

  /** Of those that began before it. */
  linkBefore(entry: string, from: Endpoint, to: Endpoint): LinkState {
    return this.#knownBefore("links", entry, linkStates).get(linkName(from, to)) ?? PRISTINE_LINK;
  }

  processBefore(entry: string, replica: Endpoint): ProcessState {
    return this.#knownBefore("processes", entry, processStates).get(replica) ?? "running";
  }

  shareBefore(entry: string, replica: Endpoint): number {
    return cpuShares(this.#before(entry)).get(replica) ?? WHOLE_CPU;
  }

  isLieShared(entry: string, { replica, behaviour }: Lie): boolean {
    const others = behaviourStates(this.#without(entry)).get(replica) ?? [];
    return others.some((state) => state.behaviour === behaviour);
  }

  #known<States>(
    what: string,
    entry: string,
    statesOf: (effects: readonly FaultEffect[]) => States,
  ): States {
    return this.#once(`${what} without ${entry}`, () => statesOf(this.#without(entry)));
  }

  #knownBefore<States>(
    what: string,
    entry: string,
    statesOf: (effects: readonly FaultEffect[]) => States,
  ): States {
    return this.#once(`${what} before ${entry}`, () => statesOf(this.#before(entry)));
  }

  #once<States>(question: string, answer: () => States): States {
    // Each question has one type of answer.
    const known = (this.#asked.get(question) as States | undefined) ?? answer();
    this.#asked.set(question, known);
    return known;
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
    this.#asked.clear();
    const effects = [...this.#active.values()].flat();
    this.#links = linkStates(effects);
    this.#processes = processStates(effects);
    this.#shares = cpuShares(effects);
    this.#behaviours = behaviourStates(effects);
    this.#wires = wireStates(effects);
  }
}
