/**
 * Counts what a core asks its authenticator for, so that useless work can be charged, and so that
 * it shows where the same is asked again.
 */
import {
  type Authenticator,
  type MessageAuthenticator,
  TAG_BYTES,
} from "../contract/authenticator.ts";
import type { KeyExchange } from "../contract/key-exchange.ts";
import type { RequestVerifier } from "../contract/request-signatures.ts";
import { contentTypeOf } from "../wire/envelope.ts";
import { Looks } from "./looks.ts";

/** Checking a tag takes some 2 us, a signature 60 us and more. */
const CHECKS_PER_VERIFICATION = 32;
/** Two views' worth of certificates find their place, of tags what one input may hold. */
const SIGNATURES_KEPT = 16_384;
const TAGS_KEPT = 4_096;
/** A tag begins with the number of its key. */
const TAG_AT = TAG_BYTES - 16;

/** By message type, how many looks at one message have a use; one that is not named is repeated. */
export type UsefulLooks = ReadonlyMap<number, number>;

const ANY_NUMBER = Number.POSITIVE_INFINITY;

export class CheckMeter {
  readonly #signatures = new Looks(SIGNATURES_KEPT);
  readonly #tags = new Looks(TAGS_KEPT);
  #verifications = 0;
  #checks = 0;

  /** Signatures looked at: by far the most costly thing that a message can ask for. */
  get verifications(): number {
    return this.#verifications;
  }

  /** Tags looked at. */
  get checks(): number {
    return this.#checks;
  }

  /** Both together, in verifications. */
  get work(): number {
    return this.#verifications + this.#checks / CHECKS_PER_VERIFICATION;
  }

  /** Signatures and tags that had been found good in the same input. */
  get repeatedChecks(): number {
    return this.#signatures.repeats + this.#tags.repeats;
  }

  /** Signatures that had been found good as often as there is a use for. */
  get surplusChecks(): number {
    return this.#signatures.surplus;
  }

  /** An input begins. */
  begin(): void {
    this.#signatures.begin();
    this.#tags.begin();
  }

  meteredSignatures(inner: Authenticator, useful: UsefulLooks = new Map()): Authenticator {
    return {
      self: inner.self,
      digest: (bytes) => inner.digest(bytes),
      sign: (bytes) => inner.sign(bytes),
      verify: (signer, bytes, signature) => {
        const isGood = inner.verify(signer, bytes, signature);
        const most = useful.get(contentTypeOf(bytes) ?? 0) ?? ANY_NUMBER;
        return this.#verified(isGood, signature, most);
      },
    };
  }

  meteredExchange(inner: KeyExchange): KeyExchange {
    return {
      ...inner,
      verify: (author, newKey, signature) =>
        this.#verified(inner.verify(author, newKey, signature), signature, ANY_NUMBER),
    };
  }

  meteredRequests(inner: RequestVerifier): RequestVerifier {
    return {
      verify: (client, digest, signature) =>
        this.#verified(inner.verify(client, digest, signature), signature, ANY_NUMBER),
    };
  }

  meteredTags(inner: MessageAuthenticator): MessageAuthenticator {
    return {
      self: inner.self,
      digest: (bytes) => inner.digest(bytes),
      tag: (receiver, bytes) => inner.tag(receiver, bytes),
      checkTag: (sender, bytes, tag) => {
        this.#checks += 1;
        const isGood = inner.checkTag(sender, bytes, tag);
        if (isGood) this.#tags.found(tag, TAG_AT, ANY_NUMBER);
        return isGood;
      },
    };
  }

  #verified(isGood: boolean, signature: Uint8Array, most: number): boolean {
    this.#verifications += 1;
    if (isGood) this.#signatures.found(signature, 0, most);
    return isGood;
  }
}
