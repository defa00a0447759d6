/** CHECKPOINTs as their authors sealed them, in the hands of a liar that has to show them. */
import type { NodeId } from "../../../nodes/protocols/contract/core.ts";
import type { HeardMessage, ProvingPbft } from "./pbft-mac-proof.ts";

/** Checkpoints that it remembers: more than a window has. */
const KEPT_MAX = 16;

export class CheckpointFrames {
  readonly #messages: ProvingPbft;
  /** By number and author. */
  readonly #kept = new Map<number, Map<NodeId, HeardMessage>>();

  constructor(messages: ProvingPbft) {
    this.#messages = messages;
  }

  keep(heard: HeardMessage): void {
    const { author, sequence } = heard.saying;
    const authors = this.#kept.get(sequence) ?? new Map<NodeId, HeardMessage>();
    this.#kept.set(sequence, authors);
    if (!authors.has(author)) authors.set(author, heard);
    const lowest = Math.min(...this.#kept.keys());
    if (this.#kept.size > KEPT_MAX) this.#kept.delete(lowest);
  }

  own(sequence: number): Uint8Array | null {
    return this.#kept.get(sequence)?.get(this.#messages.id)?.frame ?? null;
  }

  /** The first f others that have this one. */
  confidants(sequence: number): readonly NodeId[] {
    const { id, cluster } = this.#messages;
    const authors = [...(this.#kept.get(sequence)?.keys() ?? [])];
    return authors.filter((author) => author !== id).slice(0, cluster.faultsMax);
  }

  /** From the highest number down. */
  descending(): readonly (readonly [number, readonly HeardMessage[]])[] {
    const all = [...this.#kept].map(
      ([sequence, authors]) => [sequence, [...authors.values()]] as const,
    );
    return all.toSorted(([a], [b]) => b - a);
  }
}
