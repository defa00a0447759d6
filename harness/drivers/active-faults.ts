import type { BackupJob, Endpoint, FaultEffect } from "../../faults/fault.ts";
import { cpuShares, linkName, type ProcessState, processStates } from "../../faults/link-state.ts";
import type { LinkEnds } from "./attestation.ts";
import { DesiredState } from "./desired-state.ts";
import type { Lie } from "./lies.ts";
import type { ResolvedEntry } from "./world.ts";

/** What one fault touches: what has to be looked at to prove it, and to prove its end. */
export interface Touched {
  readonly links: readonly LinkEnds[];
  /** What this fault alone asks of each process. */
  readonly processes: ReadonlyMap<Endpoint, ProcessState>;
  /** What this fault alone leaves of each CPU. */
  readonly shares: ReadonlyMap<Endpoint, number>;
  readonly lies: readonly Lie[];
  readonly jobs: readonly Job[];
  readonly wires: readonly Wire[];
  readonly states: readonly StateChange[];
}

/** A replica whose state goes wrong, and where. */
export type StateChange = Extract<FaultEffect, { readonly on: "state" }>;

/** A link whose frames are struck, and how. */
export type Wire = Extract<FaultEffect, { readonly on: "wire" }>;

/** Something that is done to a backup, as soon as the fault begins. */
export interface Job {
  readonly replica: Endpoint;
  readonly job: BackupJob;
}

export function touchedBy(effects: readonly FaultEffect[]): Touched {
  const links = new Map<string, LinkEnds>();
  const lies: Lie[] = [];
  const jobs: Job[] = [];
  const wires: Wire[] = [];
  const states: StateChange[] = [];
  for (const effect of effects) {
    if (effect.on === "network") links.set(linkName(effect.from, effect.to), effect);
    else if (effect.on === "behaviour") lies.push(effect);
    else if (effect.on === "disk") jobs.push(effect);
    else if (effect.on === "wire") wires.push(effect);
    else if (effect.on === "state") states.push(effect);
  }
  return {
    links: [...links.values()],
    processes: processStates(effects),
    shares: cpuShares(effects),
    lies,
    jobs,
    wires,
    states,
  };
}

/** One of them, with what its world remembers for the proofs. */
export interface ActiveFault {
  readonly resolved: ResolvedEntry;
  readonly touched: Touched;
}

/** The faults that are active in a world, and what they ask for together. */
export class ActiveFaults<Fault extends ActiveFault> {
  readonly desired = new DesiredState();
  readonly #active = new Map<string, Fault>();
  readonly #liars = new Set<Endpoint>();

  /** Replicas that were told to lie, at any time: a role is not guilty, whoever held it then is. */
  get liars(): ReadonlySet<Endpoint> {
    return this.#liars;
  }

  get(id: string): Fault | undefined {
    return this.#active.get(id);
  }

  add(fault: Fault): void {
    const { entry, effects } = fault.resolved;
    this.#active.set(entry.id, fault);
    this.desired.add(entry.id, effects);
    for (const { replica } of fault.touched.lies) this.#liars.add(replica);
  }

  remove(id: string): void {
    this.#active.delete(id);
    this.desired.remove(id);
  }
}
