/** Was a wire really bad? From the frames that the kernel counted at it. */
import { linkName } from "../../../faults/link-state.ts";
import { shareOf, type WireKind, type WireState } from "../../../faults/wire-condition.ts";
import type { Wire } from "../active-faults.ts";
import { type Attestation, type Part, proven } from "../attestation.ts";
import { type LinkCounters, typedCount } from "./link.ts";

/** What became of the frames, in words. */
const STRUCK: Readonly<Record<WireKind, string>> = {
  loss: "were lost on the way",
  duplication: "were sent twice",
  reordering: "did not wait for those before them",
  lateness: "came late",
};

/** What is counted at the link of a wire, and what is asked of it but for one fault. */
export interface WireSeen {
  readonly counters: Readonly<LinkCounters>;
  readonly without: WireState;
}

/** One link of one fault; what other faults ask for as well is not this one's doing. */
export class WireWatch {
  readonly #wire: Wire;
  #sentBefore: number;
  #struckBefore: number;
  #covered = false;
  #alone = false;
  #proof: Attestation | null = null;

  constructor(wire: Wire, counters: Readonly<LinkCounters>) {
    this.#wire = wire;
    this.#sentBefore = this.#sent(counters);
    this.#struckBefore = this.#struck(counters);
  }

  /** Null while it cannot be told yet. */
  look({ counters, without }: WireSeen): Attestation | null {
    const { from, to, condition } = this.#wire;
    const { kind, share, type, lateMs = 0 } = condition;
    const covered = shareOf(without, kind, type) >= share && without.lateMs >= lateMs;
    this.#alone ||= !covered;
    if (covered || covered !== this.#covered) {
      this.#sentBefore = this.#sent(counters);
      this.#struckBefore = this.#struck(counters);
    }
    this.#covered = covered;
    const frames = this.#struck(counters) - this.#struckBefore;
    if (frames > 0) {
      this.#proof ??= proven(`${linkName(from, to)}: ${frames} frames ${STRUCK[kind]}`);
    }
    return this.#proof;
  }

  /** At its end. */
  doubt(seen: WireSeen): Part {
    const told = this.look(seen);
    if (told !== null) return told;
    const { from, to, condition } = this.#wire;
    const name = linkName(from, to);
    if (!this.#alone) {
      return { outcome: "skipped", evidence: [`${name}: other faults ask for as much`] };
    }
    const sent = this.#sent(seen.counters) - this.#sentBefore;
    if (sent === 0 && condition.type !== undefined) {
      // A link that carries no such messages says nothing of those that do.
      const evidence = [`${name}: no message of that type was sent`];
      return { outcome: "indeterminate", evidence, isLeftOut: true };
    }
    const evidence = [`${name}: of ${sent} frames none ${STRUCK[condition.kind]}`];
    return { outcome: sent === 0 ? "indeterminate" : "ineffective", evidence };
  }

  #sent(counters: Readonly<LinkCounters>): number {
    const { type } = this.#wire.condition;
    return type === undefined ? counters.sent : (counters.typed.get(typedCount("sent", type)) ?? 0);
  }

  /** Frames that it happened to; of one type where it is about one. */
  #struck(counters: Readonly<LinkCounters>): number {
    const { kind, type } = this.#wire.condition;
    return type === undefined ? counters[kind] : (counters.typed.get(typedCount(kind, type)) ?? 0);
  }
}
