/**
 * A bad client beside the honest ones of its host, as a core of the same shape: what it is asked to
 * do is which attacks are on from now on (`switch-line.ts`), and it reads no answer. The honest
 * client knows nothing of it.
 */
import type {
  ClientCore,
  ClientEffects,
  NodeId,
  TimerId,
} from "../../../nodes/protocols/contract/core.ts";
import type { BehaviourState } from "../../link-state.ts";
import type { BehaviourContext } from "../behaviour.ts";
import { badRequests, type SealBadly } from "../forgeries/client-requests.ts";
import { parseSwitch, switchLine } from "../switch-line.ts";
import { clientAttackNamed } from "./attacks/registry.ts";

const EVERY_MS = 50;

interface BadClientOptions extends BehaviourContext {
  readonly protocol: string;
  /** What it asks for, again and again: it changes nothing. */
  readonly operation: Uint8Array;
}

export class BadClient implements ClientCore {
  readonly id: NodeId;
  readonly #replicas: readonly NodeId[];
  readonly #operation: Uint8Array;
  readonly #seal: SealBadly;
  readonly #counters: Record<string, number> = {};
  #active: readonly BehaviourState[] = [];
  /** Of all attacks together: no timestamp is used twice. */
  #turn = 0;
  /** Of each attack that was ever on, the turn in which it began. */
  readonly #first = new Map<string, number>();

  constructor({ protocol, operation, ...context }: BadClientOptions) {
    this.id = context.id;
    this.#replicas = Array.from({ length: context.cluster.replicas }, (_, replica) => replica);
    this.#operation = operation;
    this.#seal = badRequests(protocol, context);
  }

  /** What `invoke` understands. */
  static command(wanted: readonly BehaviourState[]): Uint8Array {
    return new TextEncoder().encode(switchLine(wanted));
  }

  /** Frames of each attack so far, as a Byzantine replica counts its own. */
  get counters(): Readonly<Record<string, number>> {
    return { ...this.#counters };
  }

  invoke(command: Uint8Array, now: number, effects: ClientEffects): number {
    const before = this.#active.map(({ behaviour }) => behaviour);
    this.#active = parseSwitch(new TextDecoder().decode(command));
    for (const { behaviour } of this.#active) {
      if (!before.includes(behaviour)) effects.setTimer(behaviour, 0);
    }
    return now;
  }

  frame(): void {}

  timer(id: TimerId, _now: number, effects: ClientEffects): void {
    if (!this.#active.some(({ behaviour }) => behaviour === id)) return;
    this.#turn += 1;
    const first = this.#first.get(id) ?? this.#turn;
    this.#first.set(id, first);
    const attack = clientAttackNamed(id);
    for (const request of attack.requests({ replicas: this.#replicas, turn: this.#turn, first })) {
      effects.send(request.to, this.#seal({ operation: this.#operation, ...request }));
      this.#counters[`byzantine.${id}`] = (this.#counters[`byzantine.${id}`] ?? 0) + 1;
    }
    effects.setTimer(id, attack.everyMs ?? EVERY_MS);
  }
}
