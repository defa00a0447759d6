/** What a liar remembers of VIEW-CHANGEs, where a NEW-VIEW names them (protocols §20.6). */
import type { ViewChange } from "../../../nodes/protocols/pbft/claims/messages.ts";
import type { ClaimingPbft } from "./pbft-mac.ts";

/** Those of the last views. */
const NAMED_MAX = 64;

export class NamedViewChanges {
  readonly #messages: ClaimingPbft;
  readonly #named = new Map<string, ViewChange>();

  constructor(messages: ClaimingPbft) {
    this.#messages = messages;
  }

  get all(): ReadonlyMap<string, ViewChange> {
    return this.#named;
  }

  /** Its own, too. */
  hear(frame: Uint8Array): void {
    const found = this.#messages.named(frame);
    if (found === null) return;
    this.#named.set(...found);
    const [oldest] = this.#named.keys();
    if (this.#named.size > NAMED_MAX && oldest !== undefined) this.#named.delete(oldest);
  }
}
