/**
 * Tags under the keys that their receiver chose last (protocols §2.9): between replicas under no
 * others, so that what was recorded before a restart or a refresh is worth nothing after it. With
 * clients, who have no say in this, under long-term keys.
 */
import { type MessageAuthenticator, TAG_BYTES } from "../contract/authenticator.ts";
import { isReplica, type NodeId } from "../contract/core.ts";
import type { KeyExchange, ReceivingKeys, SessionKey } from "../contract/key-exchange.ts";
import { isTagUnder, numberIn, numberOf, type PairwiseKey, tagUnder } from "./pairwise-tags.ts";

const NOTHING = new Uint8Array(TAG_BYTES);

export class SessionTags implements MessageAuthenticator {
  readonly #longTerm: MessageAuthenticator;
  readonly #exchange: KeyExchange;
  readonly #now: () => number;
  /** What tags are made with under each key, as long as the key lives. */
  readonly #pairwise = new WeakMap<SessionKey, PairwiseKey>();

  constructor(
    longTerm: MessageAuthenticator,
    { exchange, now }: { readonly exchange: KeyExchange; readonly now: () => number },
  ) {
    this.#longTerm = longTerm;
    this.#exchange = exchange;
    this.#now = now;
  }

  get self(): NodeId {
    return this.#longTerm.self;
  }

  digest(bytes: Uint8Array): string {
    return this.#longTerm.digest(bytes);
  }

  tag(receiver: NodeId, bytes: Uint8Array): Uint8Array {
    if (!isReplica(receiver)) return this.#longTerm.tag(receiver, bytes);
    const key = this.#exchange.ring.sending.get(receiver);
    if (key === undefined) return NOTHING;
    return tagUnder(this.#under(key), { sender: this.self, receiver }, bytes);
  }

  checkTag(sender: NodeId, bytes: Uint8Array, tag: Uint8Array): boolean {
    if (!isReplica(sender)) return this.#longTerm.checkTag(sender, bytes, tag);
    const keys = this.#exchange.ring.receiving.get(sender);
    if (keys === undefined) return false;
    const direction = { sender, receiver: this.self };
    keys.isUsed = isTagUnder(this.#under(keys.current), tag, { direction, bytes });
    if (keys.isUsed) {
      // Whoever has the new key has no need of the old one.
      keys.previous = null;
      return true;
    }
    const previous = this.#previousOf(keys);
    return previous !== null && isTagUnder(this.#under(previous), tag, { direction, bytes });
  }

  /** Is it under none of the keys that count? */
  isOutdated(sender: NodeId, tag: Uint8Array): boolean {
    const keys = isReplica(sender) ? this.#exchange.ring.receiving.get(sender) : undefined;
    if (keys === undefined) return false;
    const counting = [keys.current, this.#previousOf(keys)].filter((key) => key !== null);
    return !counting.some(({ counter }) => numberOf(counter) === numberIn(tag));
  }

  #previousOf({ previous }: ReceivingKeys): SessionKey | null {
    return previous !== null && this.#now() < previous.until ? previous.key : null;
  }

  #under(key: SessionKey): PairwiseKey {
    const known = this.#pairwise.get(key);
    if (known !== undefined) return known;
    const codeOf = (bytes: Uint8Array) => this.#exchange.codeOf(key.key, bytes);
    const pairwise = { number: numberOf(key.counter), codeOf };
    this.#pairwise.set(key, pairwise);
    return pairwise;
  }
}
