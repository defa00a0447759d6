/**
 * Vouches for what this replica has not heard yet, by who vouches: a liar pushes out nothing but
 * its own.
 */
import type { NodeId } from "../../contract/core.ts";
import { isSame, type Saying } from "./messages.ts";

interface Vouch {
  readonly saying: Saying;
  readonly vector: Uint8Array;
}

export class Vouches {
  readonly #max: number;
  /** By voucher and name, oldest first. */
  readonly #byVoucher = new Map<NodeId, Map<string, Vouch>>();

  /** @param max of one voucher */
  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return [...this.#byVoucher.values()].reduce((sum, { size }) => sum + size, 0);
  }

  has(voucher: NodeId, name: string): boolean {
    return this.#byVoucher.get(voucher)?.has(name) ?? false;
  }

  keep(voucher: NodeId, vouch: Vouch): void {
    const kept = this.#byVoucher.get(voucher) ?? new Map<string, Vouch>();
    this.#byVoucher.set(voucher, kept.set(vouch.saying.name, vouch));
    if (kept.size <= this.#max) return;
    for (const oldest of kept.keys()) {
      kept.delete(oldest);
      break;
    }
  }

  /** Hands out the vectors of all who vouch for it, and forgets them. */
  take(saying: Saying): readonly (readonly [NodeId, Uint8Array])[] {
    const taken: (readonly [NodeId, Uint8Array])[] = [];
    for (const [voucher, kept] of this.#byVoucher) {
      const vouch = kept.get(saying.name);
      if (!vouch || !kept.delete(saying.name)) continue;
      if (isSame(vouch.saying, saying)) taken.push([voucher, vouch.vector]);
    }
    return taken;
  }
}
