/** Was a wire really bad? From the frames that the kernel counted at it. */
import { linkName } from "../../../faults/link-state.ts";
import type { WireKind, WireState } from "../../../faults/wire-condition.ts";
import type { Wire } from "../active-faults.ts";
import { type Attestation, type Part, proven } from "../attestation.ts";
import type { LinkCounters } from "./link.ts";

/** What became of the frames, in words. */
const STRUCK: Readonly<Record<WireKind, string>> = {
  loss: "were lost on the way",
  duplication: "were sent twice",
  reordering: "did not wait for those before them",
};

/** What is counted at the link of a wire, and what is asked of it but for one fault. */
export interface WireSeen {
  readonly counters: Readonly<LinkCounters>;
  readonly without: WireState;
}

/** One link of one fault; what other faults ask for as well is not this one's doing. */
export class WireWatch {
  readonly #wire: Wire;
  #before: Readonly<LinkCounters>;
  #covered = false;
  #alone = false;
  #proof: Attestation | null = null;

  constructor(wire: Wire, counters: Readonly<LinkCounters>) {
    this.#wire = wire;
    this.#before = { ...counters };
  }

  /** Null while it cannot be told yet. */
  look({ counters, without }: WireSeen): Attestation | null {
    const { from, to, condition } = this.#wire;
    const { kind, share } = condition;
    const covered = without[kind] >= share;
    this.#alone ||= !covered;
    if (covered || covered !== this.#covered) this.#before = { ...counters };
    this.#covered = covered;
    const frames = counters[kind] - this.#before[kind];
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
    const sent = seen.counters.sent - this.#before.sent;
    const evidence = [`${name}: of ${sent} frames none ${STRUCK[condition.kind]}`];
    return { outcome: sent === 0 ? "indeterminate" : "ineffective", evidence };
  }
}
