/**
 * What others vouch for, as a bad replica gathers it: it asks them for their word, or hears it as
 * the primary of a view (protocols §22.2).
 */
import type { Input, NodeId } from "../../../nodes/protocols/contract/core.ts";
import type { Saying } from "../../../nodes/protocols/pbft/proofs/messages.ts";
import type { Vectors } from "../../../nodes/protocols/pbft/proofs/proof-vectors.ts";
import type { ProvingPbft } from "./pbft-mac-proof.ts";

/** Those of the last views. */
const SLOTS_MAX = 64;

/** Of one slot of one author, by what it says there. */
type Slot = Map<string, Map<NodeId, Uint8Array>>;

export class GivenVouches {
  readonly #messages: ProvingPbft;
  readonly #isWanted: (saying: Saying) => boolean;
  readonly #slots = new Map<string, Slot>();

  /** @param isWanted what is worth remembering: else all that is vouched for */
  constructor(messages: ProvingPbft, isWanted: (saying: Saying) => boolean = () => true) {
    this.#messages = messages;
    this.#isWanted = isWanted;
  }

  /** @returns what was vouched for; null if it is something else */
  hear(input: Input): Saying | null {
    const heard = this.#messages.vouchHeard(input);
    if (heard === null || !this.#isWanted(heard.saying)) return null;
    const { saying, voucher, vector } = heard;
    const slot: Slot = this.#slots.get(slotOf(saying)) ?? new Map();
    this.#slots.set(slotOf(saying), slot);
    const vectors = slot.get(saying.name) ?? new Map<NodeId, Uint8Array>();
    slot.set(saying.name, vectors.set(voucher, vector));
    const [oldest] = this.#slots.keys();
    if (this.#slots.size > SLOTS_MAX && oldest !== undefined) this.#slots.delete(oldest);
    return saying;
  }

  /** For these very words. */
  for(saying: Saying): Vectors {
    return this.#slots.get(slotOf(saying))?.get(saying.name) ?? new Map();
  }

  /**
   * The message in `frame` with what was given for it, if need be for another one in its place;
   * the rest is invented.
   */
  shown(frame: Uint8Array): Uint8Array {
    const saying = this.#messages.sayingIn(frame);
    const slot = saying && this.#slots.get(slotOf(saying));
    if (!saying || !slot) return this.#messages.shown(frame);
    const others = [...slot.values()].flatMap((vectors) => [...vectors]);
    const vectors: Vectors = new Map([...others, ...(slot.get(saying.name) ?? [])]);
    return this.#messages.shown(frame, vectors);
  }
}

function slotOf({ author, type, view, sequence }: Saying): string {
  return [author, type, view, sequence].join(" ");
}
