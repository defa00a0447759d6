/** An honest core inside behaviours that can be switched on and off between two steps. */
import type {
  CoreStatus,
  Effects,
  Input,
  NodeId,
  ReplicaCore,
  TimerId,
} from "../../nodes/protocols/contract/core.ts";
import type { BehaviourState } from "../link-state.ts";
import { type Acts, type Behaviour, type BehaviourContext, misfit } from "./behaviour.ts";
import { behaviourNamed } from "./registry.ts";

interface ActiveBehaviour {
  readonly name: string;
  /** Name and parameters: the same state switched on again keeps its memory. */
  readonly key: string;
  readonly behaviour: Behaviour;
  begun: boolean;
}

/** No timer of an honest core is called like this. */
const TIMER = "byzantine ";

export class ByzantineReplica implements ReplicaCore {
  readonly #core: ReplicaCore;
  readonly #protocol: string;
  readonly #context: BehaviourContext;
  #active: readonly ActiveBehaviour[] = [];
  /** Frames that left otherwise than the honest core sent them, since start. */
  readonly #acts: Record<string, number> = {};

  /** @param protocol whose messages this core speaks */
  constructor(
    core: ReplicaCore,
    { protocol, id, cluster, authenticator }: BehaviourContext & { readonly protocol: string },
  ) {
    this.#core = core;
    this.#protocol = protocol;
    this.#context = { id, cluster, authenticator };
  }

  /**
   * The behaviours from now on, applied one after the other; none = honest.
   * @throws {RangeError} for a name that is not registered or has no realisation here,
   * {z.ZodError} for wrong parameters
   */
  switchTo(states: readonly BehaviourState[]): void {
    this.#active = states.map(({ behaviour: name, parameters }) => {
      const key = `${name} ${JSON.stringify(parameters)}`;
      const running = this.#active.find((active) => active.key === key);
      if (running !== undefined) return running;
      const definition = behaviourNamed(name);
      const behaviour = definition.create(this.#protocol, parameters, this.#context);
      if (behaviour === null) throw new RangeError(misfit(definition, this.#protocol) ?? name);
      return { name, key, behaviour, begun: false };
    });
  }

  step(input: Input, now: number, effects: Effects): void {
    const due = input.kind === "timer" && input.id.startsWith(TIMER) ? input.id : null;
    for (const active of this.#active) {
      const { behaviour, begun } = active;
      const acts = this.#actsOf(active, effects);
      active.begun = true;
      if (!begun) behaviour.begin?.(acts);
      if (due === null) behaviour.observe?.(input, acts);
      // What it had set before it was switched off and on again is not meant any more.
      else if (begun && due === timerOf(active)) behaviour.wake?.(acts);
    }
    // The honest core knows nothing of these timers.
    if (due !== null) return;
    this.#core.step(input, now, this.#active.length === 0 ? effects : this.#through(effects));
  }

  /** Every behaviour that acted is a counter: `byzantine.<name>` frames so far. */
  status(): CoreStatus {
    const status = this.#core.status();
    return { ...status, counters: { ...status.counters, ...this.#acts } };
  }

  queues(): Readonly<Record<string, number>> {
    return this.#core.queues();
  }

  stateDigest(): string {
    return this.#core.stateDigest();
  }

  #through(effects: Effects): Effects {
    const { id, cluster } = this.#context;
    const send = (to: NodeId, frame: Uint8Array) => {
      for (const each of this.#rewrite(to, frame, this.#active)) effects.send(to, each);
    };
    return {
      send,
      broadcast(frame) {
        for (let peer = 0; peer < cluster.replicas; peer += 1) {
          if (peer !== id) send(peer, frame);
        }
      },
      persist: (mode, records) => effects.persist(mode, records),
      setTimer: (timer, afterMs) => effects.setTimer(timer, afterMs),
      cancelTimer: (timer) => effects.cancelTimer(timer),
      audit: (event) => effects.audit(event),
    };
  }

  #actsOf(active: ActiveBehaviour, effects: Effects): Acts {
    const after = this.#active.slice(this.#active.indexOf(active) + 1);
    return {
      send: (to, frame) => {
        this.#count(active);
        for (const each of this.#rewrite(to, frame, after)) effects.send(to, each);
      },
      wakeAfter: (ms) => effects.setTimer(timerOf(active), ms),
    };
  }

  #count({ name }: ActiveBehaviour): void {
    this.#acts[`byzantine.${name}`] = (this.#acts[`byzantine.${name}`] ?? 0) + 1;
  }

  #rewrite(
    to: NodeId,
    frame: Uint8Array,
    behaviours: readonly ActiveBehaviour[],
  ): readonly Uint8Array[] {
    let frames: readonly Uint8Array[] = [frame];
    for (const active of behaviours) {
      const { behaviour } = active;
      const rewritten = frames.flatMap((each) => behaviour.rewrite?.(to, each) ?? [each]);
      const untouched =
        rewritten.length === frames.length &&
        rewritten.every((each, at) => sameBytes(each, frames[at] ?? each));
      if (!untouched) this.#count(active);
      frames = rewritten;
    }
    return frames;
  }
}

function timerOf({ key }: ActiveBehaviour): TimerId {
  return `${TIMER}${key}`;
}

/** A frame that was made anew and came out the same is no lie. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a === b || (a.length === b.length && a.every((byte, at) => byte === b[at]));
}
