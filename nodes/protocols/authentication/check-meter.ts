/** Counts what a core asks its authenticator for, so that useless work can be charged. */
import type { Authenticator, MessageAuthenticator } from "../contract/authenticator.ts";
import type { KeyExchange } from "../contract/key-exchange.ts";
import type { RequestVerifier } from "../contract/request-signatures.ts";

/** Checking a tag takes some 2 us, a signature 60 us and more. */
const CHECKS_PER_VERIFICATION = 32;

export class CheckMeter {
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

  meteredSignatures(inner: Authenticator): Authenticator {
    return {
      self: inner.self,
      digest: (bytes) => inner.digest(bytes),
      sign: (bytes) => inner.sign(bytes),
      verify: (signer, bytes, signature) => {
        this.#verifications += 1;
        return inner.verify(signer, bytes, signature);
      },
    };
  }

  meteredExchange(inner: KeyExchange): KeyExchange {
    return {
      ...inner,
      verify: (author, newKey, signature) => {
        this.#verifications += 1;
        return inner.verify(author, newKey, signature);
      },
    };
  }

  meteredRequests(inner: RequestVerifier): RequestVerifier {
    return {
      verify: (client, digest, signature) => {
        this.#verifications += 1;
        return inner.verify(client, digest, signature);
      },
    };
  }

  meteredTags(inner: MessageAuthenticator): MessageAuthenticator {
    return {
      self: inner.self,
      digest: (bytes) => inner.digest(bytes),
      tag: (receiver, bytes) => inner.tag(receiver, bytes),
      checkTag: (sender, bytes, tag) => {
        this.#checks += 1;
        return inner.checkTag(sender, bytes, tag);
      },
    };
  }
}
